import { describe, expect, it } from "vitest";
import type { ListFilter } from "../operation-types.js";
import { encodeListCursor } from "./list-cursor.js";
import { createWorld, START } from "./reading.fixture.js";

/** Ids of all runs, page by page; `between` happens after each page. */
async function readAll(
  list: (filter: ListFilter) => Promise<{ items: { id: string }[]; nextCursor: string | null }>,
  filter: ListFilter,
  between: (page: number) => Promise<unknown>,
) {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 1; page === 1 || cursor !== null; page += 1) {
    const { items, nextCursor } = await list({ ...filter, cursor });
    ids.push(...items.map((item) => item.id));
    cursor = nextCursor;
    await between(page);
  }
  return ids;
}

describe("list", () => {
  it("gives summaries without payloads, newest first", async () => {
    const { reader, start } = createWorld();
    await start({ id: "old" });
    await start({ id: "new", createdAt: START + 1, startAt: START + 1 });

    const { items, nextCursor } = await reader.list();

    expect(items.map((item) => item.id)).toEqual(["new", "old"]);
    expect(nextCursor).toBeNull();
    expect(items[0]).toMatchObject({ status: "running", owner: null, stepCount: 0 });
    for (const key of ["input", "output", "progress", "steps", "seed"]) {
      expect(items[0]).not.toHaveProperty(key);
    }
  });

  it("gives each run that was there exactly once while runs come, in one millisecond too", async () => {
    const { reader, start } = createWorld();
    for (const id of ["a", "b", "c", "d", "e", "f", "g"]) await start({ id });

    const ids = await readAll(reader.list, { limit: 2 }, async (page) => {
      await start({ id: `new-${page}`, createdAt: START + page });
    });

    expect(ids).toEqual(["g", "f", "e", "d", "c", "b", "a"]);
  });

  it("goes on behind a run that was pruned meanwhile", async () => {
    const { memory, reader, start, complete } = createWorld();
    for (const id of ["a", "b", "c", "d"]) await start({ id });
    await complete("c");

    const ids = await readAll(reader.list, { limit: 2 }, () =>
      memory.prune(START + 1, ["completed"], 10),
    );

    expect(ids).toEqual(["d", "c", "b", "a"]);
  });

  it("has no cursor on a last page that is full", async () => {
    const { reader, start } = createWorld();
    for (const id of ["a", "b"]) await start({ id });
    expect((await reader.list({ limit: 2 })).nextCursor).toBeNull();
  });

  it("finds by every field of the filter", async () => {
    const { reader, start, change } = createWorld();
    await start({ id: "a", tags: ["x", "y"], owner: "ada" });
    await start({ id: "b", tags: ["x"], workflow: "shipping", createdAt: START + 10 });
    await start({ id: "c", idempotencyKey: "Order-1", createdAt: START + 20 });
    await change("c", { paused: true });
    const find = async (filter: ListFilter) =>
      (await reader.list(filter)).items.map((item) => item.id);

    expect(await find({ workflow: "shipping" })).toEqual(["b"]);
    expect(await find({ owner: "ada" })).toEqual(["a"]);
    expect(await find({ tags: ["x", "y"] })).toEqual(["a"]);
    expect(await find({ tags: ["x"] })).toEqual(["b", "a"]);
    expect(await find({ status: "paused" })).toEqual(["c"]);
    expect(await find({ status: ["paused", "running", "paused"] })).toEqual(["c", "b", "a"]);
    expect(await find({ search: "oRDer" })).toEqual(["c"]);
    expect(await find({ createdAfter: new Date(START + 10) })).toEqual(["c", "b"]);
    expect(await find({ createdBefore: new Date(START + 10) })).toEqual(["a"]);
    expect(await find({ status: [], tags: [], search: "" })).toEqual(["c", "b", "a"]);
  });

  it.each<[string, object]>([
    ["workflow", { workflow: "No Such" }],
    ["status", { status: "done" }],
    ["status", { status: ["running", "done"] }],
    ["status", { status: 1 }],
    ["owner", { owner: "" }],
    ["owner", { owner: 1 }],
    ["tags", { tags: "x" }],
    ["tags", { tags: [""] }],
    ["createdAfter", { createdAfter: "2026-11-01" }],
    ["createdBefore", { createdBefore: new Date(Number.NaN) }],
    ["search", { search: "\0" }],
    ["search", { search: 1 }],
    ["limit", { limit: 0 }],
    ["limit", { limit: 201 }],
    ["limit", { limit: 1.5 }],
    ["limit", { limit: "10" }],
    ["cursor", { cursor: "" }],
    ["cursor", { cursor: 1 }],
    ["cursor", { cursor: "x" }],
    ["cursor", { cursor: btoa("null") }],
    ["cursor", { cursor: btoa(`{"v":2,"createdAt":1,"id":"a"}`) }],
    ["cursor", { cursor: btoa(`{"v":1,"createdAt":"1","id":"a"}`) }],
    ["cursor", { cursor: btoa(`{"v":1,"createdAt":-1,"id":"a"}`) }],
    ["cursor", { cursor: btoa(`{"v":1,"createdAt":1,"id":"' or 1=1"}`) }],
    ["cursor", { cursor: `${encodeListCursor({ createdAt: 1, id: "a" })}=` }],
  ])("refuses a bad %s: %j, and asks nothing", async (field, filter) => {
    const { reader, count } = createWorld();

    await expect(reader.list(filter as ListFilter)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(new RegExp(field, "i")),
    });

    expect(count("listRuns")).toBe(0);
  });
});
