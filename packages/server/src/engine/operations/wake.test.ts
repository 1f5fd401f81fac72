import { describe, expect, it } from "vitest";
import { RunEndedError, StepEndedError, UnknownStepError } from "../../core/errors.js";
import { readWakeCommand } from "./commands.js";
import {
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
import { wakeRun } from "./wake.js";

const late = openStep("late", { kind: "sleep", until: NOW + 900 });
const backOff = openStep("charge", { kind: "step", until: NOW + 300 });
const wait = openStep("approved", { kind: "event", event: "approved", until: NOW + 100 });

describe("wakeRun", () => {
  it("ends the earliest sleep or back-off, never a wait for an event", () => {
    const state = stateOf(runIn("waiting"), [wait, late, backOff]);
    const change = wakeRun(state, operator);
    expect(change.write?.putSteps).toEqual([{ ...state.steps[2], until: NOW }]);
    expect(runAfter(state, change)).toMatchObject({ status: "waiting", queue: -7, dueAt: NOW });
  });

  it("ends the one that is named", () => {
    const state = stateOf(runIn("waiting"), [late, backOff]);
    const { write } = wakeRun(state, { ...operator, step: "late" });
    expect(write?.putSteps).toEqual([{ ...state.steps[0], until: NOW }]);
  });

  it("leaves the time of one that is over", () => {
    const over = openStep("over", { kind: "sleep", until: NOW - 5 });
    const { write } = wakeRun(stateOf(runIn("waiting"), [over]), operator);
    expect(write?.putSteps[0]?.until).toBe(NOW - 5);
  });

  it("ends the back-off of an undo, and no sleep that the undo left behind", () => {
    const undo = stepOf("charge", { undoable: true, undoStatus: "waiting", undoUntil: NOW + 50 });
    const state = stateOf(runIn("compensating"), [
      openStep("nap", { kind: "sleep", until: 1 }),
      undo,
    ]);
    const { write } = wakeRun(state, operator);
    expect(write?.putSteps).toEqual([{ ...state.steps[1], undoUntil: NOW }]);
  });

  it("leaves a paused run paused", () => {
    const state = stateOf(runIn("waiting", { paused: true }), [late]);
    const change = wakeRun(state, operator);
    expect(change.write?.putSteps[0]?.until).toBe(NOW);
    expect(runAfter(state, change)).toMatchObject({ paused: true, queue: null, dueAt: null });
  });

  it("sends the execution of a run a command, and touches no row of its", () => {
    const state = stateOf(runIn("running", LEASE), [late]);
    const { write } = wakeRun(state, operator);
    expect(write).toMatchObject({ run: {}, putSteps: [] });
    const [command] = write?.putEvents ?? [];
    expect(command).toMatchObject({ id: "event-1", name: "#wake" });
    expect(readWakeCommand(command?.payload ?? "", codec)).toBe("late");
  });

  it("refuses a step that is not recorded", () => {
    const state = stateOf(runIn("waiting"), [late]);
    expect(() => wakeRun(state, { ...operator, step: "other" })).toThrow(UnknownStepError);
  });

  it.each([
    ["has its outcome", stepOf("a", { kind: "sleep", until: NOW + 5 })],
    ["waits for an event", { ...wait, key: "a" }],
    ["runs", openStep("a", { status: "running" })],
  ])("refuses a step that %s", (_, step) => {
    const state = stateOf(runIn("waiting"), [step]);
    expect(() => wakeRun(state, { ...operator, step: "a" })).toThrow(StepEndedError);
    expect(() => wakeRun(state, operator)).toThrow(StepEndedError);
  });

  it("refuses a run that has ended", () => {
    expect(() => wakeRun(stateOf(runIn("failed"), [late]), operator)).toThrow(RunEndedError);
  });
});
