import { parseDuration } from "../core/duration.js";
import { InvalidArgumentError } from "../core/errors.js";
import { ENDED_PHASES, type EndedPhase } from "../core/status.js";
import type { Store } from "../store/store.js";
import { assertDate } from "./handler-args.js";
import type { PruneOptions } from "./operation-types.js";

/** Deletes runs that ended before then, some hundreds at a time; resolves to their number. */
export async function pruneRuns(
  store: Pick<Store, "prune">,
  now: number,
  { olderThan, status }: PruneOptions,
): Promise<number> {
  const before =
    olderThan instanceof Date
      ? assertDate(olderThan, "olderThan")
      : now - parseDuration(olderThan, "olderThan");
  const phases = readPhases(status);
  let total = 0;
  for (let pruned = BATCH; pruned === BATCH; total += pruned) {
    pruned = await store.prune(before, phases, BATCH);
  }
  return total;
}

/** So that no transaction holds locks for long. */
const BATCH = 500;

function readPhases(status: PruneOptions["status"]): readonly EndedPhase[] {
  if (status === undefined) return ENDED_PHASES;
  const phases = typeof status === "string" ? [status] : status;
  const wrong = phases.find((phase) => !ENDED_PHASES.includes(phase));
  if (wrong === undefined) return phases;
  throw new InvalidArgumentError(
    `status must be one of ${ENDED_PHASES.join(", ")}; given was ${String(wrong)}.`,
  );
}
