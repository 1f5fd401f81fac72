import { describe, expect, it } from "vitest";
import type { WorkflowRun } from "../../core/run-types.js";
import {
  codec,
  connectionLost,
  createWorld,
  ended,
  settle,
  START,
  stepRow,
} from "./reading.fixture.js";

/** Collects what an iteration gives until it ends. */
function collect(iterable: AsyncIterable<WorkflowRun>) {
  const runs: WorkflowRun[] = [];
  const done = (async () => {
    for await (const run of iterable) runs.push(run);
  })();
  return { done, revisions: () => runs.map((run) => run.revision), last: () => runs.at(-1) };
}

describe("watch", () => {
  it("gives the state now, each change of another process, and ends with the terminal one", async () => {
    const { clock, reader, start, commit, complete } = createWorld();
    const id = await start();
    const watched = collect(reader.watch(id));
    await settle();
    expect(watched.revisions()).toEqual([1]);

    await commit(id, { progress: codec.encode(50, "progress") });
    await clock.advance(2_000);
    expect(watched.last()).toMatchObject({ revision: 2, status: "running", progress: 50 });

    await complete(id, "receipt");
    await clock.advance(2_000);
    await watched.done;
    expect(watched.revisions()).toEqual([1, 2, 3]);
    expect(watched.last()).toMatchObject({ status: "completed", output: "receipt" });
  });

  it("gives a change of this process at once", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const watched = collect(reader.watch(id));
    await settle();

    reader.feed.committed({ runId: id, revision: await commit(id), ended: false });
    await settle();
    await commit(id);
    reader.feed.notify([id]);
    await settle();

    expect(watched.revisions()).toEqual([1, 2, 3]);
  });

  it.each([
    ["right before the first read", ">readRun"],
    ["right after the first read", "<readRun"],
  ])("loses no change that is committed and told %s", async (_when, hook) => {
    const { reader, hooks, start, complete } = createWorld();
    const id = await start();
    hooks.set(hook, async () => {
      hooks.clear();
      reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
    });

    const watched = collect(reader.watch(id));
    await watched.done;

    expect(watched.last()).toMatchObject({ status: "completed" });
  });

  it("merges a burst for a slow consumer, ends with the newest, and reads no state in between", async () => {
    const { reader, count, start, commit, complete } = createWorld();
    const id = await start();
    const iterator = reader.watch(id)[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.revision).toBe(1);
    for (let i = 0; i < 50; i += 1) {
      reader.feed.committed({ runId: id, revision: await commit(id), ended: false });
    }
    const reads = count("readRun");

    expect((await iterator.next()).value?.revision).toBe(51);

    expect(count("readRun")).toBe(reads + 1);
    reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
    expect((await iterator.next()).value?.status).toBe("completed");
    expect((await iterator.next()).done).toBe(true);
  });

  it("costs a thousand watchers of a run as many reads as one", async () => {
    const reads = [];
    for (const watchers of [1, 1_000]) {
      const { clock, reader, count, start, commit, complete } = createWorld();
      const id = await start();
      const all = Array.from({ length: watchers }, () => collect(reader.watch(id)));
      await settle();
      for (let i = 0; i < 5; i += 1) {
        reader.feed.committed({ runId: id, revision: await commit(id), ended: false });
        await settle();
        await commit(id);
        await clock.advance(1_000);
      }
      await complete(id);
      await clock.advance(1_000);
      await Promise.all(all.map(({ done }) => done));
      for (const one of all) expect(one.revisions()).toEqual(all[0]?.revisions());
      reads.push([count("readRun"), count("revisions")]);
    }
    expect(reads[1]).toEqual(reads[0]);
  });

  it("hands out one decoded snapshot to all watchers", async () => {
    const { reader, start } = createWorld();
    const id = await start();
    const [a, b] = [collect(reader.watch(id)), collect(reader.watch(id))];

    await settle();

    expect(a.last()).toBeDefined();
    expect(a.last()).toBe(b.last());
  });

  it("gives one who joins late the state now, without reading a snapshot that is there", async () => {
    const { reader, count, start, commit } = createWorld();
    const id = await start();
    collect(reader.watch(id));
    await settle();
    const second = collect(reader.watch(id));
    await settle();
    expect(second.revisions()).toEqual([1]);
    expect(count("readRun")).toBe(1);

    await commit(id);
    const third = collect(reader.watch(id));
    await settle();

    expect(third.revisions()).toEqual([2]);
  });

  it("gives one who joins during a read nothing older than when it joined", async () => {
    const { reader, hooks, start, commit } = createWorld();
    const id = await start();
    const joined: ReturnType<typeof collect>[] = [];
    hooks.set("<readRun", async () => {
      hooks.clear();
      await commit(id);
      joined.push(collect(reader.watch(id)));
    });

    collect(reader.watch(id));
    await settle();

    expect(joined[0]?.revisions()).toEqual([2]);
  });

  it("never gives an older revision, whatever it is told", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    await commit(id);
    const watched = collect(reader.watch(id));
    await settle();

    reader.feed.notify([id, id]);
    reader.feed.committed({ runId: id, revision: 1, ended: false });
    await settle();

    expect(watched.revisions()).toEqual([2]);
  });

  it("begins after the revision that was seen, and ends where that was the end", async () => {
    const { reader, start, commit, complete } = createWorld();
    const id = await start();
    await commit(id);
    const after = collect(reader.watch(id, { after: 2 }));
    await settle();
    expect(after.revisions()).toEqual([]);

    reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
    await after.done;
    expect(after.revisions()).toEqual([3]);

    const again = collect(reader.watch(id, { after: 3 }));
    await again.done;
    expect(again.revisions()).toEqual([]);
  });

  it("gives a live run nothing that is older than what was seen", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const watched = collect(reader.watch(id, { after: 3 }));
    await settle();
    for (let i = 0; i < 3; i += 1) {
      reader.feed.committed({ runId: id, revision: await commit(id), ended: false });
      await settle();
    }

    expect(watched.revisions()).toEqual([4]);
  });

  it("gives the end to one that claims to have seen more", async () => {
    const { reader, start, complete } = createWorld();
    const id = await start();
    await complete(id);

    const watched = collect(reader.watch(id, { after: 99 }));
    await watched.done;

    expect(watched.revisions()).toEqual([2]);
  });

  it.each([-1, 1.5, Number.NaN])("refuses %s as a revision", async (after) => {
    const { reader, start } = createWorld();
    const id = await start();
    await expect(collect(reader.watch(id, { after })).done).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("throws RunNotFoundError for an unknown run, and for an id that none can have without asking", async () => {
    const { reader, count } = createWorld();

    await expect(collect(reader.watch("unknown")).done).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
      runId: "unknown",
    });
    const reads = count("readRun");
    await expect(collect(reader.watch("no such id")).done).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    expect(count("readRun")).toBe(reads);
  });

  it("throws RunNotFoundError when the run is pruned while it is watched", async () => {
    const { clock, memory, reader, start, complete } = createWorld();
    const id = await start();
    const iterator = reader.watch(id)[Symbol.asyncIterator]();
    await iterator.next();
    const next = iterator.next();
    const failure = expect(next).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await complete(id);
    await memory.prune(START + 1, ["completed"], 10);

    await clock.advance(2_000);

    await failure;
    expect(clock.timerCount()).toBe(0);
  });

  it("ends quietly when the signal is aborted, while it waits and while it reads", async () => {
    const { clock, reader, hooks, start } = createWorld();
    const id = await start();
    const waiting = new AbortController();
    const one = collect(reader.watch(id, { signal: waiting.signal }));
    await settle();
    waiting.abort();
    await one.done;

    const reading = new AbortController();
    hooks.set(">readRun", () => new Promise(() => undefined));
    const two = collect(reader.watch(id, { signal: reading.signal }));
    await settle();
    reading.abort();
    await two.done;

    expect([one.revisions(), two.revisions()]).toEqual([[1], []]);
    expect(clock.timerCount()).toBe(0);
  });

  it("reads nothing for a signal that is aborted already", async () => {
    const { reader, count } = createWorld();
    await collect(reader.watch("unknown", { signal: AbortSignal.abort() })).done;
    expect(count("readRun")).toBe(0);
  });

  it("lets go of everything when the consumer returns, while a next is pending too", async () => {
    const { clock, reader, start } = createWorld();
    const id = await start();
    const iterator = reader.watch(id)[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    await settle();
    expect(clock.timerCount()).toBe(1);

    await iterator.return?.();

    expect(await pending).toEqual({ done: true, value: undefined });
    expect(clock.timerCount()).toBe(0);
  });

  it("holds nothing before it is iterated, and each iteration stands alone", async () => {
    const { clock, reader, start } = createWorld();
    const id = await start();
    const iterable = reader.watch(id);
    await settle();
    expect(clock.timerCount()).toBe(0);

    const [a, b] = [collect(iterable), collect(iterable)];
    await settle();
    expect([a.revisions(), b.revisions()]).toEqual([[1], [1]]);
  });

  it("ends quietly when the engine closes", async () => {
    const { clock, reader, start } = createWorld();
    const watched = collect(reader.watch(await start()));
    await settle();

    reader.close();

    await watched.done;
    expect(clock.timerCount()).toBe(0);
  });

  it("outlives an outage of the database", async () => {
    const { clock, reader, hooks, warnings, start, complete } = createWorld();
    const id = await start();
    const watched = collect(reader.watch(id));
    await settle();
    hooks.set(">readRun", connectionLost).set(">revisions", connectionLost);
    reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
    await clock.advance(30_000);
    expect(warnings.length).toBeGreaterThan(1);

    hooks.clear();
    await clock.advance(30_000);

    await watched.done;
    expect(watched.last()).toMatchObject({ status: "completed" });
  });

  it("leaves no timer behind when it is left during an outage", async () => {
    const { clock, reader, hooks, start } = createWorld();
    const id = await start();
    const iterator = reader.watch(id)[Symbol.asyncIterator]();
    await iterator.next();
    hooks.set(">readRun", connectionLost);
    reader.feed.notify([id]);
    const pending = iterator.next();
    await settle();

    await iterator.return?.();

    expect((await pending).done).toBe(true);
    await settle();
    expect(clock.timerCount()).toBe(0);
  });

  it("throws the first read's failure", async () => {
    const { clock, reader, hooks, start } = createWorld();
    const id = await start();
    hooks.set(">readRun", connectionLost);

    await expect(collect(reader.watch(id)).done).rejects.toThrow("connection lost");

    expect(clock.timerCount()).toBe(0);
  });

  it("holds the newest 1,000 steps, in order, and leaves outputs above 16 KiB out", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const steps = Array.from({ length: 1_001 }, (_, i) =>
      stepRow({ key: `step-${i}`, position: i + 1 }),
    );
    const large = codec.encode("x".repeat(17_000), "output");
    await commit(id, {
      steps: [...steps, stepRow({ key: "large", position: 2_000, output: large })],
    });

    const watched = collect(reader.watch(id));
    await settle();

    const run = watched.last();
    expect(run?.stepCount).toBe(1_002);
    expect(run?.steps).toHaveLength(1_000);
    expect(run?.steps[0]?.key).toBe("step-2");
    expect(run?.steps[998]).not.toHaveProperty("outputOmitted");
    expect(run?.steps[999]).toMatchObject({ key: "large", outputOmitted: true });
    expect(run?.steps[999]?.output).toBeUndefined();
  });

  it("goes on over a retry when it is watched after the end", async () => {
    const { reader, start, commit, change } = createWorld();
    const id = await start();
    const error = codec.encodeError(new Error("no"));
    await commit(id, { transition: ended({ status: "failed", cause: "error", error }) });
    const first = collect(reader.watch(id));
    await first.done;
    await change(id, { status: "pending", error: null, cause: null, endedAt: null, attempt: 2 });

    const second = collect(reader.watch(id, { after: 2 }));
    await settle();

    expect(first.last()).toMatchObject({ status: "failed", error: { message: "no" } });
    expect(second.last()).toMatchObject({ status: "pending", attempt: 2, revision: 3 });
  });
});
