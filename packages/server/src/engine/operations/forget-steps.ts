import { CHILD_EVENT, type StepRow } from "../../core/rows.js";
import type { RunState } from "../../store/store.js";
import { readNotice } from "./end-run.js";
import { findStep } from "./find-step.js";

/** What a retry forgets. */
export interface Forgotten {
  readonly keys: readonly string[];
  /** Of the whole run: how often a success was forgotten, a child given up or an undo forgotten. */
  readonly generations: Readonly<Record<string, number>>;
  /** Pending ends of forgotten children. */
  readonly eventIds: readonly string[];
}

/**
 * What a retry forgets, so that the rest is still a history that replays: the failures that ended the
 * run, every step whose undo began, invoked runs that did not complete (they were cancelled with it) and
 * `from`, each with what the handler first asked for once it had that outcome. Whatever was asked for
 * before is kept, what ended later too.
 *
 * @throws {UnknownStepError} where nothing is recorded under `from`.
 */
export function forgetSteps(state: RunState, from: string | undefined): Forgotten {
  const roots = rootsOf(state, from);
  const firstSeq = Math.min(...[...roots].map((step) => step.seq ?? Infinity));
  const forgotten = state.steps.filter((step) => roots.has(step) || step.askedAfter >= firstSeq);
  const childIds = new Set(forgotten.map((step) => step.childId));
  return {
    keys: forgotten.map((step) => step.key),
    generations: raise(state.run.generations, [
      ...forgotten.filter(needsNewKey).map((step) => step.key),
      ...forgotten
        .filter((step) => step.undoStatus !== null)
        .map((step) => undoGeneration(step.key)),
    ]),
    eventIds: childEnds(state)
      .filter((event) => childIds.has(event.end.childId))
      .map((event) => event.id),
  };
}

/** Under which an undo's generation is kept beside those of the steps; no step's key begins so. */
export function undoGeneration(stepKey: string): string {
  return `#undo:${stepKey}`;
}

function rootsOf(state: RunState, from: string | undefined): ReadonlySet<StepRow> {
  const { run, steps } = state;
  const failed = new Set(run.failedSteps);
  const completed = new Set(
    childEnds(state)
      .filter(({ end }) => end.status === "completed")
      .map(({ end }) => end.childId),
  );
  const named = from === undefined ? undefined : findStep(state, from);
  return new Set(
    steps.filter(
      (step) =>
        step === named ||
        step.undoStatus !== null ||
        (step.seq !== null && failed.has(step.key)) ||
        (step.seq === null && step.kind === "child" && !completed.has(step.childId ?? "")),
    ),
  );
}

function childEnds({ inbox }: RunState) {
  return inbox
    .filter((event) => event.name === CHILD_EVENT)
    .map((event) => ({ id: event.id, end: readNotice(event.payload) }));
}

/** A success must not be answered from what it did before; a failure may be. An id is used only once. */
function needsNewKey(step: StepRow): boolean {
  return (
    step.status === "completed" ||
    step.status === "skipped" ||
    step.kind === "child" ||
    step.kind === "spawn"
  );
}

function raise(
  generations: Readonly<Record<string, number>>,
  keys: readonly string[],
): Readonly<Record<string, number>> {
  // A step may be named `constructor`.
  const of = (key: string): number =>
    Object.hasOwn(generations, key) ? (generations[key] ?? 0) : 0;
  const raised = keys.map((key) => [key, of(key) + 1] as const);
  return { ...generations, ...Object.fromEntries(raised) };
}
