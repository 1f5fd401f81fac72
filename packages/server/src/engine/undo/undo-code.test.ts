import { afterEach, describe, expect, it, vi } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { openBench, statuses, stepOf } from "../laws/bench.fixture.js";

type Define = Parameters<typeof defineWorkflow>[0];

/** The code that the run began with: two steps that can be undone, then a day of sleep. */
function original(undone: string[]) {
  return defineWorkflow({
    name: "flow",
    run: async ({ step, sleep }) => {
      await step("a", () => "a", { compensate: (output) => void undone.push(`undo ${output}`) });
      await step("b", () => "b", { compensate: (output) => void undone.push(`undo ${output}`) });
      await sleep("a day", "1 day");
    },
  });
}

/** The same workflow with other code. */
function changed(undone: string[], keep: { a?: boolean; b?: boolean; compensate?: boolean }) {
  const undo = { compensate: (output: string | undefined) => void undone.push(`new ${output}`) };
  return (more: Partial<Pick<Define, "removed">> = {}) =>
    defineWorkflow({
      name: "flow",
      ...more,
      run: async ({ step, sleep }) => {
        if (keep.a === true) await step("a", () => "a", undo);
        if (keep.b === true) await step("b", () => "b", keep.compensate === false ? {} : undo);
        await sleep("a day", "1 day");
      },
    });
}

afterEach(() => vi.restoreAllMocks());

describe("an undo", () => {
  it("is that of the code that is there when it runs", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([changed(undone, { a: true, b: true })()]);
    await bench.engine.cancel(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["new b", "new a"]);
  });

  it("that the code has no more is compensationFailed, and the others run", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([changed(undone, { a: true, b: true, compensate: false })()]);
    await bench.engine.cancel(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", cause: "cancel" });
    expect(statuses(run)).toMatchObject({ a: "compensated", b: "compensationFailed" });
    expect(stepOf(run, "b").undo?.error?.message).toMatch(/"b".*no `compensate` any more/);
    expect(undone).toEqual(["new a"]);
  });

  it("of a step in `removed` is compensationFailed, and the others run", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([changed(undone, { a: true })({ removed: ["b"] })]);
    await bench.engine.cancel(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", cause: "cancel" });
    expect(statuses(run)).toMatchObject({ a: "compensated", b: "compensationFailed" });
    expect(stepOf(run, "b").undo?.error?.message).toMatch(/"b".*stands in `removed`/);
    expect(undone).toEqual(["new a"]);
  });

  it("can be skipped where its code is gone, and the run is compensated then", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([changed(undone, { a: true })({ removed: ["b"] })]);
    await bench.engine.cancel(id);
    await bench.settled(id);
    await bench.engine.skipStep(id, "b", undefined, { actor: "ada", reason: "by hand" });

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(statuses(run)).toMatchObject({ a: "compensated", b: "compensated" });
  });

  it("of code that does not ask for what began blocks the run, until the right code is there", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([
      defineWorkflow({
        name: "flow",
        run: async ({ step }) => {
          await step("renamed", () => undone.push("renamed ran"));
        },
      }),
    ]);
    await bench.engine.cancel(id);

    const blocked = await bench.settled(id);
    expect(blocked).toMatchObject({
      status: "blocked",
      cause: "cancel",
      blockedBy: { kind: "codeMismatch" },
    });
    expect(blocked.blockedBy?.message).toMatch(/"a".*"renamed"/);
    expect(undone).toEqual([]);

    await bench.restartWith([flow]);
    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["undo b", "undo a"]);
  });

  it("of code that rests on a recorded timer instead of what began blocks the run too", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([changed(undone, { a: true })()]);
    await bench.engine.cancel(id);
    await bench.runDue();
    expect(await bench.engine.get(id)).toMatchObject({ status: "compensating" });
    // It might go on by itself for a while.
    const realNow = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => realNow() + 11_000);

    const blocked = await bench.settled(id);
    expect(blocked).toMatchObject({ status: "blocked", cause: "cancel" });
    expect(blocked.blockedBy?.message).toMatch(/recorded step "b"/);
    await bench.restartWith([flow]);
    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["undo b", "undo a"]);
  });

  it("of a step that is another kind of step now blocks the run", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([
      defineWorkflow({ name: "flow", run: async ({ sleep }) => sleep("a", "1 day") }),
    ]);
    await bench.engine.cancel(id);

    expect(await bench.settled(id)).toMatchObject({
      status: "blocked",
      blockedBy: { kind: "codeMismatch", message: expect.stringMatching(/"a"/) as unknown },
    });
  });

  it("waits for a worker that has its version", async () => {
    const undone: string[] = [];
    const flow = original(undone);
    const newer = defineWorkflow({ name: "flow", version: "2", run: async () => {} });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restartWith([newer]);
    await bench.engine.cancel(id);
    await bench.advance(120_000);
    expect(await bench.engine.get(id)).toMatchObject({
      status: "blocked",
      cause: "cancel",
      blockedBy: { kind: "noWorker" },
    });
    await bench.restartWith([flow, newer]);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["undo b", "undo a"]);
  });

  it("is found though the handler looks at its signal between steps", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep, signal }) => {
        for (const name of ["a", "b"]) {
          signal.throwIfAborted();
          await step(name, () => name, {
            compensate: (output) => void undone.push(String(output)),
          });
        }
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);

    expect(await bench.settled(id)).toMatchObject({ status: "compensated", blockedBy: null });
    expect(undone).toEqual(["b", "a"]);
  });

  it("is found though the handler awaits something of its own before the step", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await step("a", () => "a", { compensate: (output) => void undone.push(String(output)) });
        await new Promise((resolve) => setTimeout(resolve, 20));
        await step("b", () => "b", { compensate: (output) => void undone.push(String(output)) });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow], { patience: 100 });
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.engine.cancel(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undone).toEqual(["b", "a"]);
  });

  it("replays without starting anything that the handler asks for after the last record", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => ran.push("a"), { compensate: () => void ran.push("undo a") });
        await step("b", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } }).catch(
          (error: unknown) => ran.push(`caught ${String(error)}`),
        );
        await step("c", () => ran.push("c"));
        throw new Error("the end");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(ran.filter((line) => !line.startsWith("caught"))).toEqual(["a", "c", "undo a"]);
  });
});
