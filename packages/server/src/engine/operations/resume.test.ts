import { describe, expect, it } from "vitest";
import { RunEndedError } from "../../core/errors.js";
import { resumeRun } from "./resume.js";
import { BLOCKED, NOW, operator, runAfter, runIn, stateOf } from "./run-state.fixture.js";

describe("resumeRun", () => {
  it.each([
    ["a pause", { paused: true }],
    ["a block", BLOCKED],
    ["both", { paused: true, ...BLOCKED }],
  ])("ends %s and makes the run due at once", (_, hold) => {
    const state = stateOf(runIn("waiting", hold));
    expect(runAfter(state, resumeRun(state, operator))).toMatchObject({
      status: "waiting",
      paused: false,
      blockedKind: null,
      blockedMessage: null,
      queue: -7,
      dueAt: NOW,
    });
  });

  it("has a run that has not begun wait for its startAt", () => {
    const state = stateOf(runIn("pending", { paused: true, startAt: NOW + 5 }));
    expect(runAfter(state, resumeRun(state, operator))).toMatchObject({
      queue: null,
      dueAt: NOW + 5,
    });
  });

  it("makes an undo that waited for it due", () => {
    const state = stateOf(runIn("compensating", { paused: true }));
    expect(runAfter(state, resumeRun(state, operator))).toMatchObject({
      status: "compensating",
      queue: -7,
      dueAt: NOW,
    });
  });

  it("only takes the hold from a run in execution", () => {
    const state = stateOf(runIn("running", { paused: true }));
    const run = runAfter(state, resumeRun(state, operator));
    expect(run).toEqual({ ...state.run, paused: false });
  });

  it("does nothing to a run on no hold", () => {
    expect(resumeRun(stateOf(runIn("waiting")), operator)).toEqual({ result: false, write: null });
  });

  it("refuses a run that has ended", () => {
    expect(() => resumeRun(stateOf(runIn("failed")), operator)).toThrow(RunEndedError);
  });
});
