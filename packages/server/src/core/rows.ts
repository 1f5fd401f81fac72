import type { LogLevel } from "./logger.js";
import type { RunPhase, StoredStepStatus, UndoStatus } from "./status.js";

/** Kinds of journal rows. */
export const STEP_KINDS = [
  "step",
  "transaction",
  "sleep",
  "event",
  "child",
  "spawn",
  "send",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** Why a run ends, or will end, without completing. */
export const END_CAUSES = ["error", "timeout", "cancel"] as const;
export type EndCause = (typeof END_CAUSES)[number];

/** What a parked run waits for. */
export const WAITING_KINDS = ["sleep", "event", "child", "retry"] as const;
export type WaitingKind = (typeof WAITING_KINDS)[number];

/** Why nobody runs a run. */
export const BLOCKED_KINDS = ["noWorker", "codeMismatch"] as const;
export type BlockedKind = (typeof BLOCKED_KINDS)[number];

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

/** Name of the inbox row that tells a parent that its child ended. No user's event can have it. */
export const CHILD_EVENT = "#child";

/**
 * A row of `workflow_run`, as the store hands it out: times are milliseconds of the database's clock,
 * payloads are encoded text, JSON columns are parsed. Field by field what `prisma/workflow.prisma` says.
 */
export interface RunRow {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunPhase;
  readonly paused: boolean;
  readonly blockedKind: BlockedKind | null;
  readonly blockedMessage: string | null;
  readonly revision: number;
  readonly wakes: number;
  readonly outcomes: number;
  readonly calls: number;
  readonly attempt: number;
  readonly iteration: number;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | null;
  readonly inputHash: string;
  readonly priority: number;
  readonly traceId: string | null;
  readonly parentId: string | null;
  readonly parentKey: string | null;
  readonly detached: boolean;
  readonly seed: string;
  readonly format: number;
  readonly input: string;
  readonly output: string | null;
  readonly progress: string | null;
  readonly error: string | null;
  readonly cause: EndCause | null;
  readonly failedSteps: readonly string[];
  readonly skipUndo: boolean;
  readonly patches: Readonly<Record<string, boolean>>;
  readonly generations: Readonly<Record<string, number>>;
  readonly waitingKind: WaitingKind | null;
  readonly waitingName: string | null;
  readonly waitingUntil: number | null;
  readonly queue: number | null;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly workerId: string | null;
  readonly leaseToken: string | null;
  readonly leaseMs: number;
  readonly commits: number;
  readonly progressed: boolean;
  readonly recoveries: number;
  readonly createdAt: number;
  readonly startAt: number;
  readonly startedAt: number | null;
  readonly iterationAt: number | null;
  readonly updatedAt: number;
  readonly deadlineAt: number | null;
  readonly endedAt: number | null;
}

/** One failed attempt of a step, as kept in `attempts`; `error` is encoded. */
export interface AttemptRow {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: string | null;
}

/** A row of `workflow_step`, without `run_id` and `revision`, which are the store's to set. */
export interface StepRow {
  readonly key: string;
  readonly name: string;
  readonly kind: StepKind;
  readonly status: StoredStepStatus;
  readonly position: number;
  readonly askedAfter: number;
  readonly seq: number | null;
  readonly attempt: number;
  readonly attempts: readonly AttemptRow[];
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly until: number | null;
  readonly event: string | null;
  readonly childId: string | null;
  readonly undoable: boolean;
  readonly timedOut: boolean;
  readonly format: number;
  readonly output: string | null;
  readonly error: string | null;
  readonly undoStatus: UndoStatus | null;
  readonly undoAttempt: number;
  readonly undoStartedAt: number | null;
  readonly undoEndedAt: number | null;
  readonly undoUntil: number | null;
  readonly undoError: string | null;
}

/** A pending row of `workflow_event`. */
export interface EventRow {
  readonly id: string;
  readonly name: string;
  readonly format: number;
  readonly payload: string;
  /** Order of acceptance; `null` while the run was not told yet (such come after all others). */
  readonly seq: number | null;
  readonly dedupeKey: string | null;
  readonly createdAt: number;
  readonly acceptedAt: number | null;
}

/** A row of `workflow_log`. */
export interface LogRow {
  readonly id: number;
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly format: number;
  readonly data: string | null;
  readonly step: string | null;
  readonly attempt: number | null;
}

/** A row of `workflow_stream_part`. */
export interface StreamPartRow {
  readonly id: number;
  readonly stream: string;
  readonly step: string | null;
  readonly attempt: number | null;
  readonly reset: boolean;
  readonly format: number;
  readonly value: string | null;
}

/** A row of `workflow_worker`. */
export interface WorkerRow {
  readonly id: string;
  readonly startedAt: number;
  readonly heartbeatAt: number;
  readonly workflows: readonly string[];
  readonly running: number;
}
