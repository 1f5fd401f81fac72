import type { RunRow } from "../../core/rows.js";
import type { Claim } from "../store.js";
import { claimRun } from "./claim-run.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.reclaim`. */
export function reclaim(
  tables: MemoryTables,
  now: number,
  runId: string,
  parkedToken: string,
  claim: Claim,
): boolean {
  const run = tables.runs.get(runId);
  if (run === undefined || !isParkedBy(run, parkedToken)) return false;
  tables.putRun(claimRun(run, now, claim));
  return true;
}

function isParkedBy(run: RunRow, token: string): boolean {
  return (
    run.leaseToken === token &&
    run.workerId === null &&
    run.status === "waiting" &&
    !run.paused &&
    run.blockedKind === null &&
    run.cause === null
  );
}
