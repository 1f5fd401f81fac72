import type { RunPhase } from "../../core/status.js";
import type { RunRow } from "../../core/rows.js";
import type { RunTransition } from "../store.js";
import { putNotice } from "./events.js";
import type { MemoryTables } from "./memory-tables.js";

/**
 * The row after the transition of a record; what the transition does to other rows is done. The token
 * and the count of commits stay when the lease is given up: they tell a repeated record.
 */
export function transitionRun(
  tables: MemoryTables,
  now: number,
  run: RunRow,
  phase: RunPhase,
  transition: RunTransition | null,
): RunRow {
  switch (transition?.kind) {
    case undefined:
      return run;
    case "park":
      return transition.wakes === run.wakes ? park(run, phase, transition) : run;
    case "yield":
      return { ...run, ...readyUnlessHeld(run, now), status: phase, workerId: null };
    case "block":
      return {
        ...run,
        status: phase,
        workerId: null,
        blockedKind: "codeMismatch",
        blockedMessage: transition.message,
      };
    case "undo": {
      const { cause, error, failedSteps } = transition;
      return { ...run, status: phase, cause, error, failedSteps, expiresAt: null };
    }
    case "end":
      if (transition.notice !== null) putNotice(tables, now, transition.notice, run.format);
      return end(run, now, phase, transition);
    case "continue":
      forgetHistory(tables, run.id);
      return beginIteration(run, now, phase, transition);
  }
}

type TransitionOf<TKind extends RunTransition["kind"]> = Extract<RunTransition, { kind: TKind }>;

function park(run: RunRow, phase: RunPhase, { dueAt, waiting }: TransitionOf<"park">): RunRow {
  return {
    ...run,
    status: phase,
    workerId: null,
    dueAt: isHeld(run) ? null : dueAt,
    waitingKind: waiting?.kind ?? null,
    waitingName: waiting?.name ?? null,
    waitingUntil: waiting?.until ?? null,
  };
}

function end(run: RunRow, now: number, phase: RunPhase, transition: TransitionOf<"end">): RunRow {
  return {
    ...run,
    status: phase,
    cause: transition.cause ?? run.cause,
    output: transition.output,
    error: transition.error ?? run.error,
    failedSteps: transition.failedSteps,
    endedAt: now,
    paused: false,
    workerId: null,
    expiresAt: null,
  };
}

/**
 * Events with a dedupe key stay without their payload: a repeated one is still recognised. Ends of
 * children and commands were for the iteration that is over.
 */
function forgetHistory(tables: MemoryTables, runId: string): void {
  for (const step of tables.stepsOf(runId)) tables.deleteStep(runId, step.key);
  for (const event of tables.eventsOf(runId)) {
    const isInternal = event.name.startsWith("#");
    if (event.stepKey === null && !isInternal) continue;
    if (event.dedupeKey === null || isInternal) tables.deleteEvent(event.id);
    else tables.putEvent({ ...event, payload: "" });
  }
}

function beginIteration(
  run: RunRow,
  now: number,
  phase: RunPhase,
  { version, input, deadlineAt }: TransitionOf<"continue">,
): RunRow {
  return {
    ...run,
    ...readyUnlessHeld(run, now),
    status: phase,
    workerId: null,
    version,
    input,
    deadlineAt,
    expiresAt: deadlineAt,
    outcomes: 0,
    calls: 0,
    patches: {},
    generations: {},
    failedSteps: [],
    progress: null,
    iteration: run.iteration + 1,
    iterationAt: now,
  };
}

function readyUnlessHeld(run: RunRow, now: number): Pick<RunRow, "queue" | "dueAt"> {
  return isHeld(run) ? { queue: null, dueAt: null } : { queue: 0 - run.priority, dueAt: now };
}

function isHeld(run: RunRow): boolean {
  return run.paused || run.blockedKind !== null;
}
