import { describe, expect, it } from "vitest";
import { gate, HOUR, openBench, statuses } from "./bench.fixture.js";
import { code, never, redeploy } from "./code.fixture.js";

describe.concurrent("patched", () => {
  const original = code(async ({ step, sleep }) => {
    await step("charge", () => 1);
    await sleep("settle", "1 hour");
    return "old";
  });
  const changed = code(async ({ step, sleep, patched }) => {
    const isNew = patched("check first");
    if (isNew) await step("check", () => 1);
    await step("charge", () => 1);
    await sleep("settle", "1 hour");
    return isNew && patched("check first") ? "new" : "old";
  });

  it("is false for a run that was past it, and the run takes the old way", async () => {
    const { bench, run } = await redeploy(original, changed);
    await using _bench = bench;

    expect(run.output).toBe("old");
    expect(Object.keys(statuses(run))).toEqual(["charge", "settle"]);
  });

  it("is true for a new run, and stays so over replays", async () => {
    const { bench, run } = await redeploy(changed, changed);
    await using _bench = bench;

    expect(run.output).toBe("new");
    expect(Object.keys(statuses(run))).toEqual(["check", "charge", "settle"]);
  });

  it("is true behind all that is recorded, and one answer per run and id from then on", async () => {
    const before = code(async ({ step, sleep }) => {
      await step("charge", () => 1);
      await sleep("settle", "1 hour");
    });
    const after = code(async ({ step, sleep, patched }) => {
      await step("charge", never);
      await sleep("settle", "1 hour");
      const first = patched("mail");
      if (first) await step("mail", () => 1);
      await sleep("settle again", "1 hour");
      return [first, patched("mail"), patched("other")];
    });
    const { bench, id } = await redeploy(before, after);
    await using _bench = bench;
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual([true, true, true]);
  });

  it("is false while an open sleep or wait has not been asked for", async () => {
    const before = code(async ({ waitForEvent, sleep }) => {
      await Promise.all([sleep("settle", "1 hour"), waitForEvent("go")]);
      return "old";
    });
    const after = code(async ({ waitForEvent, sleep, patched }) => {
      const timer = sleep("settle", "1 hour");
      const isNew = patched("no wait");
      await Promise.all([timer, waitForEvent("go")]);
      return isNew ? "new" : "old";
    });
    const { bench, id } = await redeploy(before, after);
    await using _bench = bench;
    await bench.engine.sendEvent(id, "go", 1);

    expect((await bench.settled(id)).output).toBe("old");
  });

  it("keeps its answer over a crash right after what it led to", async () => {
    const answers: boolean[] = [];
    const stuck = gate();
    const flow = code(async ({ step, patched }) => {
      const answer = patched("new way");
      answers.push(answer);
      if (answer) await step("first", () => 1);
      await step("second", async () => {
        if (answers.length === 1) await stuck.promise;
      });
      return answer;
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();

    expect((await bench.settled(id)).output).toBe(true);
    expect(answers).toEqual([true, true]);
  });
});
