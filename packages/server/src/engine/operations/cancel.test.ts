import { describe, expect, it } from "vitest";
import { cancelChild, cancelRun } from "./cancel.js";
import { readNotice } from "./end-run.js";
import {
  BLOCKED,
  codec,
  LEASE,
  NOW,
  openStep,
  operator,
  runAfter,
  runIn,
  stateOf,
  stepOf,
} from "./run-state.fixture.js";

const undoable = [stepOf("charge", { undoable: true })];

describe("cancelRun", () => {
  it.each([
    ["waits", {}],
    ["is paused", { paused: true }],
    ["is blocked", BLOCKED],
  ])("ends a run that %s and has nothing to undo by itself", (_, hold) => {
    const state = stateOf(runIn("waiting", hold), [stepOf("a")]);
    const change = cancelRun(state, operator);
    expect(change.result).toBe(true);
    expect(runAfter(state, change)).toMatchObject({
      status: "cancelled",
      cause: "cancel",
      error: null,
      endedAt: NOW,
      paused: false,
      blockedKind: null,
      waitingKind: null,
      queue: null,
      dueAt: null,
    });
  });

  it("tells the parent of that end", () => {
    const state = stateOf(runIn("waiting", { parentId: "parent-1", parentKey: "ship" }));
    const { write } = cancelRun(state, operator);
    expect(write?.notice?.parentId).toBe("parent-1");
    expect(readNotice(write?.notice?.payload ?? "")).toMatchObject({
      childId: "run-1",
      status: "cancelled",
      cause: "cancel",
    });
  });

  it("makes a parked run with undo to do ready to undo, on no block any more", () => {
    const state = stateOf(runIn("waiting", { ...BLOCKED, deadlineAt: NOW + 5 }), undoable);
    const change = cancelRun(state, operator);
    expect(runAfter(state, change)).toMatchObject({
      status: "compensating",
      cause: "cancel",
      skipUndo: false,
      blockedKind: null,
      blockedMessage: null,
      waitingKind: null,
      expiresAt: null,
      queue: -7,
      dueAt: NOW,
      endedAt: null,
    });
    expect(change.write?.notice).toBeNull();
  });

  it("leaves a paused run with undo to do paused", () => {
    const state = stateOf(runIn("waiting", { paused: true }), undoable);
    expect(runAfter(state, cancelRun(state, operator))).toMatchObject({
      status: "compensating",
      cause: "cancel",
      paused: true,
      queue: null,
      dueAt: null,
    });
  });

  it("undoes nothing where it is told not to", () => {
    const state = stateOf(runIn("waiting"), undoable);
    const change = cancelRun(state, { ...operator, compensate: false });
    expect(runAfter(state, change)).toMatchObject({ status: "cancelled", skipUndo: true });
  });

  it("only records the end of a run in execution, whose executor does the rest", () => {
    const state = stateOf(runIn("running", { deadlineAt: NOW + 5 }));
    const { write } = cancelRun(state, { ...operator, compensate: false });
    expect({ ...state.run, ...write?.run }).toEqual({
      ...state.run,
      status: "compensating",
      cause: "cancel",
      skipUndo: true,
      expiresAt: null,
    });
    expect(write?.changeChildren).not.toBeNull();
    expect(write?.notice).toBeNull();
  });

  it("does nothing once an end is recorded", () => {
    const state = stateOf(runIn("compensating", { cause: "timeout" }), undoable);
    expect(cancelRun(state, operator)).toEqual({ result: false, write: null });
  });

  it("keeps who did it and why in the run's log", () => {
    const [line] = cancelRun(stateOf(runIn("waiting")), operator).write?.logs ?? [];
    expect(line).toMatchObject({ at: NOW, level: "info", message: "cancelled", step: null });
    expect(codec.decode(line?.data ?? "")).toEqual({
      action: "cancel",
      actor: "ada",
      reason: "test",
    });
  });

  it("keeps null for an operator that is not told", () => {
    const [line] = cancelRun(stateOf(runIn("waiting")), { codec }).write?.logs ?? [];
    expect(codec.decode(line?.data ?? "")).toEqual({ action: "cancel", actor: null, reason: null });
  });
});

describe("cancelChild", () => {
  it("cancels a child and its own children, and says that it was with its parent", () => {
    const child = stateOf(runIn("waiting", { parentId: "parent-1" }));
    const { write } = cancelChild(operator)(child);
    expect(write?.run.status).toBe("cancelled");
    expect(write?.logs[0]?.message).toBe("cancelled with its parent");
    expect(write?.notice?.parentId).toBe("parent-1");
    expect(write?.changeChildren?.(child).write?.run.status).toBe("cancelled");
  });

  it("undoes the child's steps, unless the parent's cancel said not to", () => {
    const child = stateOf(runIn("waiting"), undoable);
    expect(cancelChild(operator)(child).write?.run.status).toBe("compensating");
    const without = cancelChild({ ...operator, compensate: false })(child);
    expect(without.write?.run.status).toBe("cancelled");
  });

  it.each([runIn("completed"), runIn("failed"), runIn("compensating", LEASE)])(
    "writes nothing to a child that is $status",
    (run) => expect(cancelChild(operator)(stateOf(run, [openStep("a")])).write).toBeNull(),
  );
});
