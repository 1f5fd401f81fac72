import { isEnded } from "../../core/status.js";
import { CHILD_EVENT, type RunRow } from "../../core/rows.js";
import type { NewEvent, ParentNotice, SendOutcome } from "../store.js";
import { byAcceptance } from "../by-acceptance.js";
import type { MemoryEvent, MemoryTables } from "./memory-tables.js";

/** As many events as one `acceptEvents` takes. */
const ACCEPT_LIMIT = 200;

/** `Store.sendEvent`; where it is not `accepted` at once the row waits for `acceptEvents`. */
export function sendEvent(
  tables: MemoryTables,
  now: number,
  event: NewEvent,
  { accept }: { readonly accept: boolean },
): SendOutcome {
  const run = tables.runs.get(event.runId);
  if (run === undefined) return { kind: "unknown" };
  if (isEnded(run.status)) return { kind: "ended", status: run.status };
  if (isDuplicate(tables, event)) return { kind: "duplicate" };
  const row = { ...event, seq: null, stepKey: null, createdAt: now, acceptedAt: null };
  if (accept) acceptFor(tables, now, run, [row]);
  else tables.putEvent(row);
  return { kind: "accepted" };
}

/** Puts the end of a child where `acceptEvents` finds it. */
export function putNotice(
  tables: MemoryTables,
  now: number,
  notice: ParentNotice,
  format: number,
): void {
  const { eventId: id, parentId: runId, dedupeKey, payload } = notice;
  const row = { id, runId, name: CHILD_EVENT, format, payload, dedupeKey };
  putNewEvent(tables, { ...row, seq: null, stepKey: null, createdAt: now, acceptedAt: null });
}

/** Puts an event unless there is one with its id, or of its run with its dedupe key. */
export function putNewEvent(tables: MemoryTables, event: MemoryEvent): void {
  if (!isDuplicate(tables, event)) tables.putEvent(event);
}

/** `Store.acceptEvents`. */
export function acceptEvents(tables: MemoryTables, now: number): string[] {
  const oldest = [...tables.unaccepted]
    .flatMap((id) => tables.events.get(id) ?? [])
    .toSorted(byAcceptance)
    .slice(0, ACCEPT_LIMIT);
  const byRun = new Map<string, MemoryEvent[]>();
  for (const event of oldest) byRun.set(event.runId, [...(byRun.get(event.runId) ?? []), event]);
  return [...byRun].flatMap(([runId, events]) => {
    const run = tables.runs.get(runId);
    if (run !== undefined && !isEnded(run.status)) {
      acceptFor(tables, now, run, events);
      return [runId];
    }
    for (const event of events) tables.deleteEvent(event.id);
    return [];
  });
}

function acceptFor(
  tables: MemoryTables,
  now: number,
  run: RunRow,
  events: readonly MemoryEvent[],
): void {
  for (const [place, event] of events.entries()) {
    tables.putEvent({ ...event, seq: run.wakes + place + 1, acceptedAt: now });
  }
  tables.putRun({
    ...run,
    ...(isWakeable(run) && { queue: 0 - run.priority, dueAt: now }),
    wakes: run.wakes + events.length,
    revision: run.revision + 1,
    updatedAt: now,
  });
}

/** Parked, on no hold, and not ready already (a ready run keeps its place in the queue). */
function isWakeable(run: RunRow): boolean {
  const isParked = run.status === "waiting" || run.status === "compensating";
  const isHeld = run.paused || run.blockedKind !== null;
  return isParked && !isHeld && run.workerId === null && run.queue === null;
}

/** The id too: a send that is repeated since its answer was lost is the same event. */
function isDuplicate(tables: MemoryTables, event: NewEvent): boolean {
  return tables.events.has(event.id) || tables.hasDedupeKey(event);
}
