import type { Duration } from "../core/duration.js";
import type { LogLevel } from "../core/logger.js";
import type { EndedRunStatus, RunStatus } from "../core/run-summary-types.js";

/** Who does something to a run, and why; both are kept in the run's log. */
export interface OperatorOptions {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** Options of `cancel`. */
export interface CancelOptions extends OperatorOptions {
  /** Whether what the run did is undone. @default true */
  readonly compensate?: boolean | undefined;
}

/** Options of `retry`. */
export interface RetryRunOptions extends OperatorOptions {
  /** The key of the step to forget, with what was first asked for after it. */
  readonly from?: string | undefined;
}

/** Options of `wake`. */
export interface WakeOptions extends OperatorOptions {
  /** The key of the sleep or back-off to end. @default the earliest */
  readonly step?: string | undefined;
}

/** Options of `get`. */
export interface GetOptions {
  /** A page of the steps, by their `order`. @default all of them */
  readonly steps?:
    | {
        /** The `order` of the last step read. @default from the first */
        readonly after?: number | undefined;
        readonly limit?: number | undefined;
      }
    | undefined;
}

/** Options of `result`. */
export interface ResultOptions {
  /** After which `ResultTimeoutError` is thrown; the run goes on. @default none */
  readonly timeout?: Duration | undefined;
  /** Ends the wait, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `watch`. */
export interface WatchOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
  /** The `revision` of the last snapshot seen: an equal state is not given again. */
  readonly after?: number | undefined;
}

/** Options of `stream`. */
export interface StreamOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
  /** The `id` of the last part read. @default from the first part kept */
  readonly after?: string | undefined;
}

/** Which runs `list` finds; what is left out does not restrict. */
export interface ListFilter<TName extends string = string> {
  readonly workflow?: TName | undefined;
  /** One, or any of several. */
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly owner?: string | undefined;
  /** Runs that have all of these. */
  readonly tags?: readonly string[] | undefined;
  /** Created then or later. */
  readonly createdAfter?: Date | undefined;
  /** Created earlier. */
  readonly createdBefore?: Date | undefined;
  /** A prefix of the id, the idempotency key or a tag, whatever its case. */
  readonly search?: string | undefined;
  /** 1 to 200. @default 50 */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | null | undefined;
}

/** A page of a list; `nextCursor` is `null` at the end. */
export interface Page<TItem> {
  items: TItem[];
  nextCursor: string | null;
}

/** Which lines `logs` finds. */
export interface LogFilter {
  /** The key of a step. @default all lines of the run */
  readonly step?: string | undefined;
  /** The `nextCursor` of the page before. */
  readonly after?: string | null | undefined;
  readonly limit?: number | undefined;
}

/** A line of a run's log; `step` and `attempt` are `null` where the handler itself wrote it. */
export interface LogEntry {
  id: string;
  at: Date;
  level: LogLevel;
  message: string;
  data: unknown;
  step: string | null;
  attempt: number | null;
}

/** A value of a stream; `step` and `attempt` are `null` where the handler itself emitted it. */
export interface StreamValuePart<TStream, TValue> {
  id: string;
  stream: TStream;
  step: string | null;
  attempt: number | null;
  value: TValue;
  reset?: undefined;
}

/** A new attempt began: what the step emitted before is void. */
export interface StreamResetPart<TStream> {
  id: string;
  stream: TStream;
  step: string | null;
  attempt: number | null;
  reset: true;
  value?: undefined;
}

/** What `stream` yields. */
export type StreamPart<TStream, TValue> =
  StreamValuePart<TStream, TValue> | StreamResetPart<TStream>;

/** A run of the past as a JSON value, for `replay` and support. */
export interface ExportedRun {
  /** Tells the versions of this format apart. */
  format: string;
  run: unknown;
  steps: unknown[];
  events: unknown[];
  logs: unknown[];
}

/** Options of `startWorker`. */
export interface WorkerOptions {
  /** How many runs this process executes side by side. @default 64 */
  readonly concurrency?: number | undefined;
}

/** Options of `work`. */
export interface WorkOptions extends WorkerOptions {
  /** `"idle"`: until nothing is due; a duration: for that long. */
  readonly until: "idle" | Duration;
}

/** Options of `stop`. */
export interface StopOptions {
  /** How long running steps have to end. @default "10s" */
  readonly drain?: Duration | undefined;
}

/** Which runs `prune` deletes. */
export interface PruneOptions {
  /** Runs that ended longer ago than this, or before this date. */
  readonly olderThan: Duration | Date;
  /** One, or any of several. @default every status of an ended run */
  readonly status?: EndedRunStatus | readonly EndedRunStatus[] | undefined;
}

/** Which runs `stats` counts. */
export interface StatsFilter {
  readonly owner?: string | undefined;
}

/** How many runs are in a status. */
export interface RunCount<TName extends string = string> {
  workflow: TName;
  status: RunStatus;
  count: number;
}

/** A worker that is alive. */
export interface WorkerStats {
  id: string;
  startedAt: Date;
  heartbeatAt: Date;
  /** The workflows that it lists, as `name@version`. */
  workflows: string[];
  /** How many runs it executes. */
  running: number;
}

/** What `stats` resolves to. */
export interface EngineStats<TName extends string = string> {
  counts: RunCount<TName>[];
  /** Since when the run that is due longest is due; `null` where none is. */
  oldestDueAt: Date | null;
  workers: WorkerStats[];
}
