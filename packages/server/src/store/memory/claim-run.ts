import { phaseAfter } from "../phase-after.js";
import type { RunRow } from "../../core/rows.js";
import type { Claim } from "../store.js";

/** The row after a claim of a run that was ready or parked. */
export function claimRun(run: RunRow, now: number, claim: Claim): RunRow {
  return {
    ...run,
    status: phaseAfter(run.id, run.status, "claim"),
    workerId: claim.workerId,
    leaseToken: claim.leaseToken,
    leaseMs: claim.leaseMs,
    commits: 0,
    progressed: false,
    queue: null,
    dueAt: null,
    waitingKind: null,
    waitingName: null,
    waitingUntil: null,
    startedAt: run.startedAt ?? now,
    iterationAt: run.iterationAt ?? now,
    revision: run.revision + 1,
    updatedAt: now,
  };
}

/**
 * The row after a takeover from a worker that is gone. Each takeover with nothing recorded since the
 * one before doubles the lease, so that a step that blocks the event loop ends too.
 */
export function takeOverRun(run: RunRow, now: number, claim: Claim, maxLeaseMs: number): RunRow {
  if (run.progressed) return { ...claimRun(run, now, claim), recoveries: 0 };
  const recoveries = run.recoveries + 1;
  const leaseMs = Math.min(claim.leaseMs * 2 ** recoveries, maxLeaseMs);
  return { ...claimRun(run, now, { ...claim, leaseMs }), recoveries };
}
