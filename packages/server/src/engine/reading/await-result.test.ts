import { describe, expect, it } from "vitest";
import { NonRetryableError } from "../../core/errors.js";
import {
  codec,
  connectionLost,
  createWorld,
  ended,
  settle,
  START,
  stepRow,
} from "./reading.fixture.js";

/** A promise of which a test can ask whether it is settled. */
function observe<T>(promise: Promise<T>) {
  const seen: { settled: boolean; value?: T; error?: unknown } = { settled: false };
  promise.then(
    (value) => Object.assign(seen, { settled: true, value }),
    (error: unknown) => Object.assign(seen, { settled: true, error }),
  );
  return seen;
}

describe("result", () => {
  it("resolves to the decoded output of a run that has completed", async () => {
    const { reader, start, complete } = createWorld();
    const id = await start();
    await complete(id, { paidAt: new Date(START) });

    expect(await reader.result(id)).toEqual({ paidAt: new Date(START) });
  });

  it("resolves to undefined where that is what the handler returned", async () => {
    const { reader, start, complete } = createWorld();
    const id = await start();
    await complete(id, undefined);

    expect(await reader.result(id)).toBeUndefined();
  });

  it("waits for a run that another process completes", async () => {
    const { clock, reader, start, complete } = createWorld();
    const id = await start();
    const result = observe(reader.result(id));
    await clock.advance(60_000);
    expect(result.settled).toBe(false);

    await complete(id, "receipt");
    await clock.advance(2_000);

    expect(result.value).toBe("receipt");
    expect(clock.timerCount()).toBe(0);
  });

  it.each([">readRun", "<readRun"])("misses no end that comes at %s", async (hook) => {
    const { reader, hooks, start, complete } = createWorld();
    const id = await start();
    hooks.set(hook, async () => {
      hooks.clear();
      reader.feed.committed({ runId: id, revision: await complete(id, 1), ended: true });
    });

    expect(await reader.result(id)).toBe(1);
  });

  it("reads nothing for commits of this process that do not end the run, and steps only of a failure", async () => {
    const { reader, count, start, commit, complete } = createWorld();
    const id = await start();
    const result = reader.result(id);
    await settle();
    for (let i = 0; i < 20; i += 1) {
      reader.feed.committed({ runId: id, revision: await commit(id), ended: false });
      await settle();
    }
    expect(count("readRun")).toBe(1);

    reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
    await result;
    expect(count("readRun")).toBe(2);
  });

  it("waits through pauses, blocks and new iterations", async () => {
    const { clock, reader, start, change } = createWorld();
    const id = await start({ claim: null });
    const result = observe(reader.result(id));
    const steer = async (columns: Parameters<typeof change>[1]) => {
      await change(id, columns);
      await clock.advance(2_000);
    };
    await steer({ paused: true, queue: null, dueAt: null });
    await steer({ paused: false, blockedKind: "noWorker", blockedMessage: "no worker" });
    await steer({ blockedKind: null, blockedMessage: null, iteration: 2 });
    expect(result.settled).toBe(false);

    await steer({ status: "completed", endedAt: clock.now(), output: codec.encode(7, "output") });
    expect(result.value).toBe(7);
  });

  it("throws RunFailedError with the run and its revived error", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const error = codec.encodeError(new NonRetryableError("card refused"));
    await commit(id, {
      steps: [stepRow({ key: "charge" })],
      transition: ended({ status: "failed", cause: "error", error }),
    });

    const thrown = await reader.result(id).catch((reason: unknown) => reason);

    expect(thrown).toMatchObject({
      code: "RUN_FAILED",
      runId: id,
      message: `Run ${id} of checkout failed: card refused`,
      run: { status: "failed", steps: [{ key: "charge", output: "done" }] },
    });
    expect((thrown as Error).cause).toBeInstanceOf(NonRetryableError);
  });

  it.each([
    ["cancelled", "cancel", "RUN_CANCELLED"],
    ["compensated", "cancel", "RUN_CANCELLED"],
    ["compensated", "error", "RUN_FAILED"],
    ["compensated", "timeout", "RUN_FAILED"],
    ["failed", "timeout", "RUN_FAILED"],
  ] as const)("throws for a run that ended %s by %s: %s", async (status, cause, code) => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const error = cause === "cancel" ? null : codec.encodeError(new Error("no"));
    const transition = ended({ status, cause, error });
    if (status === "compensated") {
      await commit(id, { transition: { kind: "undo", cause, error, failedSteps: [] } });
      await commit(id, { phase: "compensating", transition });
    } else {
      await commit(id, { transition });
    }

    const thrown = await reader.result(id).catch((reason: unknown) => reason);

    expect(thrown).toMatchObject({ code, run: { status, cause } });
    expect(Object.hasOwn(thrown as Error, "cause")).toBe(error !== null);
  });

  it("throws ResultTimeoutError past its timeout, and leaves nothing behind", async () => {
    const { clock, reader, start } = createWorld();
    const id = await start();
    const result = observe(reader.result(id, { timeout: "1 minute" }));

    await clock.advance(59_999);
    expect(result.settled).toBe(false);
    await clock.advance(1);

    expect(result.error).toMatchObject({ code: "RESULT_TIMEOUT", runId: id });
    expect(clock.timerCount()).toBe(0);
  });

  it("is never too late for a run that has ended", async () => {
    const { reader, start, complete } = createWorld();
    const id = await start();
    await complete(id, "receipt");
    expect(await reader.result(id, { timeout: 0 })).toBe("receipt");
  });

  it("refuses a bad timeout", async () => {
    const { reader, start } = createWorld();
    const id = await start();
    await expect(reader.result(id, { timeout: -1 })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("throws the reason of an aborted signal, before, during and after a read", async () => {
    const { clock, reader, hooks, start } = createWorld();
    const id = await start();
    const reason = new Error("enough");
    await expect(reader.result(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const waiting = new AbortController();
    const one = observe(reader.result(id, { signal: waiting.signal }));
    await settle();
    waiting.abort(reason);

    const reading = new AbortController();
    hooks.set(">readRun", () => new Promise(() => undefined));
    const two = observe(reader.result(id, { signal: reading.signal }));
    await settle();
    reading.abort(reason);
    await settle();

    expect([one.error, two.error]).toEqual([reason, reason]);
    expect(clock.timerCount()).toBe(0);
  });

  it("throws RunNotFoundError for an unknown run, a pruned one, and an id that none can have", async () => {
    const { clock, memory, reader, count, start, complete } = createWorld();
    await expect(reader.result("no such id")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(count("readRun")).toBe(0);
    await expect(reader.result("unknown")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });

    const id = await start();
    const result = observe(reader.result(id));
    await settle();
    await complete(id);
    await memory.prune(START + 1, ["completed"], 10);
    await clock.advance(2_000);
    expect(result.error).toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("throws an AbortError when the engine closes while it waits", async () => {
    const { clock, reader, start } = createWorld();
    const result = observe(reader.result(await start()));
    await settle();

    reader.close();
    await settle();

    expect(result.error).toMatchObject({ name: "AbortError" });
    expect(clock.timerCount()).toBe(0);
  });

  it("goes on waiting when the run is retried between its two reads of a failure", async () => {
    const { clock, reader, hooks, start, commit, change } = createWorld();
    const id = await start();
    const error = codec.encodeError(new Error("no"));
    await commit(id, { transition: ended({ status: "failed", cause: "error", error }) });
    hooks.set("<readRun", async () => {
      hooks.clear();
      await change(id, { status: "pending", endedAt: null, error: null, cause: null });
    });
    const result = observe(reader.result(id));
    await clock.advance(5_000);
    expect(result.settled).toBe(false);

    await change(id, { status: "completed", endedAt: START, output: codec.encode(1, "output") });
    await clock.advance(5_000);
    expect(result.value).toBe(1);
  });

  it("outlives an outage of the database", async () => {
    const { clock, reader, hooks, start, complete } = createWorld();
    const id = await start();
    const result = observe(reader.result(id));
    await settle();
    hooks.set(">readRun", connectionLost).set(">revisions", connectionLost);
    reader.feed.committed({ runId: id, revision: await complete(id, 1), ended: true });
    await clock.advance(30_000);
    expect(result.settled).toBe(false);

    hooks.clear();
    await clock.advance(30_000);
    expect(result.value).toBe(1);
  });
});
