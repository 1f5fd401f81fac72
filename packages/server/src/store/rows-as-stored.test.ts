import { createPostgresDatabase, createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import type { CorruptRowError } from "../core/errors.js";
import type { PrismaLike } from "../core/prisma-like.js";
import {
  newEvent,
  newLog,
  newRecord,
  newRun,
  newStep,
  startClaimed,
  sweepRequest,
} from "../testing/store-conformance/fixtures.js";
import { openStore } from "./open-store.js";

const databases = { postgresql: createPostgresDatabase, sqlite: createSqliteDatabase };

describe.each(["postgresql", "sqlite"] as const)("rows on %s", (provider) => {
  async function openDatabase() {
    const database = await databases[provider]();
    const corrupt: CorruptRowError[] = [];
    const prisma: PrismaLike = database.prisma;
    return {
      prisma,
      corrupt,
      store: openStore(prisma, { onCorrupt: (error) => corrupt.push(error) }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  }

  it.each([
    ["escapes of NUL and of lone surrogates", JSON.stringify("\0 \ud800 \\u0000 \\\ud800")],
    ["quotes, line breaks and whole surrogate pairs", JSON.stringify('"\n😀\u2028')],
    ["text that is not JSON", "~{'$1' ?1 \\ %}"],
  ])("keep payloads with %s", async (_, payload) => {
    await using db = await openDatabase();
    await startClaimed(db.store, "a", { input: payload });
    await db.store.sendEvent(newEvent("a", { id: "e", payload }));
    const steps = [newStep("s", { output: payload, error: payload })];
    await db.store.record([newRecord("a", { steps, progress: payload })]);
    const snapshot = await db.store.readRun("a", { kind: "all" });
    expect(snapshot?.run).toMatchObject({ input: payload, progress: payload });
    expect(snapshot?.steps[0]).toMatchObject({ output: payload, error: payload });
    expect(await db.store.readEvents("a")).toMatchObject([{ payload }]);
  });

  it("replace what no database keeps in free text, and fail no batch for it", async () => {
    await using db = await openDatabase();
    await startClaimed(db.store, "a");
    const logs = [newLog("a\0b"), newLog("half \ud83d pair"), newLog("C:\\u0000 \\\\0")];
    expect(await db.store.record([newRecord("a", { logs })])).toMatchObject([{ applied: true }]);
    const lines = await db.store.readLogs("a", { step: null, after: 0, limit: 10 });
    expect(lines.map(({ message }) => message)).toEqual([
      "a\ufffdb",
      "half \ufffd pair",
      "C:\\u0000 \\\\0",
    ]);
  });

  it.each([
    ["workflow_run", "status", "'bogus'", "one of pending"],
    ["workflow_run", "blocked_kind", "'bogus'", "one of noWorker"],
    ["workflow_run", "cause", "'bogus'", "one of error"],
    ["workflow_run", "tags", "'{}'", "a JSON array of strings"],
    ["workflow_run", "patches", "'{\"a\":1}'", "a JSON object of booleans"],
    ["workflow_run", "generations", "'nonsense'", "JSON"],
    ["workflow_run", "format", "99", "1"],
    ["workflow_step", "kind", "'bogus'", "one of step"],
    ["workflow_step", "undo_status", "'bogus'", "one of running"],
    ["workflow_step", "attempts", "'[1]'", "a JSON array of attempts"],
  ])("are refused where %s.%s holds %s", async (table, column, value, expected) => {
    await using db = await openDatabase();
    await startClaimed(db.store, "a");
    await db.store.record([newRecord("a", { steps: [newStep("s")] })]);
    await db.prisma.$executeRawUnsafe(`UPDATE ${table} SET ${column} = ${value}`);
    await expect(db.store.readRun("a", { kind: "all" })).rejects.toMatchObject({
      code: "CORRUPT_ROW",
      table,
      column,
      id: table === "workflow_run" ? "a" : "a/s",
      message: expect.stringContaining(expected),
    });
  });

  it("that are corrupt are told and held, while others are claimed", async () => {
    await using db = await openDatabase();
    await db.store.insertRuns([newRun({ id: "bad" }), newRun({ id: "good" })]);
    await db.prisma.$executeRawUnsafe(
      "UPDATE workflow_run SET status = 'bogus', seed = 'kept' WHERE id = 'bad'",
    );
    const { claimed } = await db.store.sweep(sweepRequest());
    expect(claimed.map(({ run }) => run.id)).toEqual(["good"]);
    expect(db.corrupt).toMatchObject([{ table: "workflow_run", id: "bad", column: "status" }]);
    expect(
      await db.prisma.$queryRawUnsafe(
        "SELECT status, blocked_kind, blocked_message, worker_id FROM workflow_run WHERE id = 'bad'",
      ),
    ).toEqual([
      {
        status: "bogus",
        blocked_kind: "codeMismatch",
        blocked_message: db.corrupt[0]?.message,
        worker_id: null,
      },
    ]);
    expect((await db.store.sweep(sweepRequest())).claimed).toEqual([]);
  });

  it("that are corrupt do not fail the records of others", async () => {
    await using db = await openDatabase();
    await startClaimed(db.store, "bad");
    await startClaimed(db.store, "good");
    await db.prisma.$executeRawUnsafe("UPDATE workflow_run SET status = 'bogus' WHERE id = 'bad'");
    const answers = await db.store.record([newRecord("bad"), newRecord("good")]);
    expect(answers).toMatchObject([{ applied: false, reason: "lost" }, { applied: true }]);
    expect(db.corrupt).toMatchObject([{ id: "bad", column: "status" }]);
  });
});
