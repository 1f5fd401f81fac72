import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { closedBench, HOUR, MINUTE, openBench, SECOND } from "./bench.fixture.js";

const version = (label: string, deprecated = false) =>
  defineWorkflow({
    name: "flow",
    version: label,
    deprecated,
    run: async ({ run, sleep }) => {
      await sleep("nap", "1 hour");
      return `${label} runs ${run.version}`;
    },
  });

const v1 = version("1");
const v2 = version("2");
const v3deprecated = version("3", true);
const other = defineWorkflow({ name: "other", run: async () => "other" });

describe("a run's version", () => {
  it("is the one that it began with, whatever is listed beside it later", async () => {
    await using bench = await openBench([v1]);
    const { id } = await bench.engine.start("flow");
    await bench.settled(id);
    await bench.restartWith([v1, v2]);
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ version: "1", output: "1 runs 1" });
  });

  it("by name is the last listed that is not deprecated", async () => {
    await using bench = await openBench([v1, v2, v3deprecated]);

    expect((await bench.settled((await bench.engine.start("flow")).id)).version).toBe("2");
  });

  it("by definition is that very one, a deprecated one too", async () => {
    await using bench = await openBench([v1, v2, v3deprecated]);

    for (const [definition, label] of [
      [v1, "1"],
      [v3deprecated, "3"],
    ] as const)
      expect((await bench.settled((await bench.engine.start(definition)).id)).version).toBe(label);
  });

  it("of which all are deprecated cannot be started by name, and still runs", async () => {
    await using bench = await openBench([v3deprecated]);
    await expect(bench.engine.start("flow")).rejects.toMatchObject({
      name: "WorkflowNotFoundError",
      message: expect.stringContaining("deprecated"),
    });
    const { id } = await bench.engine.start(v3deprecated);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe("3 runs 3");
  });

  it("of a child is that of the definition given to invoke and spawn", async () => {
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke, spawn }) => {
        await spawn("two", v2);
        return invoke("one", v1);
      },
    });
    await using bench = await openBench([v1, v2, parent]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe("1 runs 1");
    const { items } = await bench.engine.list({ workflow: "flow" });
    expect(items.map((item) => item.version).toSorted()).toEqual(["1", "2"]);
  });

  it("may be listed only once", () => {
    expect(() => closedBench([v1, version("1")])).toThrow(/listed twice/);
  });
});

/** A run of `v1` that is due, and a worker without it. */
async function strand(): Promise<{ bench: TestBench; id: string }> {
  const bench = closedBench([v1, other]);
  const { id } = await bench.engine.start(v1);
  await bench.restartWith([v2, other]);
  return { bench, id };
}

/** Lets time pass as it does with a worker that looks every second. */
async function wait(bench: TestBench, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10 * SECOND) await bench.advance(10 * SECOND);
}

describe("a due run whose version no worker has", () => {
  it("is blocked after a minute, saying so, and not before", async () => {
    const { bench, id } = await strand();
    await using _bench = bench;
    await wait(bench, 50 * SECOND);
    expect((await bench.engine.get(id)).status).toBe("pending");
    await wait(bench, 30 * SECOND);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "blocked", blockedBy: { kind: "noWorker" } });
    expect(run.blockedBy?.message).toContain("flow@1");
  });

  it("is tried again by a worker that joins with its version", async () => {
    const { bench, id } = await strand();
    await using _bench = bench;
    await wait(bench, 80 * SECOND);
    await using joining = closedBench([v1], {}, bench);
    await joining.startWorker();
    await joining.advance(HOUR);

    expect((await joining.settled(id)).output).toBe("1 runs 1");
  });

  it("stays blocked for a worker that joins without it", async () => {
    const { bench, id } = await strand();
    await using _bench = bench;
    await wait(bench, 80 * SECOND);
    await bench.restart();

    expect((await bench.settled(id)).status).toBe("blocked");
  });

  it("is not blocked before it was due for a minute", async () => {
    await using bench = await openBench([v1, other]);
    const { id } = await bench.engine.start(v1);
    await bench.advance(HOUR - 30 * SECOND);
    await bench.restartWith([v2, other]);
    await wait(bench, 60 * SECOND);

    expect((await bench.engine.get(id)).status).toBe("waiting");
  });

  it("is not blocked with no worker alive at all", async () => {
    await using bench = closedBench([v1]);
    const { id } = await bench.engine.start(v1);
    await bench.advance(2 * HOUR);

    expect((await bench.engine.get(id)).status).toBe("pending");
  });

  it("is due again by resume, and blocked again where there still is no worker for it", async () => {
    const { bench, id } = await strand();
    await using _bench = bench;
    await wait(bench, 80 * SECOND);
    await bench.engine.resume(id);
    expect((await bench.engine.get(id)).status).toBe("pending");
    await wait(bench, 2 * MINUTE);

    expect((await bench.settled(id)).status).toBe("blocked");
  });

  it("that waits is blocked only once it is due", async () => {
    await using bench = await openBench([v1, other]);
    const { id } = await bench.engine.start(v1);
    await bench.settled(id);
    await bench.restartWith([v2, other]);
    await wait(bench, 5 * MINUTE);

    expect((await bench.settled(id)).status).toBe("waiting");
  });
});

describe("a run whose code does not match", () => {
  const changed = defineWorkflow({
    name: "flow",
    run: async ({ step }) => step("something else", () => 1),
  });

  it("is tried again by resume, by each worker that joins, and by nothing else", async () => {
    await using bench = await openBench([v1]);
    const { id } = await bench.engine.start(v1);
    await bench.settled(id);
    await bench.restartWith([changed]);
    await bench.advance(HOUR);
    const blocked = await bench.settled(id);
    expect(blocked).toMatchObject({ status: "blocked", blockedBy: { kind: "codeMismatch" } });
    await bench.advance(HOUR);
    expect(await bench.settled(id)).toMatchObject({ revision: blocked.revision });

    await bench.engine.resume(id);
    const resumed = await bench.settled(id);
    expect(resumed.status).toBe("blocked");
    expect(resumed.revision).toBeGreaterThan(blocked.revision);

    await bench.restartWith([v1]);
    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "1 runs 1" });
  });

  it("keeps its result waiting, and its events", async () => {
    await using bench = await openBench([v1]);
    const handle = await bench.engine.start(v1);
    await bench.settled(handle.id);
    await bench.restartWith([changed]);
    await bench.advance(HOUR);
    await bench.settled(handle.id);
    const result = bench.engine.getHandle(handle.id).result();
    await bench.restartWith([v1]);
    await bench.settled(handle.id);
    await bench.advance(MINUTE);

    expect((await bench.settled(handle.id)).status).toBe("completed");
    expect(await result).toBe("1 runs 1");
  });
});
