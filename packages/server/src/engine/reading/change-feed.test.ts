import { describe, expect, it, vi } from "vitest";
import { createChangeFeed, MAX_POLL_MS, MIN_POLL_MS } from "./change-feed.js";
import { createManualClock } from "./reading.fixture.js";

function createFeed() {
  const clock = createManualClock();
  const revisions = new Map<string, number>();
  const polls: string[][] = [];
  const warn = vi.fn();
  let failing = false;
  const feed = createChangeFeed({
    clock,
    logger: { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn() },
    store: {
      revisions: async (ids) => {
        polls.push([...ids]);
        if (failing) throw new Error("connection lost");
        return new Map([...revisions].filter(([id]) => ids.includes(id)));
      },
    },
  });
  return { clock, feed, polls, revisions, warn, fail: (value: boolean) => (failing = value) };
}

describe("the change feed", () => {
  it("asks for all watched runs in one statement per poll", async () => {
    const { clock, feed, polls, revisions } = createFeed();
    for (let i = 0; i < 500; i += 1) {
      revisions.set(`run-${i}`, 1);
      feed.subscribe(`run-${i}`, () => undefined).seen(1);
      feed.subscribe(`run-${i}`, () => undefined).seen(1);
    }

    await clock.advance(MIN_POLL_MS);

    expect(polls).toHaveLength(1);
    expect(polls[0]).toHaveLength(500);
  });

  it("asks ever less often while nothing changes, and soon again after a change", async () => {
    const { clock, feed, polls, revisions } = createFeed();
    revisions.set("a", 1);
    feed.subscribe("a", () => undefined).seen(1);
    await clock.advance(60_000);
    polls.length = 0;

    await clock.advance(10 * MAX_POLL_MS);
    expect(polls).toHaveLength(10);

    const onChange = vi.fn();
    feed.subscribe("a", onChange).seen(1);
    revisions.set("a", 2);
    while (onChange.mock.calls.length === 0) await clock.advance(MIN_POLL_MS);
    polls.length = 0;
    await clock.advance(MIN_POLL_MS);
    expect(polls).toHaveLength(1);
  });

  it("tells of a change of another process once, however long the subscriber takes to read", async () => {
    const { clock, feed, revisions } = createFeed();
    revisions.set("a", 1);
    const onChange = vi.fn();
    feed.subscribe("a", onChange).seen(1);

    revisions.set("a", 5);
    await clock.advance(10_000);

    expect(onChange.mock.calls).toEqual([["changed"]]);
  });

  it("tells that a run is gone", async () => {
    const { clock, feed, revisions } = createFeed();
    revisions.set("a", 1);
    const onChange = vi.fn();
    feed.subscribe("a", onChange).seen(1);
    revisions.delete("a");

    await clock.advance(10_000);

    expect(onChange.mock.calls).toEqual([["changed"]]);
  });

  it("tells of changes of this process at once", () => {
    const { feed } = createFeed();
    const [a, b] = [vi.fn(), vi.fn()];
    feed.subscribe("a", a);
    feed.subscribe("b", b);

    feed.notify(["a", "c"]);
    feed.hint("a");

    expect(a).toHaveBeenCalledTimes(2);
    expect(b).not.toHaveBeenCalled();
  });

  it("finds nothing new in a commit that it was told of, so that local runs are not polled often", async () => {
    const { clock, feed, polls, revisions } = createFeed();
    const onChange = vi.fn();
    feed.subscribe("a", onChange);
    for (let revision = 1; revision <= 100; revision += 1) {
      revisions.set("a", revision);
      feed.committed({ runId: "a", revision, ended: false });
      await clock.advance(50);
    }

    expect(onChange).toHaveBeenCalledTimes(100);
    expect(polls.length).toBeLessThan(10);
  });

  it("spares those who wait for an end the commits of this process that are none", () => {
    const { feed } = createFeed();
    const onChange = vi.fn();
    feed.subscribe("a", onChange, { endOnly: true });

    feed.committed({ runId: "a", revision: 2, ended: false });
    expect(onChange).not.toHaveBeenCalled();
    feed.committed({ runId: "a", revision: 3, ended: true });
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("says nothing about a run to those who subscribed while the answer was on its way", async () => {
    const { clock, feed, revisions } = createFeed();
    revisions.set("a", 1);
    const first = feed.subscribe("a", () => undefined);
    first.seen(1);
    const late = vi.fn();
    const timer = clock.setTimeout(() => void feed.subscribe("b", late), MIN_POLL_MS);

    await clock.advance(MIN_POLL_MS);

    timer.cancel();
    expect(late).not.toHaveBeenCalled();
  });

  it("polls on time although runs are watched one after another all the time", async () => {
    const { clock, feed, polls } = createFeed();
    for (let i = 0; i < 100; i += 1) {
      feed.subscribe(`run-${i}`, () => undefined);
      await clock.advance(MIN_POLL_MS / 2);
    }

    expect(polls.length).toBeGreaterThan(20);
  });

  it("retries a failed poll ever later, logs it, and tells its subscribers nothing", async () => {
    const { clock, feed, polls, revisions, warn, fail } = createFeed();
    revisions.set("a", 1);
    const onChange = vi.fn();
    feed.subscribe("a", onChange).seen(1);
    fail(true);
    await clock.advance(60_000);
    expect(polls.length).toBeLessThan(20);
    expect(warn).toHaveBeenCalledTimes(polls.length);
    expect(onChange).not.toHaveBeenCalled();

    fail(false);
    revisions.set("a", 2);
    await clock.advance(10_000);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("has no timer and makes no poll while nobody subscribes", async () => {
    const { clock, feed, polls } = createFeed();
    const subscriptions = ["a", "a", "b"].map((id) => feed.subscribe(id, () => undefined));
    expect(clock.timerCount()).toBe(1);

    for (const { unsubscribe } of subscriptions) unsubscribe();

    expect(clock.timerCount()).toBe(0);
    await clock.advance(10_000);
    expect(polls).toHaveLength(0);
  });

  it("leaves no timer behind when the last one unsubscribes during a poll", async () => {
    const { clock, feed, revisions } = createFeed();
    revisions.set("a", 2);
    const subscription = feed.subscribe("a", () => subscription.unsubscribe());

    await clock.advance(MIN_POLL_MS);

    expect(clock.timerCount()).toBe(0);
  });

  it("tells all that it closed, and begins anew for a later one", async () => {
    const { clock, feed, polls } = createFeed();
    const [a, b] = [vi.fn(), vi.fn()];
    feed.subscribe("a", a);
    feed.subscribe("b", b);

    feed.close();

    expect([a, b].map((fn) => fn.mock.calls)).toEqual([[["closed"]], [["closed"]]]);
    expect(clock.timerCount()).toBe(0);
    feed.subscribe("c", () => undefined);
    await clock.advance(MIN_POLL_MS);
    expect(polls).toEqual([["c"]]);
  });
});
