import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { RunRecord, Store } from "../../store/store.js";
import type { TestBench } from "../../testing/test-bench.js";
import { openBench, statuses } from "../laws/bench.fixture.js";

/** Does something once, right before the first write of executions that this is true of lands. */
function beforeWrite(is: (record: RunRecord) => boolean, act: () => Promise<void>) {
  let isDone = false;
  const once = async (records: readonly RunRecord[]): Promise<void> => {
    if (isDone || !records.some(is)) return;
    isDone = true;
    await act();
  };
  const wrapStore = (store: Store): Store => {
    const verbs: Partial<Store> = {
      record: async (records) => {
        await once(records);
        return store.record(records);
      },
      recordAndChangeChildren: async (record, changeChildren) => {
        await once([record]);
        return store.recordAndChangeChildren(record, changeChildren);
      },
    };
    return new Proxy(store, {
      get: (target, verb, receiver) =>
        (Reflect.get(verbs, verb) ?? Reflect.get(target, verb, receiver)) as unknown,
    });
  };
  return { wrapStore, wasDone: () => isDone };
}

const isEnd = ({ transition }: RunRecord): boolean => transition?.kind === "end";
const isUndo = ({ transition }: RunRecord): boolean => transition?.kind === "undo";
const isPark = ({ transition }: RunRecord): boolean => transition?.kind === "park";
const isContinue = ({ transition }: RunRecord): boolean => transition?.kind === "continue";
const isBackOff = ({ steps }: RunRecord): boolean =>
  steps.some((step) => step.status === "waiting");
const hasOutcome = ({ steps }: RunRecord): boolean => steps.some((step) => step.seq !== null);

/** The statuses that a run went through, as its watchers saw them. */
async function watched(bench: TestBench, id: string): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of bench.engine.watch(id)) seen.push(status);
  return seen;
}

describe("a cancel that races with another end", () => {
  it("comes before the completion that it wins against, and is the one outcome", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => step("a", () => "done"),
    });
    const race = beforeWrite(isEnd, () => bench.engine.cancel(id));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    const { id } = await bench.engine.start(flow, undefined, { id: "the-run" });

    const run = await bench.settled("the-run");
    expect(race.wasDone()).toBe(true);
    expect(run).toMatchObject({ status: "cancelled", cause: "cancel", output: null });
    await expect(bench.engine.cancel(id)).rejects.toMatchObject({ name: "RunEndedError" });
    expect((await watched(bench, id)).at(-1)).toBe("cancelled");
  });

  it("is refused when the completion was first", async () => {
    const flow = defineWorkflow({ name: "flow", run: async () => "done" });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    const cancelled = bench.settled(id).then(() => bench.engine.cancel(id));

    await expect(cancelled).rejects.toMatchObject({ name: "RunEndedError", status: "completed" });
    expect(await bench.settled(id)).toMatchObject({ status: "completed", cause: null });
  });

  it("keeps the outcome of the step whose record it overtook, for the undo to see", async () => {
    const undone: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("charge", () => "ch_1", { compensate: (output) => void undone.push(output) });
        await sleep("a day", "1 day");
      },
    });
    const race = beforeWrite(hasOutcome, () => bench.engine.cancel("the-run"));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    await bench.engine.start(flow, undefined, { id: "the-run" });

    const run = await bench.settled("the-run");
    expect(race.wasDone()).toBe(true);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(run.steps).toMatchObject([{ key: "charge", output: "ch_1", status: "compensated" }]);
    expect(undone).toEqual(["ch_1"]);
  });

  it("keeps the failures of attempts whose record it overtook as failures", async () => {
    const undone: unknown[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("charge", () => Promise.reject(new Error("busy")), {
          retry: { attempts: 3, delay: "1 hour" },
          compensate: (_output, { step: of }) => void undone.push(of.error?.message),
        });
      },
    });
    const race = beforeWrite(isBackOff, () => bench.engine.cancel("the-run"));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    await bench.engine.start(flow, undefined, { id: "the-run" });

    const run = await bench.settled("the-run");
    expect(race.wasDone()).toBe(true);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(run.steps).toMatchObject([{ key: "charge", error: { message: "busy" } }]);
    expect(undone).toEqual(["busy"]);
  });

  it("is the cause where a failure with undo to do came second, and undoes once", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        throw new Error("no");
      },
    });
    const race = beforeWrite(isUndo, () => bench.engine.cancel("the-run"));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    await bench.engine.start(flow, undefined, { id: "the-run" });

    const run = await bench.settled("the-run");
    expect(race.wasDone()).toBe(true);
    expect(run).toMatchObject({ status: "compensated", cause: "cancel", error: null });
    expect(undone).toEqual(["a"]);
  });

  it("is one cancel, however many come at once", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: () => void undone.push("a") });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await Promise.all([1, 2, 3].map(() => bench.engine.cancel(id)));

    const run = await bench.settled(id);
    expect(run.status).toBe("compensated");
    expect(statuses(run)).toMatchObject({ a: "compensated" });
    expect(undone).toEqual(["a"]);
    const { items } = await bench.engine.logs(id);
    expect(items.filter((line) => line.message === "cancelled")).toHaveLength(1);
  });

  it("comes before the park that it overtakes", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ sleep }) => sleep("a day", "1 day"),
    });
    const race = beforeWrite(isPark, () => bench.engine.cancel("the-run"));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    await bench.engine.start(flow, undefined, { id: "the-run" });

    expect((await bench.settled("the-run")).status).toBe("cancelled");
    expect(race.wasDone()).toBe(true);
  });

  it("comes before the `continueAsNew` that it overtakes", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, continueAsNew, sleep }) => {
        if (run.iteration === 1) await continueAsNew(undefined);
        await sleep("a day", "1 day");
      },
    });
    const race = beforeWrite(isContinue, () => bench.engine.cancel("the-run"));
    await using bench = await openBench([flow], { wrapStore: race.wrapStore });
    await bench.engine.start(flow, undefined, { id: "the-run" });

    expect(await bench.settled("the-run")).toMatchObject({ status: "cancelled", iteration: 1 });
    expect(race.wasDone()).toBe(true);
  });

  it("is heard by a turn that is under way, whose handler has just returned", async () => {
    const undone: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const a = await step("a", () => 1, { compensate: () => void undone.push("a") });
        // Something of the handler's own, in which the worker hears of the cancel.
        if (isFirst) {
          isFirst = false;
          await bench.engine.cancel("the-run");
        }
        return a;
      },
    });
    let isFirst = true;
    await using bench = await openBench([flow]);
    await bench.engine.start(flow, undefined, { id: "the-run" });

    const run = await bench.settled("the-run");
    expect(run).toMatchObject({ status: "compensated", cause: "cancel", blockedBy: null });
    expect(run.steps).toMatchObject([{ key: "a", output: 1 }]);
    expect(undone).toEqual(["a"]);
  });
});
