import { describe, expect, it } from "vitest";
import { RunTimeoutError } from "../../core/errors.js";
import type { RunRow } from "../../core/rows.js";
import { readNotice } from "./end-run.js";
import { expireRun } from "./expire.js";
import { codec, NOW, runAfter, runIn, stateOf, stepOf } from "./run-state.fixture.js";

const past = { deadlineAt: NOW };

describe("expireRun", () => {
  it("fails a run that nobody executes and that has nothing to undo, paused or not", () => {
    const state = stateOf(runIn("waiting", { ...past, paused: true, parentId: "parent-1" }));
    const change = expireRun(state, { codec });
    const run = runAfter(state, change);
    expect(run).toMatchObject({ status: "failed", cause: "timeout", endedAt: NOW, paused: false });
    expect(codec.decodeError(run.error ?? "")).toBeInstanceOf(RunTimeoutError);
    expect(readNotice(change.write?.notice?.payload ?? "")).toMatchObject({
      status: "failed",
      cause: "timeout",
      error: run.error,
    });
  });

  it("begins the undo of a run that has something to undo", () => {
    const state = stateOf(runIn("waiting", past), [stepOf("charge", { undoable: true })]);
    const run = runAfter(state, expireRun(state, { codec }));
    expect(run).toMatchObject({
      status: "compensating",
      cause: "timeout",
      expiresAt: null,
      queue: -7,
      dueAt: NOW,
    });
    expect(run.error).not.toBeNull();
  });

  it("records the end of a run in execution and leaves it its lease", () => {
    const state = stateOf(runIn("running", past));
    expect(runAfter(state, expireRun(state, { codec }))).toMatchObject({
      status: "compensating",
      cause: "timeout",
      workerId: "worker-1",
      leaseToken: "token-1",
    });
  });

  it("cancels the children", () => {
    const { write } = expireRun(stateOf(runIn("waiting", past)), { codec });
    const child = stateOf(runIn("pending", { id: "child-1", parentId: "run-1" }));
    expect(write?.changeChildren?.(child).write?.run).toMatchObject({
      status: "cancelled",
      cause: "cancel",
    });
  });

  it.each<[string, RunRow]>([
    ["has no deadline", runIn("waiting")],
    ["has time left", runIn("waiting", { deadlineAt: NOW + 1 })],
    ["has ended", runIn("failed", past)],
    ["has its end recorded", runIn("compensating", { ...past, cause: "cancel" })],
  ])("does nothing to a run that %s", (_, run) => {
    expect(expireRun(stateOf(run), { codec })).toEqual({ result: false, write: null });
  });
});
