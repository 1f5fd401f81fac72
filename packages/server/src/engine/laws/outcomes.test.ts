import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { RunRecord, Store } from "../../store/store.js";
import { fakePrisma, gate, HOUR, openBench } from "./bench.fixture.js";

/** A store whose records are noted, and held back while `hold` is closed. */
function watchRecords() {
  const records: RunRecord[] = [];
  const hold = { until: Promise.resolve() };
  const wrapStore = (store: Store): Store => ({
    ...store,
    record: async (batch) => {
      records.push(...batch);
      await hold.until;
      return store.record(batch);
    },
  });
  return { records, hold, wrapStore };
}

describe("an outcome", () => {
  it("starts what it leads to only once it is committed", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => void ran.push("a"));
        await step("b", () => void ran.push("b"));
      },
    });
    const { hold, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore });
    const commit = gate();
    hold.until = commit.promise;
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    expect(ran).toEqual(["a"]);

    commit.open();
    expect((await bench.settled(id)).status).toBe("completed");
    expect(ran).toEqual(["a", "b"]);
  });

  it("that a crash kept from its commit is not: the step runs again", async () => {
    const ran: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => void ran.push("a"));
        await step("b", () => void ran.push("b"));
      },
    });
    const { hold, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore });
    hold.until = new Promise(() => {});
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    hold.until = Promise.resolve();
    await bench.restart();

    expect((await bench.settled(id)).status).toBe("completed");
    expect(ran).toEqual(["a", "a", "b"]);
  });

  it("of the last step is one commit with the end of the run", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => ({ last: await step("last", () => 1) }),
    });
    const { records, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore });
    await bench.settled((await bench.engine.start(flow)).id);

    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      steps: [{ key: "last", status: "completed" }],
      transition: { kind: "end", status: "completed" },
    });
  });

  it("of a failure is one commit with the run's error too", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step("last", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } }),
    });
    const { records, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore });
    await bench.settled((await bench.engine.start(flow)).id);

    expect(records).toMatchObject([
      { steps: [{ status: "failed" }], transition: { kind: "end", status: "failed" } },
    ]);
  });

  it("and the start of an undoable step after it are one commit", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1);
        await step("b", () => 2, { compensate: () => {} });
      },
    });
    const { records, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore });
    await bench.settled((await bench.engine.start(flow)).id);

    expect(records.map(({ steps }) => steps.map(({ key, status }) => `${key} ${status}`))).toEqual([
      ["a completed", "b running"],
      ["b completed"],
    ]);
  });
});

describe("the end of a run", () => {
  const quick = defineWorkflow({ name: "quick", run: async ({ step }) => step("a", () => 1) });

  it("shows status, output, end time and last step together to whoever watches", async () => {
    await using bench = await openBench([quick]);
    const { id } = await bench.engine.start(quick, undefined, { delay: "1s" });
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const { status, output, endedAt, steps } of bench.engine.watch(id))
        seen.push([status, output, endedAt !== null, steps.length]);
    })();
    await bench.advance(HOUR);
    await watching;

    expect(seen.at(-1)).toEqual(["completed", 1, true, 1]);
    for (const [status, output, isEnded] of seen.slice(0, -1) as [string, unknown, boolean][])
      expect([status === "completed", output, isEnded]).toEqual([false, null, false]);
  });

  it.each([
    ["cancel", "RunEndedError"],
    ["retry", "RunNotEndedError"],
    ["pause", "RunEndedError"],
    ["wake", "RunEndedError"],
  ] as const)("as completed is not changed by %s", async (operation, name) => {
    await using bench = await openBench([quick]);
    const { id } = await bench.engine.start(quick);
    const run = await bench.settled(id);

    await expect(bench.engine[operation](id)).rejects.toMatchObject({ name });
    expect(await bench.settled(id)).toEqual(run);
  });

  it("after a transaction is there though the worker died between the two", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ transaction }) => transaction("save", () => (calls += 1)),
    });
    let calls = 0;
    const { hold, wrapStore } = watchRecords();
    await using bench = await openBench([flow], { wrapStore, prisma: fakePrisma() });
    hold.until = new Promise(() => {});
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    hold.until = Promise.resolve();
    await bench.restart();

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: 1 });
    expect(calls).toBe(1);
  });
});

describe("a stored value that cannot be read", () => {
  it("blocks the run where it stands, and says so", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("a", () => 1);
        await sleep("nap", "1 hour");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.store.change(id, ({ steps }) => ({
      result: undefined,
      write: {
        run: {},
        deleteSteps: [],
        releaseEvents: [],
        deleteEvents: [],
        putEvents: [],
        logs: [],
        notice: null,
        changeChildren: null,
        putSteps: steps
          .filter((step) => step.key === "a")
          .map((step) => ({ ...step, output: "{not what we wrote" })),
      },
    }));
    await bench.advance(HOUR);

    const row = await bench.store.readRun(id, { kind: "page", after: 0, limit: 1 });
    expect(row?.run).toMatchObject({ blockedKind: "codeMismatch" });
    expect(row?.run.blockedMessage).toContain(id);
  });
});
