import { describe, expect, it } from "vitest";
import { NonRetryableError } from "../../core/errors.js";
import { fakePrisma, gate, HOUR, openBench, SECOND, stepOf } from "./bench.fixture.js";
import { code, never } from "./code.fixture.js";

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
