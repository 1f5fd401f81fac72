import { describe, expect, it } from "vitest";
import { codec, createWorld, START } from "./reading.fixture.js";

describe("logs", () => {
  it("gives lines in order with decoded data, in pages that stay good while lines come", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const data = codec.encode({ at: new Date(START) }, "data");
    await commit(id, {
      logs: [
        { message: "a", data },
        { message: "b", level: "warn" },
      ],
    });
    await commit(id, { logs: [{ message: "c", step: "charge", attempt: 2 }] });

    const first = await reader.logs(id, { limit: 2 });
    await commit(id, { logs: [{ message: "d" }] });
    const second = await reader.logs(id, { limit: 2, after: first.nextCursor });

    const line = { id: expect.any(String), at: new Date(START), level: "info" };
    expect(first.items).toEqual([
      { ...line, message: "a", data: { at: new Date(START) }, step: null, attempt: null },
      { ...line, message: "b", level: "warn", data: null, step: null, attempt: null },
    ]);
    expect(second.items).toEqual([
      { ...line, message: "c", data: null, step: "charge", attempt: 2 },
      { ...line, message: "d", data: null, step: null, attempt: null },
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it("gives the lines of one step", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    await commit(id, { logs: [{ message: "a" }, { message: "b", step: "charge#2" }] });

    const { items } = await reader.logs(id, { step: "charge#2" });

    expect(items.map((line) => line.message)).toEqual(["b"]);
  });

  it("tells a run without lines from one that is unknown, and asks nothing for an id that none can have", async () => {
    const { reader, count, start } = createWorld();
    const id = await start();

    expect(await reader.logs(id)).toEqual({ items: [], nextCursor: null });
    await expect(reader.logs("unknown")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    const reads = count("readLogs");
    await expect(reader.logs("no such id")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(count("readLogs")).toBe(reads);
  });

  it.each([{ limit: 0 }, { limit: 1_001 }, { after: "x" }, { after: "-1" }, { step: "" }])(
    "refuses %j",
    async (filter) => {
      const { reader, start } = createWorld();
      const id = await start();
      await expect(reader.logs(id, filter)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    },
  );
});
