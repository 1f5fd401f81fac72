import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { TestBench } from "../../testing/test-bench.js";
import { HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";
import { crashAtEachWrite } from "../undo/crash-bench.fixture.js";

const double = defineWorkflow({
  name: "double",
  input: z.object({ n: z.coerce.number() }),
  output: z.object({ doubled: z.number(), at: z.date() }),
  run: async ({ input, step, now }) => ({
    doubled: await step("double", () => input.n * 2),
    at: now(),
  }),
});

describe("invoke", () => {
  it("resolves to the output of a run of its own, linked with its parent", async () => {
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => {
        const { doubled, at } = await invoke("child", double, { n: "21" });
        return { doubled, isDate: at instanceof Date };
      },
    });
    await using bench = await openBench([parent, double]);
    const { id } = await bench.engine.start(parent, undefined, { owner: "ada", priority: 7 });

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: { doubled: 42, isDate: true } });
    const { childId } = stepOf(run, "child");
    const child = await bench.engine.get(childId ?? "");
    expect(child).toMatchObject({
      workflow: "double",
      status: "completed",
      input: { n: 21 },
      parent: { id, step: "child" },
      owner: "ada",
      priority: 7,
    });
    expect(run.parent).toBeNull();
  });

  it("parks the parent, which says what it waits for and holds no memory", async () => {
    const slow = defineWorkflow({
      name: "slow",
      run: async ({ sleep }) => sleep("a while", "1 hour"),
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", slow),
    });
    await using bench = await openBench([parent, slow]);
    const { id } = await bench.engine.start(parent);
    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "waiting", waitingFor: { kind: "child", name: "child" } });
    expect(bench.isBusy).toBe(false);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).status).toBe("completed");
  });

  it("ends where parent, child and grandchild share one slot", async () => {
    const leaf = defineWorkflow({ name: "leaf", run: async ({ step }) => step("a", () => "leaf") });
    const branch = defineWorkflow({
      name: "branch",
      run: async ({ invoke }) => `branch of ${await invoke("child", leaf)}`,
    });
    const tree = defineWorkflow({
      name: "tree",
      run: async ({ invoke }) => {
        const both = await Promise.all([invoke("left", branch), invoke("right", branch)]);
        return both.join(", ");
      },
    });
    await using bench = new TestBench({
      workflows: [tree, branch, leaf],
      seed: (runId) => `seed of ${runId}`,
    });
    const { id } = await bench.engine.start(tree);
    await bench.engine.work({ until: "idle", concurrency: 1 });

    expect(await bench.engine.get(id)).toMatchObject({
      status: "completed",
      output: "branch of leaf, branch of leaf",
    });
  });

  it("throws a ChildRunError with what the child failed with", async () => {
    const failing = defineWorkflow({
      name: "failing",
      run: async () => {
        throw Object.assign(new RangeError("out of stock"), { code: "E_STOCK" });
      },
    });
    const seen: unknown[] = [];
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke, sleep }) => {
        await invoke("child", failing).catch((error: unknown) => seen.push(error));
        await sleep("a while", "1 hour");
        return "went on";
      },
    });
    await using bench = await openBench([parent, failing]);
    const { id } = await bench.engine.start(parent);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: "went on" });
    expect(seen).toHaveLength(2);
    for (const error of seen) {
      expect(error).toMatchObject({
        name: "ChildRunError",
        code: "CHILD_RUN",
        runId: stepOf(run, "child").childId,
        cause: { name: "RangeError", message: "out of stock", code: "E_STOCK" },
      });
    }
    expect(statuses(run)).toMatchObject({ child: "failed" });
  });

  it("fails its parent with the whole chain of causes", async () => {
    const leaf = defineWorkflow({
      name: "leaf",
      run: async () => {
        throw new Error("the root of it");
      },
    });
    const branch = defineWorkflow({ name: "branch", run: async ({ invoke }) => invoke("c", leaf) });
    const tree = defineWorkflow({ name: "tree", run: async ({ invoke }) => invoke("c", branch) });
    await using bench = await openBench([tree, branch, leaf]);
    const { id } = await bench.engine.start(tree);

    expect(await bench.settled(id)).toMatchObject({
      status: "failed",
      error: {
        name: "ChildRunError",
        cause: { name: "ChildRunError", cause: { message: "the root of it" } },
      },
    });
  });

  it("throws for a child that was cancelled, and for one that was undone", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => {} });
        await sleep("a day", "1 day");
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) =>
        invoke("child", child).catch((error: Error) => `${error.name}: ${error.message}`),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    const childId = stepOf(await bench.settled(id), "child").childId ?? "";
    await bench.settled(childId);
    await bench.engine.cancel(childId);

    expect((await bench.settled(id)).output).toMatch(/^ChildRunError: .*compensated/);
  });

  it("fails at once where the input does not fit, and starts nothing", async () => {
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", double, { n: "many" }),
    });
    await using bench = await openBench([parent, double]);
    const { id } = await bench.engine.start(parent);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", error: { name: "InputValidationError" } });
    expect((await bench.engine.list({ workflow: "double" })).items).toEqual([]);
  });

  it("starts its child once, whatever crashes", async () => {
    let children = 0;
    const child = defineWorkflow({
      name: "child",
      run: async ({ run, step }) => {
        await step("count", () => (children += 1));
        return run.id;
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke, spawn, step }) => {
        const first = await invoke("first", child);
        const second = await invoke("first", child);
        await spawn("spawned", child);
        return step("both", () => [first, second]);
      },
    });
    const outputs = new Set<string>();
    const writes = await crashAtEachWrite(
      () => ((children = 0), [parent, child]),
      async (bench) => (await bench.engine.start(parent, undefined, { id: "the-parent" })).id,
      (run) => {
        expect(run.status).toBe("completed");
        outputs.add(JSON.stringify([...new Set(run.output as string[])]));
        const ids = run.steps.flatMap((step) => step.childId ?? []);
        expect(new Set(ids).size).toBe(3);
      },
    );
    expect(writes).toBeGreaterThan(6);
    // The ids are those of the seed of the run, in each process.
    expect(outputs.size).toBe(1);
  });

  it("is begun anew by a retry of its parent, as another run", async () => {
    let isBroken = true;
    const child = defineWorkflow({
      name: "child",
      run: async ({ step }) =>
        step(
          "a",
          () => {
            if (isBroken) throw new Error("no");
            return "fine";
          },
          { retry: { attempts: 1 } },
        ),
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ invoke }) => invoke("child", child),
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    const failed = await bench.settled(id);
    expect(failed.status).toBe("failed");
    isBroken = false;
    await bench.engine.retry(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: "fine", attempt: 2 });
    const before = stepOf(failed, "child").childId;
    expect(stepOf(run, "child").childId).not.toBe(before);
    expect(await bench.engine.get(before ?? "")).toMatchObject({ status: "failed", attempt: 1 });
  });

  it("can be its own workflow", async () => {
    const countdown = defineWorkflow({
      name: "countdown",
      input: z.number(),
      run: async ({ input, invoke }): Promise<number> =>
        input === 0 ? 0 : 1 + (await invoke("next", countdown, input - 1)),
    });
    await using bench = await openBench([countdown]);
    const { id } = await bench.engine.start(countdown, 4);

    expect((await bench.settled(id)).output).toBe(4);
  });
});

describe("spawn", () => {
  it("starts a run that nobody awaits, which outlives its parent's cancel", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async ({ sleep }) => {
        await sleep("a while", "1 hour");
        return "done";
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ spawn, sleep, log }) => {
        log.info(await spawn("child", child, undefined, { tags: ["bg"], priority: 3 }));
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent, undefined, { owner: "ada" });
    const run = await bench.settled(id);
    const { childId, output } = stepOf(run, "child");
    expect(output).toBe(childId);
    await bench.engine.cancel(id);
    expect((await bench.settled(id)).status).toBe("cancelled");
    await bench.advance(HOUR);

    expect(await bench.settled(childId ?? "")).toMatchObject({
      status: "completed",
      output: "done",
      owner: "ada",
      tags: ["bg"],
      priority: 3,
      parent: { id, step: "child" },
    });
  });

  it("starts at its time, and its end tells the parent nothing", async () => {
    const child = defineWorkflow({
      name: "child",
      run: async () => {
        throw new Error("nobody minds");
      },
    });
    const parent = defineWorkflow({
      name: "parent",
      run: async ({ spawn, sleep }) => {
        await spawn("child", child, undefined, { delay: "2 hours" });
        await sleep("a day", "1 day");
        return "fine";
      },
    });
    await using bench = await openBench([parent, child]);
    const { id } = await bench.engine.start(parent);
    const childId = stepOf(await bench.settled(id), "child").childId ?? "";
    await bench.advance(HOUR);
    expect((await bench.settled(childId)).status).toBe("pending");
    await bench.advance(23 * HOUR);

    expect((await bench.settled(childId)).status).toBe("failed");
    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "fine" });
  });
});
