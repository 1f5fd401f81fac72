import { ENDED_PHASES, isEnded, type PublicRunStatus, RUN_PHASES } from "../../core/status.js";

/** The phases that are an outcome, as a list of SQL. */
export const ENDED = sqlList(ENDED_PHASES);

/** The phases that are none. */
export const LIVE = sqlList(RUN_PHASES.filter((phase) => !isEnded(phase)));

/** What users see of a run, as `publicRunStatus` says. */
export const PUBLIC_STATUS = `CASE
  WHEN status IN ${ENDED} THEN status
  WHEN paused THEN 'paused'
  WHEN blocked_kind IS NOT NULL THEN 'blocked'
  ELSE status END`;

/** Whether users see this of a run; a phase is compared with its column, which has an index. */
export function hasPublicStatus(status: PublicRunStatus): string {
  switch (status) {
    case "paused":
      return `(paused AND status NOT IN ${ENDED})`;
    case "blocked":
      return `(blocked_kind IS NOT NULL AND NOT paused AND status NOT IN ${ENDED})`;
    default:
      return isEnded(status)
        ? `status = '${status}'`
        : `(status = '${status}' AND NOT paused AND blocked_kind IS NULL)`;
  }
}

function sqlList(words: readonly string[]): string {
  return `(${words.map((word) => `'${word}'`).join(", ")})`;
}
