import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectRun, type LiveRunState } from "./connect-run.js";
import type { RunShape } from "./run-shape.js";
import { createSource, refusal } from "./source.fixture.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const run = (revision: number, status = "running"): RunShape => ({ id: "r", revision, status });

function connect(known?: RunShape) {
  const source = createSource<RunShape>();
  const states: LiveRunState<RunShape>[] = [];
  const get = vi.fn<(signal: AbortSignal) => Promise<RunShape>>();
  get.mockRejectedValue(new Error("no network"));
  const connection = connectRun<RunShape>({
    subscribe: source.subscribe,
    get,
    known,
    onChange: (state) => states.push(state),
  });
  const item = (one: RunShape) =>
    source.last().observer.onData({ id: `${one.revision}`, data: one });
  return {
    ...source,
    get,
    item,
    states,
    close: connection.close,
    connection: () => connection.getState().connection,
    revisions: () => [...new Set(states.map((state) => state.run?.revision))],
    getState: connection.getState,
  };
}

describe("connectRun", () => {
  it("begins after the snapshot that is known, and goes on after the last received", async () => {
    const live = connect(run(3));
    expect(live.last().lastEventId).toBe("3");
    expect(live.getState()).toMatchObject({ connection: "connecting", run: { revision: 3 } });
    live.last().observer.onStarted();
    expect(live.connection()).toBe("live");
    live.item(run(4));
    live.last().observer.onError(new Error("cut"));
    expect(live.connection()).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(500);
    expect(live.last().lastEventId).toBe("4");
    expect([live.opened.length, live.open()]).toEqual([2, 1]);
  });

  it("gives no snapshot twice, and none that is older", () => {
    const live = connect();
    for (const revision of [1, 3, 3, 2, 4]) live.item(run(revision));
    expect(live.revisions().filter(Boolean)).toEqual([1, 3, 4]);
  });

  it("closes with the end of the run", async () => {
    const live = connect();
    live.item(run(1, "completed"));
    expect(live.getState()).toMatchObject({ connection: "closed", run: { status: "completed" } });
    expect(live.open()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([live.opened.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it("takes the reconnecting of a link for a cut, and reconnects with a back-off of its own", async () => {
    const live = connect();
    live.last().observer.onStarted();
    live.last().observer.onConnectionStateChange({ state: "connecting", error: new Error("cut") });
    expect([live.connection(), live.open()]).toEqual(["reconnecting", 0]);
    await vi.advanceTimersByTimeAsync(999);
    expect(live.open()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(live.open()).toBe(1);
  });

  it("waits longer after each failure, up to fifteen seconds, and less after a success", async () => {
    const live = connect();
    for (const delayMs of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      live.last().observer.onError(new Error("no network"));
      await vi.advanceTimersByTimeAsync(delayMs - 1);
      expect(live.open()).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(live.open()).toBe(1);
    }
    live.item(run(1));
    live.last().observer.onError(new Error("cut"));
    await vi.advanceTimersByTimeAsync(500);
    expect(live.open()).toBe(1);
  });

  it("polls while no stream can be had, tries on, and is live when there is one", async () => {
    const live = connect();
    live.get.mockResolvedValue(run(1));
    live.last().observer.onError(new Error("502"));
    await vi.advanceTimersByTimeAsync(0);
    expect(live.getState()).toMatchObject({ connection: "polling", run: { revision: 1 } });
    live.get.mockResolvedValue(run(2));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(live.getState().run?.revision).toBe(2);
    expect(live.opened.length).toBe(2);
    live.last().observer.onStarted();
    expect(live.connection()).toBe("live");
    const asked = live.get.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(live.get.mock.calls.length).toBe(asked);
  });

  it("polls where a proxy holds the stream back", async () => {
    const live = connect();
    live.get.mockResolvedValue(run(1, "completed"));
    await vi.advanceTimersByTimeAsync(7_999);
    expect(live.get).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(live.getState()).toMatchObject({ connection: "closed", run: { status: "completed" } });
    expect(live.open()).toBe(0);
  });

  it("polls where streams break off at once, again and again", async () => {
    const live = connect();
    live.get.mockResolvedValue(run(1));
    for (const delayMs of [1_000, 2_000]) {
      live.last().observer.onStarted();
      live.last().observer.onComplete();
      expect(live.connection()).toBe("reconnecting");
      await vi.advanceTimersByTimeAsync(delayMs);
    }
    live.last().observer.onStarted();
    live.last().observer.onComplete();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.connection()).toBe("polling");
  });

  it("is reconnecting while the server is away", async () => {
    const live = connect();
    live.last().observer.onError(new Error("no network"));
    await vi.advanceTimersByTimeAsync(0);
    expect(live.connection()).toBe("reconnecting");
    expect(live.get).toHaveBeenCalledOnce();
  });

  it("asks get when a stream is refused, and closes with what it answers", async () => {
    const live = connect();
    live.last().observer.onStarted();
    live.get.mockRejectedValue(refusal("NOT_FOUND"));
    live.last().observer.onError(refusal("UNAUTHORIZED"));
    await vi.advanceTimersByTimeAsync(0);
    expect(live.getState()).toMatchObject({
      connection: "closed",
      error: { data: { code: "NOT_FOUND" } },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([live.opened.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it("survives a link that throws", async () => {
    const get = vi.fn(async () => run(1, "completed"));
    const states: string[] = [];
    connectRun<RunShape>({
      subscribe: () => {
        throw new Error("Subscriptions are unsupported by `httpLink`");
      },
      get,
      known: undefined,
      onChange: ({ connection }) => states.push(connection),
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(states).toEqual(["closed"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("survives a link that delivers the end while it is opened", () => {
    const source = createSource<RunShape>();
    const connection = connectRun<RunShape>({
      subscribe: (lastEventId, observer) => {
        const subscription = source.subscribe(lastEventId, observer);
        observer.onData({ id: "1", data: run(1, "completed") });
        return subscription;
      },
      get: () => Promise.reject(new Error("not asked")),
      known: undefined,
      onChange: () => undefined,
    });
    expect(connection.getState().connection).toBe("closed");
    expect([source.open(), vi.getTimerCount()]).toEqual([0, 0]);
  });

  it("tells nothing once closed, and aborts what it asks", async () => {
    const live = connect();
    live.get.mockImplementation(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    live.last().observer.onError(new Error("502"));
    const told = live.states.length;
    live.close();
    live.item(run(9));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([live.states.length, live.opened.length, vi.getTimerCount()]).toEqual([told, 1, 0]);
  });
});
