import { describe, expect, it } from "vitest";
import { RunNotEndedError, UnknownStepError } from "../../core/errors.js";
import { retryRun } from "./retry.js";
import {
  codec,
  eventOf,
  NOW,
  openStep,
  operator,
  runAfter,
  runIn,
  stateOf,
  stepOf,
} from "./run-state.fixture.js";

const failure = stepOf("b", { status: "failed", askedAfter: 1, seq: 2 });
const failedUndo = {
  undoable: true,
  undoStatus: "failed",
  undoAttempt: 3,
  undoStartedAt: NOW - 9,
  undoEndedAt: NOW - 5,
  undoError: "~[]",
} as const;

describe("retryRun", () => {
  it("puts a failed run back to work as if it had not ended", () => {
    const run = runIn("failed", {
      failedSteps: ["b"],
      error: "~[]",
      recoveries: 4,
      skipUndo: true,
      deadlineAt: NOW - 5,
    });
    const state = stateOf(run, [stepOf("a"), failure]);
    const change = retryRun(state, { ...operator, timeoutMs: 500 });
    expect(change.write).toMatchObject({ deleteSteps: ["b"], releaseEvents: ["b"], putSteps: [] });
    expect(runAfter(state, change)).toEqual({
      ...state.run,
      status: "pending",
      attempt: 2,
      cause: null,
      error: null,
      failedSteps: [],
      skipUndo: false,
      recoveries: 0,
      deadlineAt: NOW + 500,
      expiresAt: NOW + 500,
      endedAt: null,
      queue: -7,
      dueAt: NOW,
    });
  });

  it.each(["cancelled", "compensated"] as const)(
    "takes a %s run, without a timeout too",
    (phase) => {
      const state = stateOf(runIn(phase, { deadlineAt: NOW - 5 }), [stepOf("a")]);
      const change = retryRun(state, operator);
      expect(change.write?.deleteSteps).toEqual([]);
      expect(runAfter(state, change)).toMatchObject({
        status: "pending",
        deadlineAt: null,
        expiresAt: null,
      });
    },
  );

  it("has a run that was cancelled before its startAt wait for it, and its timeout count from it", () => {
    const state = stateOf(runIn("cancelled", { startAt: NOW + 1_000 }));
    expect(runAfter(state, retryRun(state, { ...operator, timeoutMs: 500 }))).toMatchObject({
      queue: null,
      dueAt: NOW + 1_000,
      deadlineAt: NOW + 1_500,
    });
  });

  it("goes on with an undo that is not finished", () => {
    const done = stepOf("b", { undoable: true, undoStatus: "completed" });
    const run = runIn("failed", { cause: "cancel", error: "~[]", failedSteps: ["b"] });
    const state = stateOf(run, [stepOf("a", failedUndo), done]);
    const change = retryRun(state, operator);
    expect(change.write?.putSteps).toEqual([
      {
        ...state.steps[0],
        undoStatus: "waiting",
        undoAttempt: 0,
        undoUntil: NOW,
        undoEndedAt: null,
        undoError: null,
      },
    ]);
    expect(change.write).toMatchObject({ deleteSteps: [], releaseEvents: [] });
    expect(runAfter(state, change)).toEqual({
      ...state.run,
      status: "compensating",
      attempt: 2,
      endedAt: null,
      queue: -7,
      dueAt: NOW,
    });
  });

  it("goes on with an undo of which only a part was begun", () => {
    const undone = stepOf("b", { undoable: true, undoStatus: "completed" });
    const state = stateOf(runIn("failed"), [stepOf("a", { undoable: true }), undone]);
    expect(runAfter(state, retryRun(state, operator)).status).toBe("compensating");
  });

  it("leaves that undo where `from` is given, and forgets what was undone", () => {
    const state = stateOf(runIn("failed"), [
      stepOf("a", { seq: 1 }),
      stepOf("b", { ...failedUndo, seq: 2, askedAfter: 1 }),
      stepOf("c", { seq: 3, askedAfter: 1 }),
    ]);
    const change = retryRun(state, { ...operator, from: "c" });
    expect(runAfter(state, change).status).toBe("pending");
    expect(change.write?.deleteSteps).toEqual(["b", "c"]);
    const [line] = change.write?.logs ?? [];
    expect(codec.decode(line?.data ?? "")).toMatchObject({ action: "retry", step: "c" });
  });

  it("deletes commands that came too late for the execution that ended", () => {
    const inbox = [eventOf("1", "#skip", "{}"), eventOf("2", "approved", "{}")];
    const state = stateOf(runIn("failed"), [openStep("a")], inbox);
    expect(retryRun(state, operator).write?.deleteEvents).toEqual(["1"]);
  });

  it.each(["pending", "running", "waiting", "compensating", "completed"] as const)(
    "refuses a run that is %s",
    (phase) => {
      expect(() => retryRun(stateOf(runIn(phase)), operator)).toThrow(RunNotEndedError);
    },
  );

  it("says of a paused run that it is paused", () => {
    const state = stateOf(runIn("waiting", { paused: true }));
    expect(() => retryRun(state, operator)).toThrow(expect.objectContaining({ status: "paused" }));
  });

  it("refuses to begin at a step that is not recorded", () => {
    const state = stateOf(runIn("failed"), [stepOf("a")]);
    expect(() => retryRun(state, { ...operator, from: "z" })).toThrow(UnknownStepError);
  });
});
