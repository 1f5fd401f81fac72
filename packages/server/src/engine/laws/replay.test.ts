import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { HandlerArgs } from "../../core/handler-types.js";
import { NonRetryableError } from "../../core/errors.js";
import { fakePrisma, gate, HOUR, openBench, SECOND, statuses, stepOf } from "./bench.fixture.js";

type Args = HandlerArgs<
  undefined,
  undefined,
  { go: unknown; other: unknown },
  unknown,
  Record<string, unknown>,
  unknown,
  unknown
>;

/** Versions of one workflow's code under one label. */
function code(run: (args: Args) => Promise<unknown>, removed: readonly string[] = []) {
  return defineWorkflow({
    name: "flow",
    removed,
    events: { go: z.unknown(), other: z.unknown() },
    run: run as never,
  });
}

const never = (): never => {
  throw new Error("This must not run.");
};

/** Runs `before` up to its first long wait, then goes on with `after`. */
async function redeploy(before: ReturnType<typeof code>, after: ReturnType<typeof code>) {
  const bench = await openBench([before], { prisma: fakePrisma() });
  const { id } = await bench.engine.start(before);
  await bench.settled(id);
  await bench.restartWith([after]);
  await bench.advance(HOUR);
  return { bench, id, run: await bench.settled(id) };
}

describe("the order of outcomes", () => {
  it("is that of their commits, live and on every replay", async () => {
    const orders: string[][] = [];
    const gates = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, gate()]));
    const flow = code(async ({ step, sleep }) => {
      const order: string[] = [];
      orders.push(order);
      const names = Object.keys(gates);
      await Promise.all(
        names.map((name) => step(name, () => gates[name]?.promise).then(() => order.push(name))),
      );
      await sleep("a while", "1 hour");
      return order;
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    for (const name of ["c", "a"]) {
      gates[name]?.open();
      await bench.runDue();
    }
    // Both end in one turn: they are one statement, and still one after the other.
    gates["d"]?.open();
    gates["b"]?.open();
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual(["c", "a", "d", "b"]);
    expect(orders).toEqual([
      ["c", "a", "d", "b"],
      ["c", "a", "d", "b"],
    ]);
  });

  it("is one for results, failures, events, timers and transactions", async () => {
    const orders: string[][] = [];
    const slow = gate();
    const flow = code(async ({ step, sleep, waitForEvent, transaction }) => {
      const order: string[] = [];
      orders.push(order);
      const note = (name: string) => () => void order.push(name);
      await Promise.all([
        step("result", () => slow.promise).then(note("result")),
        step("failure", never, { retry: { attempts: 1 } }).catch(note("failure")),
        waitForEvent("go").then(note("event")),
        waitForEvent("other", { timeout: "1s" }).then(note("timeout")),
        sleep("timer", "2s").then(note("timer")),
        transaction("save", () => 1).then(note("transaction")),
      ]);
      await sleep("a while", "1 hour");
      return order;
    });
    await using bench = await openBench([flow], { prisma: fakePrisma() });
    const { id } = await bench.engine.start(flow);
    await bench.advance(2 * SECOND);
    await bench.engine.sendEvent(id, "go", 1);
    await bench.runDue();
    slow.open();
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);
    await bench.settled(id);

    expect(orders[1]).toEqual(orders[0]);
    expect(orders[0]?.toSorted()).toEqual(
      ["event", "failure", "result", "timeout", "timer", "transaction"].toSorted(),
    );
    expect(orders[0]?.slice(-2)).toEqual(["event", "result"]);
  });

  it("lets the first of a race win for ever", async () => {
    const flow = code(async ({ step, sleep }) => {
      const slow = gate();
      const winner = await Promise.race([
        step("slow", () => slow.promise).then(() => "slow"),
        step("fast", () => "fast"),
      ]);
      await sleep("a while", "5s");
      return winner;
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.restart();
    await bench.advance(5 * SECOND);

    expect((await bench.settled(id)).output).toBe("fast");
  });
});

describe("an outcome", () => {
  it("is handed out as decoded from its record, live too, never the original object", async () => {
    const original = { list: [1], date: new Date(5) };
    class CardError extends Error {
      override readonly name = "CardError";
      readonly code = "DECLINED";
    }
    const flow = code(async ({ step }) => {
      const copy = await step("value", () => original);
      const error = await step("error", () => Promise.reject(new CardError("declined")), {
        retry: { attempts: 1 },
      }).catch((caught: Error & { code?: string }) => caught);
      const ours = await step("ours", () => {
        throw new NonRetryableError("no");
      }).catch((caught: unknown) => caught);
      return {
        same: copy === original,
        equal: JSON.stringify(copy) === JSON.stringify(original),
        isCardError: error instanceof CardError,
        isError: error instanceof Error,
        name: (error as Error).name,
        code: (error as { code?: string }).code,
        isOurs: ours instanceof NonRetryableError,
      };
    });
    await using bench = await openBench([flow]);

    expect((await bench.settled((await bench.engine.start(flow)).id)).output).toEqual({
      same: false,
      equal: true,
      isCardError: false,
      isError: true,
      name: "CardError",
      code: "DECLINED",
      isOurs: true,
    });
  });

  it("that the handler changes is as recorded again on replay", async () => {
    const flow = code(async ({ step, sleep }) => {
      const list = await step("list", () => [1]);
      list.push(2);
      await sleep("a while", "1 hour");
      return list;
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual([1, 2]);
  });

  it("comes before anything new starts: no unrecorded step runs during a replay", async () => {
    const started: string[] = [];
    const stuck = gate();
    const flow = code(async ({ step, sleep }) => {
      const loser = step("loser", () => {
        started.push("loser");
        return stuck.promise;
      });
      await Promise.race([loser, step("winner", () => void started.push("winner"))]);
      for (let n = 0; n < 3; n += 1) await sleep("nap", "1s");
      started.push("end");
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(2 * SECOND);
    started.length = 0;
    await bench.restart();
    await bench.runDue();
    expect(started).toEqual(["loser"]);
    await bench.advance(SECOND);

    expect(started).toEqual(["loser", "end"]);
    expect((await bench.settled(id)).status).toBe("completed");
  });
});

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

    expect(["charged", "free"]).toContain(run.output);
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

function readSlowly(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

describe.concurrent("a branch that awaits I/O of its own", () => {
  it("may ask for its recorded steps late: it is waited for before a mismatch is declared", async () => {
    let calls = 0;
    const flow = code(async ({ step, sleep }) => {
      const [a, b] = await Promise.all([
        step("quick", () => 1).then(() => step("quick then", () => 2)),
        readSlowly().then(() => step("after i/o", () => (calls += 1))),
      ]);
      await sleep("settle", "1 hour");
      return [a, b];
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect(await waitUntil(bench, id, "settle")).toBe("waiting");
    await bench.restart();
    await bench.advance(HOUR);

    expect(await bench.settled(id)).toMatchObject({ status: "completed", output: [2, 1] });
    expect(calls).toBe(1);
  });

  it("is repeated on every replay", async () => {
    let reads = 0;
    const flow = code(async ({ sleep }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      reads += 1;
      await sleep("settle", "1 hour");
      return "done";
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect(await waitUntil(bench, id, "settle")).toBe("waiting");
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toBe("done");
    expect(reads).toBe(2);
  });
});

/** Real time passes until the run waits for `name`. */
async function waitUntil(
  bench: Awaited<ReturnType<typeof openBench>>,
  id: string,
  name: string,
): Promise<string> {
  for (;;) {
    const run = await bench.settled(id);
    if (run.waitingFor?.name === name || run.endedAt !== null) return run.status;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a run that is retried", () => {
  it("keeps what succeeded and does again what failed and what came of it", async () => {
    const ran: string[] = [];
    let isDown = true;
    const flow = code(async ({ step }) => {
      const run = (name: string) => step(name, () => void ran.push(name));
      await run("a");
      await Promise.all([
        run("b"),
        step(
          "c",
          () => {
            ran.push("c");
            if (isDown) throw new Error("down");
          },
          { retry: { attempts: 1 } },
        ),
      ]);
      await run("d");
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("failed");
    isDown = false;
    ran.length = 0;
    await bench.engine.retry(id);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", attempt: 2, error: null });
    expect(ran).toEqual(["c", "d"]);
    expect(stepOf(run, "c").status).toBe("completed");
  });
});
