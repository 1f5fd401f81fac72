import { describe, expect, it } from "vitest";
import { CHILD_EVENT, type StepRow } from "../../core/rows.js";
import { createSeeded } from "../../core/seeded.js";
import type { RunState } from "../../store/store.js";
import { forgetSteps } from "./forget-steps.js";
import { childEnd, eventOf, openStep, runIn, stateOf, stepOf } from "./run-state.fixture.js";

describe("forgetSteps", () => {
  it("forgets the failure with what was asked for after it, and keeps a parallel step", () => {
    const state = stateOf(runIn("failed", { failedSteps: ["b"] }), [
      stepOf("a", { seq: 3, askedAfter: 0 }),
      stepOf("b", { seq: 1, askedAfter: 0, status: "failed" }),
      stepOf("c", { seq: 2, askedAfter: 1 }),
      openStep("nap", { kind: "sleep", askedAfter: 2 }),
    ]);
    expect(forgetSteps(state, undefined).keys).toEqual(["b", "c", "nap"]);
  });

  it("forgets nothing where the handler's own code threw", () => {
    const state = stateOf(runIn("failed"), [stepOf("a"), openStep("nap", { kind: "sleep" })]);
    expect(forgetSteps(state, undefined)).toEqual({ keys: [], generations: {}, eventIds: [] });
  });

  it("forgets an open step with nothing after it where its undo began", () => {
    const state = stateOf(runIn("failed"), [
      openStep("a", { status: "running", undoable: true, undoStatus: "completed" }),
      stepOf("b", { seq: 1 }),
    ]);
    expect(forgetSteps(state, undefined).keys).toEqual(["a"]);
  });

  it("gives forgotten successes and children new keys, failures and sends in flight their own", () => {
    const run = runIn("failed", {
      failedSteps: ["failed"],
      generations: { done: 2, other: 1 },
    });
    const state = stateOf(run, [
      stepOf("failed", { seq: 1, status: "failed" }),
      stepOf("done", { seq: 2, askedAfter: 1 }),
      stepOf("constructor", { seq: 3, askedAfter: 1, status: "skipped" }),
      stepOf("child", { seq: 4, askedAfter: 1, status: "failed", kind: "child", childId: "c" }),
      openStep("send", { askedAfter: 1, kind: "send", status: "running" }),
    ]);
    expect(forgetSteps(state, undefined).generations).toEqual({
      done: 3,
      other: 1,
      constructor: 1,
      child: 1,
    });
  });

  it("forgets children that were cancelled with the run, and keeps one that completed", () => {
    const state = stateOf(
      runIn("failed"),
      ["done", "gone", "live"].map((key) => openStep(key, { kind: "child", childId: key })),
      [
        eventOf("1", CHILD_EVENT, childEnd("done", "completed")),
        eventOf("2", CHILD_EVENT, childEnd("gone", "cancelled")),
        eventOf("3", "done", "{}"),
      ],
    );
    expect(forgetSteps(state, undefined)).toEqual({
      keys: ["gone", "live"],
      generations: { gone: 1, live: 1 },
      eventIds: ["2"],
    });
  });

  it("forgets a completed child that was asked for after a failure, with its end", () => {
    const child = openStep("child", { kind: "child", childId: "c", askedAfter: 1 });
    const state = stateOf(
      runIn("failed", { failedSteps: ["a"] }),
      [stepOf("a", { status: "failed" }), child],
      [eventOf("1", CHILD_EVENT, childEnd("c", "completed"))],
    );
    expect(forgetSteps(state, undefined)).toMatchObject({ keys: ["a", "child"], eventIds: ["1"] });
  });

  it("leaves a history that replays, whatever was run", () => {
    for (let seed = 0; seed < 400; seed += 1) expectClosed(seed);
  });
});

function expectClosed(seed: number): void {
  const { state, from } = randomHistory(seed);
  const forgotten = new Set(forgetSteps(state, from).keys);
  const kept = state.steps.filter((step) => !forgotten.has(step.key));
  const gone = state.steps.filter((step) => forgotten.has(step.key));
  const firstGone = Math.min(...gone.map((step) => step.seq ?? Infinity));

  const dangling = kept.filter((step) => step.askedAfter >= firstGone);
  expect(dangling, `kept of history ${seed}, though asked for after what is forgotten`).toEqual([]);
  const keptRoots = kept.filter((step) => isRoot(step, state, from));
  expect(keptRoots, `kept of history ${seed}, though it must be forgotten`).toEqual([]);
  const wasted = gone.filter((step) => step.askedAfter < firstGone && !isRoot(step, state, from));
  expect(wasted, `dropped of history ${seed}, though nothing leads to it`).toEqual([]);
}

/** Said once more, and in other words than in the code: what the contract has forgotten for itself. */
function isRoot(step: StepRow, { run, inbox }: RunState, from: string | undefined): boolean {
  if (step.key === from || step.undoStatus !== null) return true;
  if (step.seq !== null) return run.failedSteps.includes(step.key);
  const end = childEnd(step.childId ?? "", "completed");
  return step.kind === "child" && !inbox.some((event) => event.payload === end);
}

/** Steps that are asked for and end in random order, each asked for once all before it is delivered. */
function randomHistory(seed: number): { state: RunState; from: string | undefined } {
  const seeded = createSeeded(`history ${seed}`);
  let draws = 0;
  const chance = (probability: number): boolean => seeded.random("", (draws += 1)) < probability;
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(seeded.random("", (draws += 1)) * items.length)];

  const steps: StepRow[] = [];
  let outcomes = 0;
  for (let turn = 0; turn < 30; turn += 1) {
    const open = steps.filter((step) => step.seq === null);
    const ending = chance(0.5) ? pick(open) : undefined;
    if (ending === undefined) {
      const key = `s${steps.length}`;
      const kind = pick(["step", "sleep", "child"] as const) ?? "step";
      const undoable = chance(0.3);
      const childId = kind === "child" ? `child ${key}` : null;
      steps.push(openStep(key, { kind, childId, undoable, askedAfter: outcomes }));
    } else {
      outcomes += 1;
      const status = chance(0.3) ? "failed" : "completed";
      steps[steps.indexOf(ending)] = { ...ending, seq: outcomes, status };
    }
  }

  const isUndoing = chance(0.3);
  const ended = steps.map((step): StepRow => {
    const begun = isUndoing && step.undoable && chance(0.5);
    return begun ? { ...step, undoStatus: "completed" } : step;
  });
  const failedSteps = ended
    .filter((step) => step.status === "failed" && chance(0.3))
    .map((step) => step.key);
  const inbox = ended
    .filter((step) => step.seq === null && step.kind === "child" && chance(0.5))
    .map(({ key, childId }) =>
      eventOf(key, CHILD_EVENT, childEnd(childId ?? "", chance(0.5) ? "completed" : "failed")),
    );
  return {
    state: stateOf(runIn("failed", { failedSteps }), ended, inbox),
    from: chance(0.4) ? pick(ended)?.key : undefined,
  };
}
