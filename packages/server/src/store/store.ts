import type { PrismaRaw } from "../core/prisma-like.js";
import type { EndedPhase, PublicRunStatus, RunPhase, UndoStatus } from "../core/status.js";
import type {
  EndCause,
  EventRow,
  LogRow,
  RunRow,
  StepRow,
  StreamPartRow,
  WaitingKind,
  WorkerRow,
} from "../core/rows.js";

/**
 * Everything that the engine asks of a database, in verbs. Each verb is one statement, or one
 * transaction of a few constant ones; each write to a run carries its guard. Times are milliseconds
 * of the database's clock. A store never interprets a payload.
 */
export interface Store {
  readonly dialect: "postgresql" | "sqlite" | "memory";

  /**
   * The database's clock, not that of the beginning of `tx`. Throws TablesMissingError where the tables
   * are not there.
   */
  now(tx?: PrismaRaw): Promise<number>;

  // --- starting and telling runs

  /**
   * Inserts runs in one statement; each exists after this, or its answer says what stands in the way.
   * With `tx` it takes part in the caller's transaction. Answers are in the order of `runs`.
   */
  insertRuns(runs: readonly NewRun[], tx?: PrismaRaw): Promise<readonly InsertedRun[]>;

  /**
   * Accepts an event for a run, with its place in the order of acceptance, and wakes the run, in one
   * statement. A duplicate `dedupeKey` is dropped. With `tx` the row alone is inserted and no lock on
   * the run is kept: `acceptEvents` tells the run after the commit.
   */
  sendEvent(event: NewEvent, tx?: PrismaRaw): Promise<SendOutcome>;

  /**
   * Accepts what was inserted without telling the run (events sent with `tx`, ends of children), a
   * few hundred at a time, skipping rows and runs that somebody else has locked. Events of ended or
   * unknown runs are deleted. Resolves to the ids of the runs that were woken.
   */
  acceptEvents(): Promise<readonly string[]>;

  // --- executing

  /**
   * The worker's one statement a second: renews all its leases, claims up to `slots` runs that are due
   * or whose lease lapsed, with their history and inbox, and reports on the runs it holds.
   */
  sweep(request: SweepRequest): Promise<SweepResult>;

  /**
   * Claims one parked run again for the execution that parked it, if nothing else happened to it since
   * (the token is still `parkedToken`); resolves to whether it did.
   */
  reclaim(runId: string, parkedToken: string, claim: Claim): Promise<boolean>;

  /**
   * Writes what many executions learned, each all or nothing behind its own fence, in one statement.
   * A run that is locked by somebody else is skipped, not waited for. A record that was applied before
   * (its answer was lost) is recognised by `commit` and answered as applied. Answers are in the order
   * of `records`, of which no two are of one run.
   */
  record(records: readonly RunRecord[]): Promise<readonly RecordAnswer[]>;

  /**
   * `record` for one run as the last statement of the caller's open transaction; waits for the run's
   * lock. Where `applied` is false the caller must roll back.
   */
  recordWithin(tx: PrismaRaw, record: RunRecord): Promise<RecordAnswer>;

  /**
   * `record` for one run whose transition (`undo`, `end`, `continue`) cancels its running children, in
   * one transaction: waits for the run's lock, and where the record is applied locks each child that has
   * not ended and is not detached, in the order of ids, shows it to `changeChildren`, and writes what
   * that returns, its own children likewise. A record that was applied before changes no child.
   */
  recordAndChangeChildren(
    record: RunRecord,
    changeChildren: (state: RunState) => RunChange<void>,
  ): Promise<RecordAnswer>;

  /** Re-reads the inbox of a run and the wake counter that it is complete up to; `null` if unknown. */
  loadInbox(runId: string): Promise<Inbox | null>;

  // --- steering

  /**
   * Locks a run, shows it with its journal to `decide`, and writes what that returns, in one
   * transaction; `decide` may be called again after a conflict, and what it throws rolls back.
   * Resolves to `undefined` when there is no such run. Children are locked after their parents, never
   * before.
   */
  change<T>(runId: string, decide: (state: RunState) => RunChange<T>): Promise<T | undefined>;

  /** Puts blocked runs of these definitions (`name@version`) back to work. */
  unblock(definitions: readonly string[]): Promise<void>;

  /**
   * Blocks (`noWorker`) runs that have been ready for `afterMs` and whose `name@version` no worker seen
   * within `afterMs` lists, if any worker is live (seen within `liveMs`, not stopped). Forgets workers
   * gone for an hour that hold no run. Resolves to the runs that it blocked.
   */
  blockStranded(afterMs: number, liveMs: number): Promise<readonly string[]>;

  /** Marks a worker as stopped. */
  retireWorker(workerId: string): Promise<void>;

  /** Deletes up to `limit` ended runs with all that belongs to them; children of live parents stay. */
  prune(endedBefore: number, phases: readonly EndedPhase[], limit: number): Promise<number>;

  // --- reading

  /** A run with its journal in one read; `null` if unknown. With `tx` as that transaction sees it. */
  readRun(runId: string, window: StepWindow, tx?: PrismaRaw): Promise<RunSnapshotRows | null>;

  /** Revisions of those of `runIds` that exist. */
  revisions(runIds: readonly string[]): Promise<ReadonlyMap<string, number>>;

  listRuns(query: ListQuery): Promise<readonly RunSummaryRow[]>;

  readLogs(runId: string, query: LogQuery): Promise<readonly LogRow[]>;

  readStream(runId: string, query: StreamQuery): Promise<readonly StreamPartRow[]>;

  /** All events of a run in the order of acceptance, taken ones too. */
  readEvents(runId: string): Promise<readonly TakenEventRow[]>;

  /** Runs by workflow and public status; of one owner, or of all (`null`). */
  counts(
    owner: string | null,
  ): Promise<readonly { workflow: string; status: PublicRunStatus; count: number }[]>;

  /** Workers that are not stopped and were seen since then. */
  workers(since: number): Promise<readonly WorkerRow[]>;

  /** Since when, or from when on, the run has been due that is due first; `null` if none is by time. */
  oldestDueAt(): Promise<number | null>;
}

export interface Claim {
  readonly workerId: string;
  /** Fresh and random for each claim. */
  readonly leaseToken: string;
  readonly leaseMs: number;
}

/** A run to insert; with `claim` this process takes it at once. `queue`, `due_at` and the rest follow. */
export interface NewRun extends Pick<
  RunRow,
  | "id"
  | "workflow"
  | "version"
  | "owner"
  | "tags"
  | "idempotencyKey"
  | "inputHash"
  | "priority"
  | "traceId"
  | "parentId"
  | "parentKey"
  | "detached"
  | "seed"
  | "format"
  | "input"
  | "createdAt"
  | "startAt"
  | "deadlineAt"
> {
  readonly claim: Claim | null;
}

export type InsertedRun =
  | { readonly kind: "created" }
  /** The run that has the idempotency key. */
  | { readonly kind: "existing"; readonly id: string; readonly inputHash: string }
  /** The id is in use. */
  | { readonly kind: "taken" };

export interface NewEvent extends Pick<
  EventRow,
  "id" | "name" | "format" | "payload" | "dedupeKey"
> {
  readonly runId: string;
}
export type SendOutcome =
  | { readonly kind: "accepted" | "duplicate" | "unknown" }
  | { readonly kind: "ended"; readonly status: EndedPhase };

export interface SweepRequest {
  readonly workerId: string;
  /** When this worker began. */
  readonly startedAt: number;
  /** Fresh and random: the lease token of all that this statement claims. */
  readonly token: string;
  readonly leaseMs: number;
  readonly maxLeaseMs: number;
  /** `name@version` of all definitions that the worker has. */
  readonly definitions: readonly string[];
  readonly running: number;
  readonly slots: number;
}
export interface SweepResult {
  readonly now: number;
  readonly claimed: readonly ClaimedRun[];
  /** The runs whose lease this worker holds; newly claimed ones may be missing. */
  readonly held: readonly HeldRun[];
  /** Runs whose deadline passed and that no claim will end: leased, paused, blocked or of unknown code. */
  readonly expired: readonly string[];
  /** Whether `acceptEvents` has something to do. */
  readonly unaccepted: boolean;
  /** When the next timer or delayed start falls due; `null` while none will. */
  readonly nextDueAt: number | null;
}
export interface Inbox {
  /** The wake counter that the list is complete up to. */
  readonly wakes: number;
  /** Pending events, oldest first; accepted ones before those that are not yet. */
  readonly events: readonly EventRow[];
}
export interface ClaimedRun {
  /** As it is after the claim; `wakes` is that of the inbox. */
  readonly run: RunRow;
  /** All rows of the journal, in the order of `position`. */
  readonly steps: readonly StepRow[];
  readonly inbox: readonly EventRow[];
}
export interface HeldRun {
  readonly id: string;
  readonly leaseToken: string;
  readonly status: RunPhase;
  readonly paused: boolean;
  readonly wakes: number;
}

/** What one execution commits at once. */
export interface RunRecord {
  readonly runId: string;
  readonly token: string;
  /** The phase that the run must be in, or nothing is written. */
  readonly phase: "running" | "compensating";
  /** Counts the records of this lease from 1; a gap or a repetition writes nothing. */
  readonly commit: number;
  /** Rows to insert or to replace; a row with an outcome is never replaced. */
  readonly steps: readonly StepRow[];
  /** Undo columns to set on rows that exist. */
  readonly undos: readonly UndoUpdate[];
  /** Events taken by waits. */
  readonly takes: readonly { readonly eventId: string; readonly stepKey: string }[];
  readonly children: readonly NewRun[];
  readonly logs: readonly NewLog[];
  readonly parts: readonly NewStreamPart[];
  readonly outcomes: number;
  readonly calls: number;
  /** `null` leaves it as it is. */
  readonly progress: string | null;
  /** All answers of `patched`; `null` leaves them as they are. */
  readonly patches: Readonly<Record<string, boolean>> | null;
  /** Whether this counts as progress against `maxRecoveries`; what is only shown does not. */
  readonly progressed: boolean;
  /** What becomes of the run; `null` when it goes on under this lease. */
  readonly transition: RunTransition | null;
}

export type RunTransition =
  /** Gives the lease up until `dueAt` or a wake; does not happen when `wakes` changed (`released: false`). */
  | {
      readonly kind: "park";
      readonly wakes: number;
      readonly dueAt: number | null;
      readonly waiting: Waiting | null;
    }
  /** Gives the lease up; the run is ready at once (a drained stop, a pause). */
  | { readonly kind: "yield" }
  | { readonly kind: "block"; readonly message: string }
  /** Records an end with undo to do: goes on as `compensating` under this lease. Running children are cancelled. */
  | {
      readonly kind: "undo";
      readonly cause: EndCause;
      readonly error: string | null;
      readonly failedSteps: readonly string[];
    }
  /** Ends the run. Running children are cancelled; `notice` goes to the inbox of the parent. */
  | {
      readonly kind: "end";
      readonly status: EndedPhase;
      readonly cause: EndCause | null;
      readonly output: string | null;
      readonly error: string | null;
      readonly failedSteps: readonly string[];
      readonly notice: ParentNotice | null;
    }
  /** `continueAsNew`: empties the journal and deletes taken events; ready at once. Running children are cancelled. */
  | {
      readonly kind: "continue";
      readonly version: string;
      readonly input: string;
      readonly deadlineAt: number | null;
    };

export interface Waiting {
  readonly kind: WaitingKind;
  readonly name: string;
  readonly until: number | null;
}

/** The end of an invoked run, for its parent: an inbox row named CHILD_EVENT. */
export interface ParentNotice {
  readonly eventId: string;
  readonly parentId: string;
  /** The child's id and attempt. */
  readonly dedupeKey: string;
  readonly payload: string;
}

export interface UndoUpdate {
  readonly key: string;
  readonly undoStatus: UndoStatus;
  readonly undoAttempt: number;
  readonly undoStartedAt: number | null;
  readonly undoEndedAt: number | null;
  readonly undoUntil: number | null;
  readonly undoError: string | null;
}
export type NewLog = Omit<LogRow, "id">;
export interface NewStreamPart extends Omit<StreamPartRow, "id" | "reset"> {
  /** The first of an attempt: a reset mark goes before it where the step has parts in the stream already. */
  readonly first: boolean;
}

/** `applied: false` says why nothing was written. */
export type RecordAnswer =
  | {
      readonly applied: true;
      /** Whether the lease was given up. */
      readonly released: boolean;
      readonly revision: number;
      readonly wakes: number;
      readonly paused: boolean;
    }
  /** The row is locked by somebody else: try again. */
  | { readonly applied: false; readonly reason: "locked" }
  /** Another claim was made, or the run is gone. */
  | { readonly applied: false; readonly reason: "lost" }
  /** The lease holds, but an end was recorded by somebody else. */
  | { readonly applied: false; readonly reason: "phase"; readonly status: RunPhase };

/** A run under lock. */
export interface RunState {
  readonly now: number;
  readonly run: RunRow;
  /** In the order of `position`. */
  readonly steps: readonly StepRow[];
  /** Pending events, ends of children among them. */
  readonly inbox: readonly EventRow[];
}
export interface RunChange<T> {
  readonly result: T;
  /** `null` writes nothing. */
  readonly write: RunWrite | null;
}
export interface RunWrite {
  /** Columns to set; the store raises `revision` and `wakes` and sets `updatedAt`. */
  readonly run: Partial<ChangeableRun>;
  readonly deleteSteps: readonly string[];
  readonly putSteps: readonly StepRow[];
  /** Keys of steps whose events are pending again (users' events: names that begin with `#` stay taken). */
  readonly releaseEvents: readonly string[];
  readonly deleteEvents: readonly string[];
  /** Commands of operators for the execution, accepted at once (names begin with `#`). */
  readonly putEvents: readonly Omit<NewEvent, "runId">[];
  readonly logs: readonly NewLog[];
  /** For each running child that is not detached: what to do with it, under its own lock, after this run's. */
  readonly changeChildren: ((state: RunState) => RunChange<void>) | null;
  readonly notice: ParentNotice | null;
}
/** What an operator may change of a run. */
export type ChangeableRun = Omit<
  RunRow,
  | "id"
  | "workflow"
  | "owner"
  | "revision"
  | "wakes"
  | "updatedAt"
  | "createdAt"
  | "parentId"
  | "parentKey"
  | "detached"
  | "seed"
  | "idempotencyKey"
  | "tags"
  | "inputHash"
  | "priority"
  | "traceId"
  | "format"
>;

/** Which steps of a run to read. */
export type StepWindow =
  /** Outputs longer than `maxOutputBytes` are left out and marked. */
  | { readonly kind: "newest"; readonly limit: number; readonly maxOutputBytes: number }
  /** Those with a `position` above `after`. */
  | { readonly kind: "page"; readonly after: number; readonly limit: number }
  | { readonly kind: "all" };
export interface SnapshotStepRow extends StepRow {
  readonly outputOmitted: boolean;
}
export interface RunSnapshotRows {
  readonly run: RunRow;
  readonly steps: readonly SnapshotStepRow[];
  readonly stepCount: number;
}
/** A run without its payloads. */
export type RunSummaryRow = Omit<RunRow, "input" | "output" | "progress" | "seed"> & {
  readonly stepCount: number;
};

export interface ListQuery {
  readonly workflow: string | null;
  /** Empty is all. */
  readonly statuses: readonly PublicRunStatus[];
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly createdAfter: number | null;
  readonly createdBefore: number | null;
  /** Lower case. */
  readonly search: string | null;
  readonly limit: number;
  readonly after: { readonly createdAt: number; readonly id: string } | null;
}
export interface LogQuery {
  readonly step: string | null;
  readonly after: number;
  readonly limit: number;
}
export interface StreamQuery {
  readonly stream: string;
  readonly after: number;
  readonly limit: number;
}
export interface TakenEventRow extends EventRow {
  readonly stepKey: string | null;
}
