import { definitionKey } from "../definition-key.js";
import type { RunRow } from "../../core/rows.js";
import type { ClaimedRun, HeldRun, SweepRequest, SweepResult } from "../store.js";
import { claimRun, takeOverRun } from "./claim-run.js";
import { pendingEvents } from "./inbox.js";
import { hasLapsed } from "./lapse.js";
import { nextTimerAt } from "./due-times.js";
import type { MemoryTables } from "./memory-tables.js";

/** As many runs as one sweep reports as expired. */
const EXPIRED_LIMIT = 100;

/** `Store.sweep`. */
export function sweep(tables: MemoryTables, now: number, request: SweepRequest): SweepResult {
  beat(tables, now, request);
  const definitions = new Set(request.definitions);
  const held = tables.leased.of(request.workerId).flatMap((id) => heldRun(tables.runs.get(id)));
  const expired = expiredRuns(tables, now, definitions);
  const claimed = claimable(tables, now, request.workerId, definitions)
    .slice(0, request.slots)
    .map((run) => claim(tables, now, run, request));
  const unaccepted = tables.unaccepted.size > 0;
  return { now, claimed, held, expired, unaccepted, nextDueAt: nextTimerAt(tables, now) };
}

function beat(tables: MemoryTables, now: number, request: SweepRequest): void {
  tables.workers.set(request.workerId, {
    id: request.workerId,
    startedAt: request.startedAt,
    heartbeatAt: now,
    workflows: Object.freeze([...request.definitions]),
    running: request.running,
    stoppedAt: null,
  });
}

function heldRun(run: RunRow | undefined): HeldRun[] {
  if (run === undefined || run.leaseToken === null) return [];
  const { id, leaseToken, status, paused, wakes } = run;
  return [{ id, leaseToken, status, paused, wakes }];
}

function expiredRuns(
  tables: MemoryTables,
  now: number,
  definitions: ReadonlySet<string>,
): readonly string[] {
  const expired: string[] = [];
  for (const id of tables.expiring) {
    const run = tables.runs.get(id);
    if (run === undefined || (run.expiresAt ?? Infinity) > now) continue;
    const isHeld = run.paused || run.blockedKind !== null;
    const isUnknown = !definitions.has(definitionKey(run));
    if (run.workerId !== null || isHeld || isUnknown) expired.push(id);
    if (expired.length === EXPIRED_LIMIT) break;
  }
  return expired;
}

/** Runs of dead workers first, since a crash is to be made good at once; then by priority and time. */
function claimable(
  tables: MemoryTables,
  now: number,
  workerId: string,
  definitions: ReadonlySet<string>,
): RunRow[] {
  const lapsed = tables.leased
    .keys()
    .filter((holder) => holder !== workerId)
    .flatMap((holder) => tables.leased.of(holder))
    .flatMap((id) => tables.runs.get(id) ?? [])
    .filter((run) => definitions.has(definitionKey(run)) && hasLapsed(tables, run, now));
  const due = [...definitions]
    .flatMap((definition) => tables.due.of(definition))
    .flatMap((id) => tables.runs.get(id) ?? [])
    .filter((run) => run.queue !== null || (run.dueAt ?? Infinity) <= now);
  return [...lapsed.toSorted(byPriorityAndTime), ...due.toSorted(byPriorityAndTime)];
}

function byPriorityAndTime(a: RunRow, b: RunRow): number {
  return b.priority - a.priority || (a.dueAt ?? 0) - (b.dueAt ?? 0);
}

function claim(
  tables: MemoryTables,
  now: number,
  run: RunRow,
  { workerId, token: leaseToken, leaseMs, maxLeaseMs }: SweepRequest,
): ClaimedRun {
  const lease = { workerId, leaseToken, leaseMs };
  const isTakeover = run.workerId !== null;
  tables.putRun(isTakeover ? takeOverRun(run, now, lease, maxLeaseMs) : claimRun(run, now, lease));
  return {
    run: tables.runs.get(run.id) ?? run,
    steps: tables.stepsOf(run.id),
    inbox: pendingEvents(tables, run.id),
  };
}
