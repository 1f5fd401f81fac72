import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import {
  closedBench,
  HOUR,
  MINUTE,
  openBench,
  SECOND,
  START,
  statuses,
  stepOf,
} from "./bench.fixture.js";

const approval = defineWorkflow({
  name: "approval",
  events: { approved: z.object({ by: z.string().trim() }) },
  run: async ({ waitForEvent }) => waitForEvent("approved", { timeout: "3 days" }),
});

/** Takes two messages. */
const inbox = defineWorkflow({
  name: "inbox",
  events: { message: z.string() },
  run: async ({ waitForEvent }) => [await waitForEvent("message"), await waitForEvent("message")],
});

describe("an event", () => {
  it("wakes the wait for it, with the parsed payload", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    expect(await bench.settled(id)).toMatchObject({
      status: "waiting",
      waitingFor: { kind: "event", name: "approved", until: new Date(START + 72 * HOUR) },
    });
    await bench.engine.sendEvent(id, "approved", { by: " ada " });

    const run = await bench.settled(id);
    expect(run.output).toEqual({ by: "ada" });
    expect(stepOf(run, "approved")).toMatchObject({
      kind: "event",
      status: "completed",
      output: { by: "ada" },
      timedOut: false,
    });
  });

  it("is kept from the run's creation on, before any wait and any worker", async () => {
    await using bench = closedBench([approval]);
    const { id } = await bench.engine.start(approval, undefined, { delay: "1 hour" });
    await bench.engine.sendEvent(id, "approved", { by: "ada" });
    await bench.startWorker();
    expect((await bench.settled(id)).status).toBe("pending");
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual({ by: "ada" });
  });

  it("goes to the oldest wait, the oldest event first", async () => {
    await using bench = closedBench([inbox]);
    const { id } = await bench.engine.start(inbox);
    for (const text of ["first", "second"]) await bench.engine.sendEvent(id, "message", text);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["first", "second"]);
  });

  it("goes to the oldest of several waits side by side", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent }) =>
        Promise.all(["a", "b", "c"].map((key) => waitForEvent("message", { key }))),
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    for (const text of ["1", "2", "3"]) {
      await bench.engine.sendEvent(id, "message", text);
      await bench.restart();
    }

    expect((await bench.settled(id)).output).toEqual(["1", "2", "3"]);
  });

  it("is taken once: a replay gets the same, and the next wait the next", async () => {
    const seen: string[][] = [];
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent, sleep }) => {
        const first = await waitForEvent("message");
        await sleep("a while", "1 hour");
        seen.push([first, await waitForEvent("message")]);
        return seen.at(-1);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.engine.sendEvent(id, "message", "first");
    await bench.settled(id);
    await bench.restart();
    await bench.engine.sendEvent(id, "message", "second");
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual(["first", "second"]);
    expect(seen).toEqual([["first", "second"]]);
  });

  it.each([
    ["null", null],
    ["undefined", undefined],
    ["false", false],
    ["an empty string", ""],
    ["zero", 0],
  ])("may carry %s, which is an event all the same", async (_, payload) => {
    const flow = defineWorkflow({
      name: "flow",
      events: { ping: z.unknown() },
      run: async ({ waitForEvent, step }) => {
        const ping = await waitForEvent("ping", { timeout: "1 hour" });
        return step("seen", () => ({ ping }));
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.engine.sendEvent(id, "ping", payload);

    const run = await bench.settled(id);
    expect(run.output).toEqual({ ping: payload });
    expect(stepOf(run, "ping").timedOut).toBe(false);
  });

  it("with a dedupe key counts once, taken or not", async () => {
    await using bench = await openBench([inbox]);
    const { id } = await bench.engine.start(inbox);
    const options = { dedupeKey: "request-1" };
    await bench.engine.sendEvent(id, "message", "first", options);
    await bench.settled(id);
    await bench.engine.sendEvent(id, "message", "again", options);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.sendEvent(id, "message", "second");

    expect((await bench.settled(id)).output).toEqual(["first", "second"]);
  });
});

describe("an event that is refused", () => {
  it.each([
    ["of an unknown name", "denied", { by: "ada" }, "UnknownEventError"],
    ["of a name of ours", "#child", { by: "ada" }, "UnknownEventError"],
    ["of a name that every object has", "constructor", { by: "ada" }, "UnknownEventError"],
    ["that fails its schema", "approved", { by: 5 }, "EventValidationError"],
  ])("%s stores nothing", async (_, event, payload, name) => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    const { revision } = await bench.settled(id);

    await expect(bench.engine.sendEvent(id, event, payload)).rejects.toMatchObject({
      name,
      runId: id,
    });
    expect(await bench.settled(id)).toMatchObject({ status: "waiting", revision });
    expect(await bench.store.readEvents(id)).toEqual([]);
  });

  it("since the run has ended says so, and stores nothing", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    await bench.engine.sendEvent(id, "approved", { by: "ada" });
    await bench.settled(id);

    await expect(bench.engine.sendEvent(id, "approved", { by: "eve" })).rejects.toMatchObject({
      name: "RunEndedError",
      status: "completed",
    });
    expect(await bench.store.readEvents(id)).toHaveLength(1);
  });

  it("since there is no such run says so", async () => {
    await using bench = await openBench([approval]);

    await expect(bench.engine.sendEvent("nobody", "approved", { by: "a" })).rejects.toMatchObject({
      name: "RunNotFoundError",
    });
  });
});

const amountOf = (version: string, schema: z.ZodType) =>
  defineWorkflow({
    name: "versioned",
    version,
    events: { amount: schema },
    run: async ({ waitForEvent }) => waitForEvent("amount"),
  });

describe("what checks an event", () => {
  const v1 = amountOf("1", z.number());
  const v2 = amountOf("2", z.string());
  const v3 = amountOf("3", z.bigint());

  it("is the version of the run", async () => {
    await using bench = await openBench([v1, v2]);
    const { id } = await bench.engine.start(v1);

    await expect(bench.engine.sendEvent(id, "amount", "1")).rejects.toMatchObject({
      name: "EventValidationError",
    });
    await bench.engine.sendEvent(id, "amount", 1);
    expect((await bench.settled(id)).output).toBe(1);
  });

  it("is the newest that the process has where it lacks that of the run", async () => {
    await using bench = await openBench([v1]);
    const { id } = await bench.engine.start(v1);
    await using newer = closedBench([v2, v3], {}, bench);

    await expect(newer.engine.sendEvent(id, "amount", "1")).rejects.toMatchObject({
      name: "EventValidationError",
    });
    await newer.engine.sendEvent(id, "amount", 1n);
    expect((await bench.settled(id)).output).toBe(1n);
  });

  it("refuses where the process lists no version of it", async () => {
    await using bench = await openBench([v1]);
    const { id } = await bench.engine.start(v1);
    await using other = closedBench([approval], {}, bench);

    await expect(other.engine.sendEvent(id, "amount", 1)).rejects.toMatchObject({
      name: "WorkflowNotFoundError",
    });
  });
});

describe("a wait's timeout", () => {
  it("resolves to null when it passes, recorded as the wait's outcome", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    await bench.advance(72 * HOUR - 1);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.advance(1);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "completed", output: null });
    expect(stepOf(run, "approved")).toMatchObject({
      status: "completed",
      output: null,
      timedOut: true,
      endedAt: new Date(START + 72 * HOUR),
    });
  });

  it("stays passed: an event that comes later is for a later wait", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent, sleep }) => {
        const first = await waitForEvent("message", { timeout: "1 minute" });
        await sleep("a while", "1 hour");
        return [first, await waitForEvent("message")];
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(MINUTE);
    await bench.engine.sendEvent(id, "message", "late");
    await bench.restart();
    await bench.advance(HOUR);

    expect((await bench.settled(id)).output).toEqual([null, "late"]);
  });

  it("counts when the event was accepted, not when a worker looked", async () => {
    await using bench = await openBench([approval]);
    const { id } = await bench.engine.start(approval);
    await bench.settled(id);
    bench.kill();
    await bench.advance(72 * HOUR);
    await bench.engine.sendEvent(id, "approved", { by: "just in time" });
    await bench.advance(HOUR);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual({ by: "just in time" });
  });

  it("that passed while nobody looked leaves a later event to the next wait", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => [
        await waitForEvent("message", { timeout: "1 minute" }),
        await waitForEvent("message"),
      ],
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(MINUTE + 1);
    await bench.engine.sendEvent(id, "message", "late");
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual([null, "late"]);
  });

  it("of none passes at once, unless an event is there", async () => {
    const flow = defineWorkflow({
      name: "flow",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => [
        await waitForEvent("message", { timeout: 0 }),
        await waitForEvent("message", { timeout: 0 }),
      ],
    });
    await using bench = closedBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.engine.sendEvent(id, "message", "there");
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["there", null]);
  });
});

describe("what fell due while nobody looked", () => {
  it("is recorded in the order of those times", async () => {
    const order: string[] = [];
    const flow = defineWorkflow({
      name: "flow",
      events: { a: z.string(), b: z.string() },
      run: async ({ waitForEvent, sleep, step }) => {
        await Promise.all([
          waitForEvent("a", { timeout: 30 * MINUTE }).then((value) => order.push(`a:${value}`)),
          sleep("nap", 20 * MINUTE).then(() => order.push("nap")),
          waitForEvent("b").then((value) => order.push(`b:${value}`)),
        ]);
        return step("order", () => [...order]);
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    bench.kill();
    await bench.advance(25 * MINUTE);
    await bench.engine.sendEvent(id, "b", "event");
    await bench.advance(HOUR);
    await bench.startWorker();

    expect((await bench.settled(id)).output).toEqual(["nap", "b:event", "a:null"]);
  });
});

/** Waits a second time, under this key, for what it still waits for. */
const waitTwice = (key?: string) =>
  defineWorkflow({
    name: "flow",
    events: { message: z.string(), other: z.string() },
    run: async ({ waitForEvent, sleep, step }) => {
      await Promise.race([waitForEvent("message"), sleep("a moment", "1s")]);
      try {
        return [await waitForEvent("message", { key })];
      } catch (error) {
        const { name } = error as Error;
        return [await step("refused", () => name), await waitForEvent("other")];
      }
    },
  });

describe("a second wait for an event", () => {
  it("while one is pending is refused, takes nothing and no place in the history", async () => {
    const racing = waitTwice();
    await using bench = await openBench([racing]);
    const { id } = await bench.engine.start(racing);
    await bench.advance(SECOND);
    expect(Object.keys(statuses(await bench.settled(id)))).toEqual([
      "message",
      "a moment",
      "refused",
      "other",
    ]);
    await bench.restart();
    await bench.engine.sendEvent(id, "other", "on");

    expect((await bench.settled(id)).output).toEqual(["PendingWaitError", "on"]);
  });

  it("under a key of its own is another wait: the oldest is served first", async () => {
    const keyed = waitTwice("second");
    await using bench = await openBench([keyed]);
    const { id } = await bench.engine.start(keyed);
    await bench.advance(SECOND);
    await bench.engine.sendEvent(id, "message", "for the first");
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.sendEvent(id, "message", "for the second");

    const run = await bench.settled(id);
    expect(run.output).toEqual(["for the second"]);
    expect(stepOf(run, "second")).toMatchObject({ name: "second", kind: "event" });
  });

  it("is fine once the first is over", async () => {
    const loop = defineWorkflow({
      name: "loop",
      events: { message: z.string() },
      run: async ({ waitForEvent }) => {
        const all: (string | null)[] = [];
        for (let n = 0; n < 3; n += 1) all.push(await waitForEvent("message", { timeout: "1s" }));
        return all;
      },
    });
    await using bench = await openBench([loop]);
    const { id } = await bench.engine.start(loop);
    await bench.engine.sendEvent(id, "message", "first");
    await bench.settled(id);
    await bench.advance(SECOND);
    await bench.engine.sendEvent(id, "message", "last");

    const run = await bench.settled(id);
    expect(run.output).toEqual(["first", null, "last"]);
    expect(Object.keys(statuses(run))).toEqual(["message", "message#2", "message#3"]);
  });
});

describe("sendEvent of a handler", () => {
  it("sends once, over crashes and replays", async () => {
    const sender = defineWorkflow({
      name: "sender",
      input: z.string(),
      run: async ({ input, sendEvent, sleep }) => {
        await sendEvent("tell", { id: input, workflow: inbox, event: "message", payload: "hi" });
        await sleep("a while", "1 hour");
      },
    });
    await using bench = await openBench([sender, inbox]);
    const { id: receiver } = await bench.engine.start(inbox);
    const { id } = await bench.engine.start(sender, receiver);
    await bench.settled(id);
    await bench.restart();
    await bench.advance(HOUR);

    const sent = await bench.settled(id);
    expect(sent.status).toBe("completed");
    expect(stepOf(sent, "tell")).toMatchObject({ kind: "send", status: "completed" });
    expect(await bench.settled(receiver)).toMatchObject({
      status: "waiting",
      steps: [{ output: "hi" }, { status: "waiting" }],
    });
  });

  it("fails at once where the receiver has ended, as an error that the handler can catch", async () => {
    const done = defineWorkflow({ name: "done", events: { x: z.null() }, run: async () => 1 });
    const sender = defineWorkflow({
      name: "sender",
      input: z.string(),
      run: async ({ input, sendEvent }) =>
        sendEvent("tell", { id: input, event: "x", payload: null }).catch(
          (error: Error & { code?: string }) => error.code,
        ),
    });
    await using bench = await openBench([sender, done]);
    const { id: receiver } = await bench.engine.start(done);
    await bench.settled(receiver);

    expect((await bench.settled((await bench.engine.start(sender, receiver)).id)).output).toBe(
      "RUN_ENDED",
    );
  });
});
