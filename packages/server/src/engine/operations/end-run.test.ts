import { describe, expect, it } from "vitest";
import { endedColumns, hasUndo, parentNotice, readNotice, readyColumns } from "./end-run.js";
import { BLOCKED, LEASE, NOW, runIn, stepOf } from "./run-state.fixture.js";

const cancelled = { status: "cancelled", cause: "cancel", output: null, error: null } as const;

describe("hasUndo", () => {
  it("is true while an undoable step is not undone, one whose undo failed too", () => {
    expect(hasUndo([stepOf("a"), stepOf("b", { undoable: true })])).toBe(true);
    expect(hasUndo([stepOf("b", { undoable: true, undoStatus: "failed" })])).toBe(true);
  });

  it("is false where all undoable steps are undone, or none is undoable", () => {
    expect(hasUndo([stepOf("a"), stepOf("b", { undoable: true, undoStatus: "completed" })])).toBe(
      false,
    );
    expect(hasUndo([])).toBe(false);
  });
});

describe("readyColumns", () => {
  const ready = { leaseToken: null, queue: -7, dueAt: NOW };

  it("makes a parked run ready by its priority, and takes its token", () => {
    expect(readyColumns(runIn("waiting", { leaseToken: "parked" }), NOW)).toEqual(ready);
  });

  it("gives a run without priority the queue 0 and not -0", () => {
    expect(readyColumns(runIn("waiting", { priority: 0 }), NOW).queue).toBe(0);
  });

  it("leaves a run that is ready in its place", () => {
    expect(readyColumns(runIn("pending"), NOW)).toEqual({ ...ready, dueAt: NOW - 50 });
  });

  it("has a run wait for its startAt", () => {
    const run = runIn("pending", { startAt: NOW + 5, queue: null, dueAt: null });
    expect(readyColumns(run, NOW)).toEqual({ leaseToken: null, queue: null, dueAt: NOW + 5 });
  });

  it("makes no held run ready", () => {
    const never = { leaseToken: null, queue: null, dueAt: null };
    expect(readyColumns(runIn("waiting", { paused: true }), NOW)).toEqual(never);
    expect(readyColumns(runIn("pending", BLOCKED), NOW)).toEqual(never);
  });

  it("leaves the lease of a run in execution alone", () => {
    expect(readyColumns(runIn("compensating", LEASE), NOW)).toEqual({ queue: null, dueAt: null });
  });
});

describe("endedColumns", () => {
  it("leaves an ended run neither lease nor hold nor time to be due at", () => {
    expect(endedColumns(cancelled, NOW)).toEqual({
      ...cancelled,
      endedAt: NOW,
      workerId: null,
      leaseToken: null,
      queue: null,
      dueAt: null,
      expiresAt: null,
      paused: false,
      blockedKind: null,
      blockedMessage: null,
      waitingKind: null,
      waitingName: null,
      waitingUntil: null,
    });
  });
});

describe("parentNotice", () => {
  const child = runIn("waiting", { parentId: "parent-1", attempt: 2 });

  it("names the end by the child and its attempt, and is read as it was written", () => {
    const notice = parentNotice(child, { ...cancelled, error: "~[]" });
    expect(notice).toMatchObject({
      eventId: "run-1:2",
      dedupeKey: "run-1:2",
      parentId: "parent-1",
    });
    expect(readNotice(notice?.payload ?? "")).toEqual({
      ...cancelled,
      error: "~[]",
      childId: "run-1",
    });
  });

  it("is not sent where nobody awaits the run", () => {
    expect(parentNotice({ ...child, detached: true }, cancelled)).toBeNull();
    expect(parentNotice({ ...child, parentId: null }, cancelled)).toBeNull();
  });

  it.each([
    "null",
    "{}",
    '{"childId":"a","status":"ended","cause":null,"output":null,"error":null}',
  ])("is refused when read as %s", (payload) =>
    expect(() => readNotice(payload)).toThrow(SyntaxError),
  );
});
