import type { EndedPhase, RunEvent, RunPhase } from "../core/status.js";
import { phaseAfter } from "./phase-after.js";
import type { RunRecord, RunTransition } from "./store.js";

/**
 * The phase that a record leaves its run in, if it is applied (a `park` that a wake prevents leaves
 * it as it was). A record applies to one phase only, so that no row is needed to tell.
 *
 * @throws Error where RUN_TRANSITIONS refuses the transition: a fault of the engine, told before
 * anything is written.
 */
export function phaseAfterRecord(
  record: Pick<RunRecord, "runId" | "phase" | "transition">,
): RunPhase {
  if (record.transition === null) return record.phase;
  return phaseAfter(record.runId, record.phase, eventOf(record.transition));
}

const END_EVENTS: Readonly<Record<EndedPhase, RunEvent>> = {
  completed: "complete",
  failed: "fail",
  cancelled: "cancel",
  compensated: "settle",
};

function eventOf(transition: RunTransition): RunEvent {
  if (transition.kind === "end") return END_EVENTS[transition.status];
  return transition.kind === "block" ? "yield" : transition.kind;
}
