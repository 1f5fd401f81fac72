import { RUN_TRANSITIONS, type RunEvent, type RunPhase } from "../core/status.js";

/**
 * The phase of a run after an event.
 *
 * @throws Error where RUN_TRANSITIONS refuses it: a fault of the engine, told before anything is written.
 */
export function phaseAfter(runId: string, phase: RunPhase, event: RunEvent): RunPhase {
  const next = RUN_TRANSITIONS[phase][event];
  if (next === null) throw new Error(`Run ${runId} is ${phase} and cannot ${event}.`);
  return next;
}
