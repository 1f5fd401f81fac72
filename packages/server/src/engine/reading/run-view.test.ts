import { describe, expect, it } from "vitest";
import type { RunRow, StepRow } from "../../core/rows.js";
import { codec, createWorld, START, stepRow } from "./reading.fixture.js";
import { readRunError, viewRun, viewSummary } from "./run-view.js";

/** Rows of a run in execution, with these columns and steps. */
async function rowsOf(columns: Partial<RunRow> = {}, steps: readonly StepRow[] = []) {
  const { memory, start, commit } = createWorld();
  const id = await start();
  await commit(id, { steps });
  const rows = await memory.readRun(id, { kind: "all" });
  if (rows === null) throw new Error("no run");
  return { ...rows, run: { ...rows.run, ...columns } };
}

async function viewOf(columns: Partial<RunRow> = {}, steps: readonly StepRow[] = []) {
  return viewRun(await rowsOf(columns, steps), codec);
}

const FAILURE = codec.encodeError(
  Object.assign(new Error("card refused", { cause: new Error("no funds") }), { code: "CARD" }),
);

describe("a run as users see it", () => {
  it("has every field, null where it is not set", async () => {
    expect(await viewOf()).toEqual({
      id: "run-1",
      workflow: "checkout",
      version: "1",
      status: "running",
      revision: 2,
      attempt: 1,
      iteration: 1,
      owner: null,
      tags: [],
      idempotencyKey: null,
      traceId: null,
      priority: 0,
      parent: null,
      createdAt: new Date(START),
      startAt: new Date(START),
      startedAt: new Date(START),
      updatedAt: new Date(START),
      deadlineAt: null,
      endedAt: null,
      input: { amount: 1 },
      output: null,
      progress: null,
      error: null,
      cause: null,
      waitingFor: null,
      blockedBy: null,
      steps: [],
      stepCount: 0,
    });
  });

  it("has owner, parent and deadline where they are set", async () => {
    const run = await viewOf({
      owner: "ada",
      parentId: "parent",
      parentKey: "pay#2",
      deadlineAt: START + 5,
      tags: ["a"],
    });
    expect(run).toMatchObject({
      owner: "ada",
      parent: { id: "parent", step: "pay#2" },
      deadlineAt: new Date(START + 5),
      tags: ["a"],
    });
  });

  it("says what it waits for only while it shows as waiting", async () => {
    const waiting = {
      status: "waiting",
      waitingKind: "sleep",
      waitingName: "settle",
      waitingUntil: START + 1,
    } as const;
    expect((await viewOf(waiting)).waitingFor).toEqual({
      kind: "sleep",
      name: "settle",
      until: new Date(START + 1),
    });
    expect((await viewOf({ ...waiting, waitingUntil: null })).waitingFor).toEqual({
      kind: "sleep",
      name: "settle",
    });
    expect(await viewOf({ ...waiting, paused: true })).toMatchObject({
      status: "paused",
      waitingFor: null,
    });
    expect(await viewOf({ ...waiting, status: "compensating", cause: "cancel" })).toMatchObject({
      status: "compensating",
      waitingFor: null,
    });
  });

  it("says why it is blocked only while it shows as blocked", async () => {
    const blocked = { blockedKind: "codeMismatch", blockedMessage: "charge was renamed" } as const;
    expect(await viewOf(blocked)).toMatchObject({
      status: "blocked",
      blockedBy: { kind: "codeMismatch", message: "charge was renamed" },
    });
    expect(await viewOf({ ...blocked, paused: true })).toMatchObject({
      status: "paused",
      blockedBy: null,
    });
  });

  it("has an output only when it completed, decoded", async () => {
    const output = codec.encode(new Map([["a", 1n]]), "output");
    const run = await viewOf({ status: "completed", endedAt: START, output });
    expect(run).toMatchObject({ status: "completed", endedAt: new Date(START), error: null });
    expect(run.output).toEqual(new Map([["a", 1n]]));
  });

  it("shows its error with code and cause, and revives it", async () => {
    const rows = await rowsOf({ status: "failed", endedAt: START, cause: "error", error: FAILURE });
    expect(viewRun(rows, codec)).toMatchObject({
      status: "failed",
      cause: "error",
      error: {
        name: "Error",
        message: "card refused",
        code: "CARD",
        cause: { message: "no funds" },
      },
    });
    expect(readRunError(rows.run, codec)).toBeInstanceOf(Error);
    expect(readRunError({ ...rows.run, error: null }, codec)).toBeNull();
  });

  it("is never undefined of a status of another time", async () => {
    const run = await viewOf({ status: "compensated", endedAt: START, cause: "cancel" });
    expect(run).toMatchObject({ status: "compensated", cause: "cancel", error: null });
    expect(await viewOf({ status: "cancelled", endedAt: START, cause: "cancel" })).toMatchObject({
      status: "cancelled",
      cause: "cancel",
    });
  });

  it.each<[string, Partial<RunRow>]>([
    ["format", { format: 2 }],
    ["input", { input: "{" }],
    ["progress", { progress: "~[" }],
    ["output", { status: "completed", endedAt: START, output: "{" }],
    ["output", { status: "completed", endedAt: START }],
    ["error", { status: "failed", endedAt: START, cause: "error", error: "1" }],
    ["error", { status: "failed", endedAt: START, cause: "error" }],
    ["cause", { status: "failed", endedAt: START, error: FAILURE }],
    ["cause", { status: "compensating" }],
    ["ended_at", { status: "completed", output: "1" }],
    ["waiting_kind", { status: "waiting" }],
    ["blocked_message", { blockedKind: "noWorker" }],
    ["parent_key", { parentId: "parent" }],
  ])("is loud about a row that cannot be read: column %s", async (column, columns) => {
    await expect(viewOf(columns)).rejects.toMatchObject({
      code: "CORRUPT_ROW",
      table: "workflow_run",
      id: "run-1",
      column,
      runId: "run-1",
      message: expect.stringContaining(
        `Row run-1 of workflow_run cannot be read, column ${column}`,
      ),
    });
  });

  it("can be summed up though its payloads cannot be read", async () => {
    const { run } = await rowsOf({ input: "{", progress: "{" });
    expect(viewSummary({ ...run, stepCount: 3 }, codec)).toMatchObject({
      id: "run-1",
      stepCount: 3,
    });
  });
});

describe("a step as users see it", () => {
  it("has every field, null where it is not set", async () => {
    const run = await viewOf({}, [stepRow({ key: "charge#2", name: "charge", position: 7 })]);
    expect(run.steps).toEqual([
      {
        key: "charge#2",
        name: "charge",
        kind: "step",
        status: "completed",
        order: 7,
        attempt: 1,
        attempts: [
          { attempt: 1, startedAt: new Date(START), endedAt: new Date(START), error: null },
        ],
        startedAt: new Date(START),
        endedAt: new Date(START),
        until: null,
        output: "done",
        error: null,
        timedOut: false,
        childId: null,
        undo: null,
      },
    ]);
  });

  it("shows its failed attempts, its error and its undo", async () => {
    const step = stepRow({
      key: "charge",
      status: "failed",
      output: null,
      error: FAILURE,
      attempt: 2,
      attempts: [{ attempt: 1, startedAt: START, endedAt: START + 1, error: FAILURE }],
      undoStatus: "failed",
      undoAttempt: 3,
      undoStartedAt: START + 2,
      undoEndedAt: START + 3,
      undoError: FAILURE,
    });
    const run = await viewOf({}, [step]);
    const error = expect.objectContaining({ message: "card refused", code: "CARD" });
    expect(run.steps[0]).toMatchObject({
      status: "compensationFailed",
      error,
      attempts: [{ attempt: 1, startedAt: new Date(START), endedAt: new Date(START + 1), error }],
      undo: {
        status: "failed",
        attempt: 3,
        startedAt: new Date(START + 2),
        endedAt: new Date(START + 3),
        error,
      },
    });
  });

  it("is abandoned where its run ended without its outcome", async () => {
    const step = stepRow({ key: "a", status: "running", seq: null, endedAt: null, output: null });
    expect((await viewOf({}, [step])).steps[0]?.status).toBe("running");
    const run = await viewOf({ status: "cancelled", endedAt: START, cause: "cancel" }, [step]);
    expect(run.steps[0]).toMatchObject({ status: "abandoned", endedAt: null, output: null });
  });

  it("leaves an output out and says so", async () => {
    const rows = await rowsOf({}, [stepRow({ key: "a" })]);
    const steps = rows.steps.map((step) => ({ ...step, output: null, outputOmitted: true }));
    const [step] = viewRun({ ...rows, steps }, codec).steps;
    expect(step).toMatchObject({ status: "completed", outputOmitted: true });
    expect(step).toHaveProperty("output", undefined);
  });

  it.each<[string, Partial<StepRow>]>([
    ["format", { format: 0 }],
    ["output", { output: "{" }],
    ["error", { status: "failed" }],
    ["ended_at", { endedAt: null }],
    ["attempts", { attempts: [{ attempt: 1, startedAt: START, endedAt: null, error: "{" }] }],
    ["undo_error", { undoStatus: "failed", undoError: "{" }],
  ])("is loud about a row that cannot be read: column %s", async (column, columns) => {
    await expect(viewOf({}, [stepRow({ key: "charge", ...columns })])).rejects.toMatchObject({
      code: "CORRUPT_ROW",
      table: "workflow_step",
      id: "run-1/charge",
      column,
    });
  });
});
