import type { LogRow, RunRow, StepRow, StreamPartRow, WorkerRow } from "../../core/rows.js";
import { definitionKey } from "../definition-key.js";
import type { TakenEventRow } from "../store.js";
import { frozenCopy } from "./frozen-copy.js";
import { Grouping } from "./grouping.js";

/** An event with the run that it was sent to, which need not exist. */
export interface MemoryEvent extends TakenEventRow {
  readonly runId: string;
}

export interface MemoryWorker extends WorkerRow {
  readonly stoppedAt: number | null;
}

/**
 * The rows of a memory store, and its indexes. Rows are frozen and replaced as a whole; every write
 * goes through a method, so that indexes follow and `atomically` can take it back.
 */
export class MemoryTables {
  readonly runs = new Map<string, RunRow>();
  readonly events = new Map<string, MemoryEvent>();
  readonly workers = new Map<string, MemoryWorker>();
  /** Ids of runs that have a `dueAt`, by definition: what no worker has costs a sweep nothing. */
  readonly due = new Grouping();
  /** Ids of runs that have an `expiresAt`. */
  readonly expiring = new Set<string>();
  /** Ids of leased runs, by worker. */
  readonly leased = new Grouping();
  /** Ids of runs, by parent. */
  readonly children = new Grouping();
  /** Ids of events, by run. */
  readonly inboxes = new Grouping();
  /** Ids of events that are not accepted yet. */
  readonly unaccepted = new Set<string>();
  /** Raised by each write to a run or an inbox, but by no heartbeat. */
  version = 0;
  readonly #idByKey = new Map<string, string>();
  readonly #dedupeKeys = new Set<string>();
  readonly #steps = new Map<string, Map<string, StepRow>>();
  readonly #logs = new Map<string, LogRow[]>();
  readonly #parts = new Map<string, StreamPartRow[]>();
  /** What takes back the writes of the transaction under way, in the order of the writes. */
  #undo: (() => void)[] | null = null;

  /** Runs `work` and, if it throws, takes back all that it wrote. */
  atomically<T>(work: () => T): T {
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return work();
    } catch (error) {
      this.#undo = null;
      for (const takeBack of undo.toReversed()) takeBack();
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  runIdOfKey(run: Pick<RunRow, "workflow" | "owner" | "idempotencyKey">): string | undefined {
    return run.idempotencyKey === null ? undefined : this.#idByKey.get(uniqueKey(run));
  }

  putRun(row: RunRow): void {
    const before = this.runs.get(row.id);
    this.#undo?.push(() => (before === undefined ? this.#dropRun(row.id) : this.putRun(before)));
    this.version += 1;
    if (before !== undefined) this.#unlist(before);
    this.runs.set(row.id, frozenCopy(row));
    if (row.idempotencyKey !== null) this.#idByKey.set(uniqueKey(row), row.id);
    if (row.parentId !== null) this.children.add(row.parentId, row.id);
    if (row.workerId !== null) this.leased.add(row.workerId, row.id);
    if (row.dueAt !== null) this.due.add(definitionKey(row), row.id);
    setMember(this.expiring, row.id, row.expiresAt !== null);
  }

  /** Deletes a run with all that belongs to it; not to be used within `atomically`. */
  deleteRun(id: string): void {
    for (const event of this.eventsOf(id)) this.deleteEvent(event.id);
    this.#steps.delete(id);
    this.#logs.delete(id);
    this.#parts.delete(id);
    this.#dropRun(id);
  }

  /** In the order of `position`. */
  stepsOf(runId: string): StepRow[] {
    const steps = this.#steps.get(runId)?.values() ?? [];
    return [...steps].toSorted((a, b) => a.position - b.position);
  }

  step(runId: string, key: string): StepRow | undefined {
    return this.#steps.get(runId)?.get(key);
  }

  stepCount(runId: string): number {
    return this.#steps.get(runId)?.size ?? 0;
  }

  putStep(runId: string, step: StepRow): void {
    const steps = this.#steps.get(runId) ?? new Map<string, StepRow>();
    const before = steps.get(step.key);
    this.#undo?.push(() =>
      before === undefined ? steps.delete(step.key) : steps.set(step.key, before),
    );
    this.#steps.set(runId, steps.set(step.key, frozenCopy(step)));
  }

  deleteStep(runId: string, key: string): void {
    const before = this.step(runId, key);
    if (before === undefined) return;
    this.#undo?.push(() => this.putStep(runId, before));
    this.#steps.get(runId)?.delete(key);
  }

  eventsOf(runId: string): MemoryEvent[] {
    return [...this.inboxes.of(runId)].flatMap((id) => this.events.get(id) ?? []);
  }

  hasDedupeKey(event: Pick<MemoryEvent, "runId" | "dedupeKey">): boolean {
    return event.dedupeKey !== null && this.#dedupeKeys.has(dedupeKey(event));
  }

  putEvent(event: MemoryEvent): void {
    const before = this.events.get(event.id);
    this.#undo?.push(() =>
      before === undefined ? this.deleteEvent(event.id) : this.putEvent(before),
    );
    this.version += 1;
    this.events.set(event.id, frozenCopy(event));
    this.inboxes.add(event.runId, event.id);
    if (event.dedupeKey !== null) this.#dedupeKeys.add(dedupeKey(event));
    setMember(this.unaccepted, event.id, event.acceptedAt === null);
  }

  deleteEvent(id: string): void {
    const before = this.events.get(id);
    if (before === undefined) return;
    this.#undo?.push(() => this.putEvent(before));
    this.events.delete(id);
    this.inboxes.remove(before.runId, id);
    this.#dedupeKeys.delete(dedupeKey(before));
    this.unaccepted.delete(id);
  }

  /** In the order of ids. */
  logsOf(runId: string): readonly LogRow[] {
    return this.#logs.get(runId) ?? [];
  }

  addLog(runId: string, log: LogRow): void {
    this.#append(this.#logs, runId, log);
  }

  /** In the order of ids. */
  partsOf(runId: string): readonly StreamPartRow[] {
    return this.#parts.get(runId) ?? [];
  }

  addPart(runId: string, part: StreamPartRow): void {
    this.#append(this.#parts, runId, part);
  }

  #append<TRow>(table: Map<string, TRow[]>, runId: string, row: TRow): void {
    const rows = table.get(runId) ?? [];
    this.#undo?.push(() => rows.pop());
    rows.push(frozenCopy(row));
    table.set(runId, rows);
  }

  #dropRun(id: string): void {
    const row = this.runs.get(id);
    if (row === undefined) return;
    if (row.idempotencyKey !== null) this.#idByKey.delete(uniqueKey(row));
    if (row.parentId !== null) this.children.remove(row.parentId, id);
    this.#unlist(row);
    this.expiring.delete(id);
    this.runs.delete(id);
  }

  #unlist(row: RunRow): void {
    if (row.workerId !== null) this.leased.remove(row.workerId, row.id);
    if (row.dueAt !== null) this.due.remove(definitionKey(row), row.id);
  }
}

function uniqueKey(run: Pick<RunRow, "workflow" | "owner" | "idempotencyKey">): string {
  return JSON.stringify([run.workflow, run.owner, run.idempotencyKey]);
}

function dedupeKey(event: Pick<MemoryEvent, "runId" | "dedupeKey">): string {
  return JSON.stringify([event.runId, event.dedupeKey]);
}

function setMember(set: Set<string>, id: string, isMember: boolean): void {
  if (isMember) set.add(id);
  else set.delete(id);
}
