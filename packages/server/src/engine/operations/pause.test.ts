import { describe, expect, it } from "vitest";
import { RunEndedError } from "../../core/errors.js";
import { pauseRun } from "./pause.js";
import { NOW, operator, runAfter, runIn, stateOf } from "./run-state.fixture.js";

describe("pauseRun", () => {
  it("makes a parked run due at no time, and leaves what it waits for", () => {
    const state = stateOf(runIn("waiting", { deadlineAt: NOW + 5 }));
    expect(runAfter(state, pauseRun(state, operator))).toMatchObject({
      status: "waiting",
      paused: true,
      queue: null,
      dueAt: null,
      waitingKind: "sleep",
      expiresAt: NOW + 5,
    });
  });

  it("leaves a run in execution its lease", () => {
    const state = stateOf(runIn("running"));
    const run = runAfter(state, pauseRun(state, operator));
    expect(run).toEqual({ ...state.run, paused: true });
  });

  it("does nothing to a paused run", () => {
    const state = stateOf(runIn("waiting", { paused: true }));
    expect(pauseRun(state, operator)).toEqual({ result: false, write: null });
  });

  it("refuses a run that has ended", () => {
    expect(() => pauseRun(stateOf(runIn("completed")), operator)).toThrow(RunEndedError);
  });
});
