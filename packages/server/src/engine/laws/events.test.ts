import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { closedBench, HOUR, openBench, START, stepOf } from "./bench.fixture.js";

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
