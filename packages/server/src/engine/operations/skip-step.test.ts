import { describe, expect, it } from "vitest";
import {
  NotSerializableError,
  RunEndedError,
  StepEndedError,
  StepRunningError,
  UnknownStepError,
} from "../../core/errors.js";
import { readSkipCommand } from "./commands.js";
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
import { skipStep } from "./skip-step.js";

const options = { ...operator, step: "a", output: { by: "hand" } };
const failedUndo = { undoable: true, undoStatus: "failed", undoError: "~[]" } as const;

describe("skipStep of a live run", () => {
  it.each([
    openStep("a", { kind: "sleep", until: NOW + 5 }),
    openStep("a", { kind: "event", event: "approved" }),
    openStep("a", { kind: "child", childId: "child-1", status: "running" }),
    openStep("a", { kind: "step", until: NOW + 5, error: "~[]" }),
  ])("appends an outcome for an open $kind and makes the run ready", (step) => {
    const state = stateOf(runIn("waiting"), [stepOf("first", { seq: 4 }), step]);
    const change = skipStep(state, options);
    expect(change.write?.putSteps).toEqual([
      {
        ...state.steps[1],
        status: "skipped",
        seq: 5,
        output: codec.encode({ by: "hand" }, "output"),
        error: null,
        endedAt: NOW,
      },
    ]);
    expect(runAfter(state, change)).toMatchObject({
      status: "waiting",
      outcomes: 5,
      queue: -7,
      dueAt: NOW,
    });
  });

  it("leaves a blocked run blocked", () => {
    const state = stateOf(runIn("waiting", BLOCKED), [openStep("a", { kind: "sleep" })]);
    expect(runAfter(state, skipStep(state, options))).toMatchObject({ outcomes: 1, queue: null });
  });

  it("cancels the child that it skips, and no other one", () => {
    const state = stateOf(runIn("waiting"), [openStep("a", { kind: "child", childId: "c" })]);
    const changeChild = skipStep(state, options).write?.changeChildren;
    expect(changeChild?.(childOf("a")).write?.run.status).toBe("cancelled");
    expect(changeChild?.(childOf("b")).write).toBeNull();
  });

  it("sends the execution of a run a command, and touches no row of its", () => {
    const state = stateOf(runIn("running"), [openStep("a", { kind: "sleep", until: NOW + 5 })]);
    const { write } = skipStep(state, options);
    expect(write).toMatchObject({ run: {}, putSteps: [], changeChildren: null });
    const [command] = write?.putEvents ?? [];
    expect(command).toMatchObject({ id: "event-1", name: "#skip" });
    expect(readSkipCommand(command?.payload ?? "", codec)).toEqual({
      step: "a",
      output: { by: "hand" },
    });
  });

  it.each(["step", "transaction", "send", "spawn"] as const)("refuses a %s in flight", (kind) => {
    const state = stateOf(runIn("running"), [openStep("a", { kind, status: "running" })]);
    expect(() => skipStep(state, options)).toThrow(StepRunningError);
  });

  it("refuses a step that has its outcome, or that is not recorded", () => {
    const state = stateOf(runIn("waiting"), [stepOf("a")]);
    expect(() => skipStep(state, options)).toThrow(StepEndedError);
    expect(() => skipStep(state, { ...options, step: "b" })).toThrow(UnknownStepError);
  });

  it("refuses an output that cannot be stored, for a run in execution too", () => {
    const steps = [openStep("a", { kind: "sleep" })];
    for (const phase of ["waiting", "running"] as const) {
      const state = stateOf(runIn(phase), steps);
      const skip = () => skipStep(state, { ...options, output: () => {} });
      expect(skip).toThrow(NotSerializableError);
    }
  });
});

describe("skipStep of a run that undoes itself", () => {
  it.each(["failed", "waiting"] as const)("counts an undo that is %s as done", (undoStatus) => {
    const undo = stepOf("a", { undoable: true, undoStatus, undoUntil: NOW + 5 });
    const state = stateOf(runIn("compensating"), [undo]);
    const change = skipStep(state, options);
    expect(change.write?.putSteps).toMatchObject([{ undoStatus: "completed", undoUntil: null }]);
    expect(runAfter(state, change)).toMatchObject({ status: "compensating", queue: -7 });
  });

  it("refuses it while the run is executed, and an undo in flight always", () => {
    const failed = stateOf(runIn("compensating", LEASE), [stepOf("a", failedUndo)]);
    expect(() => skipStep(failed, options)).toThrow(StepRunningError);
    const begun = stepOf("a", { undoable: true, undoStatus: "running" });
    expect(() => skipStep(stateOf(runIn("compensating"), [begun]), options)).toThrow(
      StepRunningError,
    );
  });

  it("gives no step an outcome any more", () => {
    const state = stateOf(runIn("compensating"), [openStep("a", { kind: "sleep" })]);
    expect(() => skipStep(state, options)).toThrow(StepEndedError);
  });
});

describe("skipStep of an ended run", () => {
  const failure = stepOf("a", { status: "failed", seq: 2, output: null, error: "~[]" });

  it("retries without the failure, with the outcome for when it is asked for again", () => {
    const run = runIn("failed", { failedSteps: ["a"] });
    const state = stateOf(run, [stepOf("first"), failure]);
    const change = skipStep(state, options);
    expect(change.write?.deleteSteps).toEqual(["a"]);
    expect(runAfter(state, change)).toMatchObject({ status: "pending", attempt: 2, queue: -7 });
    expect(change.write?.putEvents).toMatchObject([{ id: "event-1", name: "#skip" }]);
    expect(change.write?.logs).toMatchObject([{ message: 'skipped "a"' }]);
  });

  it("goes forward though an undo is unfinished, for that is what an outcome is for", () => {
    const run = runIn("failed", { failedSteps: ["a"] });
    const state = stateOf(run, [stepOf("first", failedUndo), failure]);
    const change = skipStep(state, options);
    expect(change.write?.deleteSteps).toEqual(["first", "a"]);
    expect(runAfter(state, change).status).toBe("pending");
  });

  it("settles the run when the last failed undo counts as done", () => {
    const run = runIn("failed", { cause: "timeout", error: "~[]", failedSteps: ["a"] });
    const done = stepOf("b", { undoable: true, undoStatus: "completed" });
    const state = stateOf(run, [done, stepOf("a", failedUndo)]);
    const change = skipStep(state, options);
    expect(change.write?.putSteps).toEqual([
      {
        ...state.steps[1],
        undoStatus: "completed",
        undoStartedAt: NOW,
        undoEndedAt: NOW,
        undoError: null,
      },
    ]);
    expect(runAfter(state, change)).toEqual({ ...state.run, status: "compensated", endedAt: NOW });
    expect(change.write?.putEvents).toEqual([]);
  });

  it("leaves the run failed while another undo failed", () => {
    const state = stateOf(runIn("failed"), [stepOf("a", failedUndo), stepOf("b", failedUndo)]);
    const change = skipStep(state, options);
    expect(change.write?.putSteps.map((step) => step.key)).toEqual(["a"]);
    expect(runAfter(state, change)).toEqual(state.run);
  });

  it("refuses any other step, and every one of a completed run", () => {
    const steps = [stepOf("a"), openStep("b", { kind: "sleep" })];
    const failed = stateOf(runIn("failed"), steps);
    expect(() => skipStep(failed, options)).toThrow(StepEndedError);
    expect(() => skipStep(failed, { ...options, step: "b" })).toThrow(StepEndedError);
    expect(() => skipStep(failed, { ...options, step: "c" })).toThrow(UnknownStepError);
    expect(() => skipStep(stateOf(runIn("completed"), steps), options)).toThrow(RunEndedError);
  });
});

function childOf(parentKey: string) {
  return stateOf(runIn("waiting", { parentId: "run-1", parentKey }));
}
