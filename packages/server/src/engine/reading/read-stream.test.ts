import { describe, expect, it } from "vitest";
import type { StreamPart } from "../operation-types.js";
import { codec, createWorld, settle } from "./reading.fixture.js";

/** Collects what an iteration gives until it ends. */
function collect(iterable: AsyncIterable<StreamPart<string, unknown>>) {
  const parts: StreamPart<string, unknown>[] = [];
  const done = (async () => {
    for await (const part of iterable) parts.push(part);
  })();
  return { done, parts, values: () => parts.map((part) => (part.reset ? "reset" : part.value)) };
}

/** Parts that hold these numbers. */
function partsOf(...values: number[]) {
  return values.map((value) => ({ value: codec.encode(value, "value") }));
}

describe("stream", () => {
  it("gives the parts that are there, those that come, and ends with the run", async () => {
    const { clock, reader, start, commit, complete } = createWorld();
    const id = await start();
    await commit(id, { parts: partsOf(1, 2) });
    const streamed = collect(reader.stream(id, "tokens"));
    await settle();
    expect(streamed.values()).toEqual([1, 2]);

    await commit(id, { parts: partsOf(3) });
    await clock.advance(2_000);
    expect(streamed.values()).toEqual([1, 2, 3]);

    await commit(id, { parts: partsOf(4) });
    await complete(id);
    await clock.advance(2_000);
    await streamed.done;
    expect(streamed.values()).toEqual([1, 2, 3, 4]);
    expect(clock.timerCount()).toBe(0);
  });

  it("gives the id as text, stream, step, attempt, and a mark where an attempt began anew", async () => {
    const { reader, start, commit, complete } = createWorld();
    const id = await start();
    const part = { step: "write", first: true, value: codec.encode("a", "value") };
    await commit(id, { parts: [{ ...part, attempt: 1 }] });
    await commit(id, { parts: [{ ...part, attempt: 2 }] });
    await complete(id);
    const streamed = collect(reader.stream(id, "tokens"));

    await streamed.done;

    const place = { id: expect.stringMatching(/^\d+$/), stream: "tokens", step: "write" };
    expect(streamed.parts).toEqual([
      { ...place, attempt: 1, value: "a" },
      { ...place, attempt: 2, reset: true },
      { ...place, attempt: 2, value: "a" },
    ]);
  });

  it("reads in pages, each when the consumer is there for it", async () => {
    const { reader, count, start, commit, complete } = createWorld();
    const id = await start();
    const values = Array.from({ length: 450 }, (_, i) => i);
    await commit(id, { parts: partsOf(...values) });
    await complete(id);

    const iterator = reader.stream(id, "tokens")[Symbol.asyncIterator]();
    await iterator.next();
    await settle();
    expect(count("readStream")).toBe(1);
    await iterator.return?.();

    const streamed = collect(reader.stream(id, "tokens"));
    await streamed.done;
    expect(streamed.values()).toEqual(values);
    expect(count("readStream")).toBe(4);
  });

  it.each([">readStream", "<readStream", "<readRun"])(
    "loses no part and no end that is committed at %s",
    async (hook) => {
      const { reader, hooks, start, commit, complete } = createWorld();
      const id = await start();
      hooks.set(hook, async () => {
        hooks.clear();
        await commit(id, { parts: partsOf(1) });
        reader.feed.committed({ runId: id, revision: await complete(id), ended: true });
      });

      const streamed = collect(reader.stream(id, "tokens"));
      await streamed.done;

      expect(streamed.values()).toEqual([1]);
    },
  );

  it("goes on behind the part that was seen, and gives parts of no other stream", async () => {
    const { reader, start, commit, complete } = createWorld();
    const id = await start();
    await commit(id, { parts: [...partsOf(1, 2, 3), { stream: "other" }] });
    await complete(id);
    const all = collect(reader.stream(id, "tokens"));
    await all.done;

    const rest = collect(reader.stream(id, "tokens", { after: all.parts[0]?.id }));
    await rest.done;

    expect(rest.values()).toEqual([2, 3]);
  });

  it.each(["", "x", "-1", "1.5", "01", " 1", "9".repeat(17)])(
    "refuses the forged id %j",
    async (after) => {
      const { reader, start } = createWorld();
      const id = await start();
      await expect(collect(reader.stream(id, "tokens", { after })).done).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    },
  );

  it("throws RunNotFoundError for an unknown run, and for an id that none can have without asking", async () => {
    const { clock, reader, count } = createWorld();
    await expect(collect(reader.stream("no such id", "tokens")).done).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    expect(count("readRun")).toBe(0);
    await expect(collect(reader.stream("unknown", "tokens")).done).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    expect(clock.timerCount()).toBe(0);
  });

  it("ends quietly on abort, on return and when the engine closes, and leaves nothing behind", async () => {
    const { clock, reader, start } = createWorld();
    const id = await start();
    const controller = new AbortController();
    const aborted = collect(reader.stream(id, "tokens", { signal: controller.signal }));
    await settle();
    controller.abort();
    await aborted.done;
    expect(clock.timerCount()).toBe(0);

    const iterator = reader.stream(id, "tokens")[Symbol.asyncIterator]();
    const pending = iterator.next();
    await settle();
    await iterator.return?.();
    expect((await pending).done).toBe(true);
    expect(clock.timerCount()).toBe(0);

    const closed = collect(reader.stream(id, "tokens"));
    await settle();
    reader.close();
    await closed.done;
    expect(clock.timerCount()).toBe(0);
  });
});
