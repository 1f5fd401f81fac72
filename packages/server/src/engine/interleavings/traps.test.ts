import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import { z } from "zod";
import { gate } from "../laws/bench.fixture.js";
import { Audit } from "./audit.fixture.js";
import { type Ground, GROUNDS } from "./grounds.fixture.js";
import { openProcess } from "./process.fixture.js";

/**
 * Races that other projects lost (their numbers are those of the project's list of traps), as far as the
 * pairs do not hold them: those have L1 (event and park), L5 (takeover of an open sleep), L6 (a timer and
 * a wait that nothing awaits at first), D4 (cancel, deadline and each outcome) and D5 (takeover and each).
 * D1 has L4 too: the payload of its event is null.
 *
 * No races, and tested where they belong: L2, L3 and L7 (laws of events and waits), D3 and D8 (laws of
 * leases and timeouts), R16 (ids in commit order, conformance suite). D7: a worker awaits its context
 * before it sweeps. L9, R3, R9: nothing relies on LISTEN, on advisory locks, or on an error being caught.
 * D9 (a child that failed, replayed): engine/children/failed-child.test.ts. R4 (a transaction left open by
 * the app): engine/processes/open-transaction.test.ts.
 */
const TRAPS = ["postgresql", "sqlite", "memory"] as const satisfies readonly Ground["name"][];

describe.each(TRAPS)("on %s", (name) => {
  const timeout = 30_000;

  it(
    "D1: of two processes that take one run over, the late one starts nothing",
    { timeout },
    async () => {
      await using ground = await GROUNDS[name]();
      const audit = new Audit(ground.store);
      const begun: string[] = [];
      const held = gate();
      const flow = (who: string) =>
        defineWorkflow({
          name: "flow",
          events: { go: z.null() },
          run: async ({ step, waitForEvent }) => {
            await step("work", async () => {
              begun.push(who);
              if (who === "holder") await held.promise;
            });
            return waitForEvent("go");
          },
        });
      await using holder = openProcess(ground, { n: 0, workflows: [flow("holder")], audit });
      await using late = openProcess(ground, {
        n: 1,
        workflows: [flow("late")],
        audit,
        lease: 200,
      });
      await using soon = openProcess(ground, { n: 2, workflows: [flow("soon")], audit });
      await holder.join();
      const { id } = await holder.engine.start("flow", undefined as never);
      await expect.poll(() => begun).toEqual(["holder"]);

      // The answer to its claim comes when its lease has lapsed, and another has done the work.
      const claimed = late.pausing.pauseAt({ verb: "sweep", when: "after" });
      await ground.lapse(id);
      const joined = late.joinAndExecute();
      await claimed.reached;
      await ground.lapse(id);
      const lapsesAt = performance.now() + 250;
      await soon.joinAndExecute();
      await expect.poll(() => performance.now()).toBeGreaterThan(lapsesAt);
      claimed.go();
      await joined;
      held.open();
      await holder.whenIdle();

      await soon.engine.sendEvent(id, "go", null);
      await soon.whenIdle();
      expect(begun).toEqual(["holder", "soon"]);
      expect((await soon.engine.get(id)).status).toBe("completed");
      expect(audit.findings).toEqual([]);
    },
  );

  it(
    "D2: what the old holder learns is not recorded while the new one works",
    { timeout },
    async () => {
      await using ground = await GROUNDS[name]();
      const audit = new Audit(ground.store);
      const [first, second] = [gate(), gate()];
      const begun: string[] = [];
      const flow = (who: string, held: Promise<void>) =>
        defineWorkflow({
          name: "flow",
          run: ({ step }) =>
            step("work", async () => {
              begun.push(who);
              await held;
              return who;
            }),
        });
      await using old = openProcess(ground, {
        n: 0,
        workflows: [flow("old", first.promise)],
        audit,
      });
      await using young = openProcess(ground, {
        n: 1,
        workflows: [flow("young", second.promise)],
        audit,
      });
      await old.join();
      const { id } = await old.engine.start("flow", undefined as never);
      await expect.poll(() => begun).toEqual(["old"]);
      await ground.lapse(id);
      await young.join();
      await expect.poll(() => begun).toEqual(["old", "young"]);

      first.open();
      await old.whenIdle();
      expect((await ground.store.readRun(id, { kind: "all" }))?.run.endedAt).toBeNull();
      second.open();
      await young.whenIdle();

      expect((await young.engine.get(id)).output).toBe("young");
      expect(audit.findings).toEqual([]);
    },
  );

  it("D6: a commit whose answer is lost is recognised, not repeated", { timeout }, async () => {
    await using ground = await GROUNDS[name]();
    const audit = new Audit(ground.store);
    let calls = 0;
    const flow = defineWorkflow({
      name: "flow",
      run: ({ step }) => step("work", () => (calls += 1)),
    });
    await using process = openProcess(ground, {
      n: 0,
      workflows: [flow],
      audit: quietOf(audit),
      loseAnswers: 2,
    });
    await process.join();
    const { id } = await process.engine.start("flow", undefined as never);
    await expect.poll(async () => (await process.engine.get(id)).status).toBe("completed");

    await audit.look(id);
    expect(calls).toBe(1);
    expect(audit.findings).toEqual([]);
  });

  it("L8: a parent and its child share the one slot", { timeout }, async () => {
    await using ground = await GROUNDS[name]();
    const audit = new Audit(ground.store);
    const child = defineWorkflow({ name: "child", run: async () => "from the child" });
    const parent = defineWorkflow({
      name: "parent",
      run: ({ invoke }) => invoke("child", child, undefined),
    });
    await using process = openProcess(ground, { n: 0, workflows: [parent, child], audit });
    const { id } = await process.engine.start("parent", undefined as never);
    await process.engine.work({ until: "idle", concurrency: 1 });

    expect((await process.engine.get(id)).output).toBe("from the child");
    expect(audit.findings).toEqual([]);
  });

  it("R1: a cancel and the end of a child do not lock each other out", { timeout }, async () => {
    await using ground = await GROUNDS[name]();
    const audit = new Audit(ground.store);
    const child = defineWorkflow({ name: "child", run: async ({ step }) => step("work", () => 1) });
    const parent = defineWorkflow({
      name: "parent",
      run: ({ invoke }) =>
        Promise.all([invoke("a", child, undefined), invoke("b", child, undefined)]),
    });
    await using one = openProcess(ground, { n: 0, workflows: [parent, child], audit });
    await using two = openProcess(ground, { n: 1, workflows: [parent, child], audit });
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      ids.push((await one.engine.start("parent", undefined as never)).id);
    }
    const working = one.engine.work({ until: "idle" });
    await Promise.all(
      ids.map((id) => two.engine.cancel(id).catch((error: unknown) => expectEnded(error))),
    );
    await working;
    await two.engine.work({ until: "idle" });

    const { items } = await two.engine.list();
    for (const run of items) expect(["completed", "cancelled"]).toContain(run.status);
    expect(audit.findings).toEqual([]);
  });

  it("R2: an event sent twice under one key holds up no other", { timeout }, async () => {
    await using ground = await GROUNDS[name]();
    const audit = new Audit(ground.store);
    const flow = defineWorkflow({
      name: "flow",
      events: { go: z.number() },
      run: ({ waitForEvent }) => waitForEvent("go"),
    });
    await using one = openProcess(ground, { n: 0, workflows: [flow], audit });
    await using two = openProcess(ground, { n: 1, workflows: [flow], audit });
    const { id } = await one.engine.start("flow", undefined as never);
    await Promise.all(
      [one, two, one, two].map(({ engine }) =>
        engine.sendEvent(id, "go", 1, { dedupeKey: "the one" }),
      ),
    );
    await one.engine.sendEvent(id, "go", 2);
    await one.engine.work({ until: "idle" });

    expect((await one.engine.get(id)).output).toBe(1);
    expect(await ground.store.readEvents(id)).toHaveLength(2);
    expect(audit.findings).toEqual([]);
  });
});

function expectEnded(error: unknown): void {
  expect(error).toMatchObject({ code: "RUN_ENDED" });
}

/** The warning about the lost answer is expected. */
function quietOf(audit: Audit): Audit {
  Object.defineProperty(audit, "logger", {
    value: { debug: () => {}, info: () => {}, warn: () => {}, error: audit.logger.error },
  });
  return audit;
}
