import { describe, expect, it } from "vitest";
import { gate, openBench, SECOND, statuses } from "./bench.fixture.js";
import { code, never, redeploy } from "./code.fixture.js";

describe.concurrent("code that does not fit any more", () => {
  const original = code(async ({ step, sleep }) => {
    await step("charge", () => "charged");
    await sleep("settle", "1 hour");
    return step("ship", () => "shipped");
  });

  it.each([
    [
      "renames a recorded step",
      code(async ({ step, sleep }) => {
        await step("charge-card", never);
        await sleep("settle", "1 hour");
        return step("ship", never);
      }),
      ["charge", "charge-card"],
    ],
    [
      "puts a step before a recorded one",
      code(async ({ step, sleep }) => {
        await step("check", never);
        await step("charge", never);
        await sleep("settle", "1 hour");
      }),
      ["charge", "check"],
    ],
    [
      "leaves a recorded step out",
      code(async ({ step, sleep }) => {
        await sleep("settle", "1 hour");
        return step("ship", never);
      }),
      ["charge"],
    ],
    [
      "leaves a recorded step out, and asks for nothing new",
      code(async ({ sleep }) => sleep("settle", "1 hour")),
      ["charge", "settle"],
    ],
    [
      "leaves an open timer out",
      code(async ({ step }) => {
        await step("charge", never);
        return step("ship", never);
      }),
      ["settle", "ship"],
    ],
    [
      "asks for another kind under a recorded name",
      code(async ({ step, sleep }) => {
        await sleep("charge", "1s");
        return step("ship", never);
      }),
      ["charge", "step", "sleep"],
    ],
    [
      "makes a transaction of a step",
      code(async ({ transaction, sleep }) => {
        await transaction("charge", never);
        await sleep("settle", "1 hour");
      }),
      ["charge", "step", "transaction"],
    ],
    ["ends before what is recorded", code(async () => "nothing to do"), ["charge", "ends"]],
    [
      "throws before what is recorded",
      code(async () => {
        throw new Error("a new check");
      }),
      ["charge", "ends"],
    ],
  ])("blocks a run whose code %s, and names what it found", async (_, changed, words) => {
    const { bench, id, run } = await redeploy(original, changed);
    await using _bench = bench;

    expect(run).toMatchObject({ status: "blocked", blockedBy: { kind: "codeMismatch" } });
    const { message } = run.blockedBy ?? { message: "" };
    expect(message).toContain("flow@1");
    for (const word of words) expect(message).toContain(word);
    expect(statuses(run)).toEqual({ charge: "completed", settle: "waiting" });

    // The right code goes on where it stood.
    await bench.restartWith([original]);
    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: "shipped" });
  });

  it("blocks where a begun undoable step, a wait or a child is not asked for", async () => {
    const stuck = gate();
    const before = code(async ({ step, waitForEvent }) => {
      await Promise.all([
        step("book", () => stuck.promise, { compensate: () => {} }),
        waitForEvent("go"),
      ]);
    });
    const after = code(async ({ step, waitForEvent }) => {
      await Promise.all([step("reserve", never), waitForEvent("go")]);
    });
    await using bench = await openBench([before]);
    const { id } = await bench.engine.start(before);
    await bench.runDue();
    await bench.restartWith([after]);

    const run = await bench.settled(id);
    expect(run.status).toBe("blocked");
    expect(run.blockedBy?.message).toContain("book");
  });

  it("blocks where the first of several recorded steps is gone", async () => {
    const before = code(async ({ step, sleep }) => {
      await step("a", () => 1);
      await step("b", () => 2);
      await sleep("settle", "1 hour");
    });
    const after = code(async ({ step, sleep }) => {
      await step("b", never);
      await sleep("settle", "1 hour");
    });
    const { bench, run } = await redeploy(before, after);
    await using _bench = bench;

    expect(run.status).toBe("blocked");
    expect(run.blockedBy?.message).toMatch(/recorded step "a".*asks for step "b"/);
  });

  it("does not block where a step that was only in flight is gone", async () => {
    const stuck = gate();
    const before = code(async ({ step }) => step("old", () => stuck.promise));
    const after = code(async ({ step }) => step("new", () => "new"));
    await using bench = await openBench([before]);
    const { id } = await bench.engine.start(before);
    await bench.advance(SECOND);
    expect(statuses(await bench.engine.get(id))).toEqual({ old: "running" });
    await bench.restartWith([after]);

    expect((await bench.settled(id)).output).toBe("new");
  });

  it("blocks where a live handler ends with something recorded not asked for", async () => {
    const before = code(async ({ step, sleep }) => {
      const second = sleep("settle", "1 hour");
      await step("charge", () => 1);
      await second;
      await step("ship", () => 2);
    });
    const after = code(async ({ step }) => {
      await step("charge", never);
      return "done";
    });
    const { bench, run } = await redeploy(before, after);
    await using _bench = bench;

    expect(run.status).toBe("blocked");
    expect(run.blockedBy?.message).toMatch(/settle.*ends/);
  });
});

describe.concurrent("a change that fits", () => {
  const original = code(async ({ step, sleep }) => {
    const paid = await step("charge", () => "charged");
    await sleep("settle", "1 hour");
    return [paid];
  });

  it("appends steps after the recorded ones", async () => {
    const changed = code(async ({ step, sleep }) => {
      const paid = await step("charge", never);
      await sleep("settle", "1 hour");
      return [paid, await step("ship", () => "shipped")];
    });
    const { bench, run } = await redeploy(original, changed);
    await using _bench = bench;

    expect(run.output).toEqual(["charged", "shipped"]);
  });

  it("lists removed steps, and does not ask for them", async () => {
    const changed = code(
      async ({ sleep, step }) => {
        await sleep("settle", "1 hour");
        return step("ship", () => "shipped");
      },
      ["charge"],
    );
    const { bench, run } = await redeploy(original, changed);
    await using _bench = bench;

    expect(run.output).toBe("shipped");
  });

  it("may still ask for what it lists as removed, in its old place", async () => {
    const changed = code(
      async ({ step, sleep, patched }) => {
        const paid = patched("no charge") ? "free" : await step("charge", never);
        await sleep("settle", "1 hour");
        return paid;
      },
      ["charge"],
    );
    const { bench, run } = await redeploy(original, changed);
    await using _bench = bench;

    expect(run.output).toBe("charged");
  });

  it("moves recorded steps to where their outcome is still asked for in time", async () => {
    const before = code(async ({ step, sleep }) => {
      const [a, b] = await Promise.all([step("a", () => 1), step("b", () => 2)]);
      await sleep("settle", "1 hour");
      return a + b;
    });
    const after = code(async ({ step, sleep }) => {
      const b = step("b", never);
      const a = step("a", never);
      const sum = (await a) + (await b);
      await sleep("settle", "1 hour");
      return sum;
    });
    const { bench, run } = await redeploy(before, after);
    await using _bench = bench;

    expect(run.output).toBe(3);
  });
});
