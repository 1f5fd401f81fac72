import type { Ask } from "../core/journal.js";
import type { AttemptRow, StepRow } from "../core/rows.js";
import { FORMAT } from "../core/values/tags.js";
import type { Plan } from "./plan.js";
import { undoOf } from "./plan.js";

/** The row of something that was asked for, as recorded or as it begins. */
export function openRow(ask: Ask<Plan>, now: number, changes: Partial<StepRow>): StepRow {
  return { ...(ask.row ?? newRow(ask, now)), ...changes };
}

/** The same with its outcome. */
export function outcomeRow(
  ask: Ask<Plan>,
  seq: number,
  now: number,
  changes: Partial<StepRow> & Pick<StepRow, "status">,
): StepRow {
  return openRow(ask, now, { seq, endedAt: now, until: null, ...changes });
}

/** Which attempt of a step comes next: one that was cut off counts as not made. */
export function nextAttempt(row: StepRow | null): number {
  return (row?.attempts.length ?? 0) + 1;
}

/** The attempts of a step with one more that failed. */
export function withFailure(row: StepRow | null, failure: AttemptRow): readonly AttemptRow[] {
  return [...(row?.attempts ?? []), failure];
}

function newRow(ask: Ask<Plan>, now: number): StepRow {
  return {
    key: ask.key,
    name: ask.name,
    kind: ask.kind,
    status: "running",
    position: ask.position,
    askedAfter: ask.askedAfter,
    seq: null,
    attempt: 1,
    attempts: [],
    startedAt: now,
    endedAt: null,
    until: null,
    event: ask.plan.kind === "event" ? ask.plan.event : null,
    childId: null,
    undoable: undoOf(ask.plan) !== null,
    timedOut: false,
    format: FORMAT,
    output: null,
    error: null,
    undoStatus: null,
    undoAttempt: 0,
    undoStartedAt: null,
    undoEndedAt: null,
    undoUntil: null,
    undoError: null,
  };
}
