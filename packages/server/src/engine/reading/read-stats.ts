import { assertOwner } from "../../core/names.js";
import type { Store } from "../../store/store.js";
import type { EngineClock } from "../clock.js";
import type { EngineStats, StatsFilter } from "../operation-types.js";
import { toDate } from "./to-date.js";

export interface ReadStatsDeps {
  readonly store: Pick<Store, "counts" | "oldestDueAt" | "workers">;
  readonly clock: EngineClock;
}

/** A worker beats once a second; one that was silent for this long is not shown as alive. */
const ALIVE_MS = 30_000;

/**
 * How many runs (of one owner, or of all) are in which status, since when the run that is due longest
 * is due, and which workers live.
 *
 * @throws {InvalidArgumentError} for a bad owner.
 */
export async function readStats(
  { store, clock }: ReadStatsDeps,
  { owner }: StatsFilter = {},
): Promise<EngineStats> {
  if (owner !== undefined) assertOwner(owner);
  const now = clock.now();
  const [counts, oldestDueAt, workers] = await Promise.all([
    store.counts(owner ?? null),
    store.oldestDueAt(),
    store.workers(now - ALIVE_MS),
  ]);
  return {
    counts: counts.map(({ workflow, status, count }) => ({ workflow, status, count })),
    oldestDueAt: oldestDueAt !== null && oldestDueAt <= now ? toDate(oldestDueAt) : null,
    workers: workers.map(({ id, startedAt, heartbeatAt, workflows, running }) => ({
      id,
      startedAt: toDate(startedAt),
      heartbeatAt: toDate(heartbeatAt),
      workflows: [...workflows],
      running,
    })),
  };
}
