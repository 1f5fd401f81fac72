import type { Logger } from "../../core/logger.js";
import type { WorkflowRunSummary } from "../../core/run-summary-types.js";
import type { WorkflowRun } from "../../core/run-types.js";
import type { Codec } from "../../core/values/codec.js";
import type { Store } from "../../store/store.js";
import type { EngineClock } from "../clock.js";
import type {
  EngineStats,
  ExportedRun,
  GetOptions,
  ListFilter,
  LogEntry,
  LogFilter,
  Page,
  ResultOptions,
  StatsFilter,
  StreamOptions,
  StreamPart,
  WatchOptions,
} from "../operation-types.js";
import { awaitResult } from "./await-result.js";
import { type ChangeFeed, createChangeFeed } from "./change-feed.js";
import { exportRun } from "./export-run.js";
import { getRun } from "./get-run.js";
import { listRuns } from "./list-runs.js";
import { readLogs } from "./read-logs.js";
import { readStats } from "./read-stats.js";
import { readStream } from "./read-stream.js";
import { createSnapshots } from "./snapshots.js";
import { watchRun } from "./watch-run.js";

/** All that an engine reads for its users; each member does what the engine's does. */
export interface Reader {
  /** To be told of the commits of this process. */
  readonly feed: ChangeFeed;
  readonly get: (runId: string, options?: GetOptions) => Promise<WorkflowRun>;
  readonly result: (runId: string, options?: ResultOptions) => Promise<unknown>;
  readonly list: (filter?: ListFilter) => Promise<Page<WorkflowRunSummary>>;
  readonly watch: (runId: string, options?: WatchOptions) => AsyncIterable<WorkflowRun>;
  readonly stream: (
    runId: string,
    stream: string,
    options?: StreamOptions,
  ) => AsyncIterable<StreamPart<string, unknown>>;
  readonly logs: (runId: string, filter?: LogFilter) => Promise<Page<LogEntry>>;
  readonly export: (runId: string) => Promise<ExportedRun>;
  readonly stats: (filter?: StatsFilter) => Promise<EngineStats>;
  /** Ends what is being watched, streamed and awaited; reading goes on. */
  readonly close: () => void;
}

export interface ReaderOptions {
  readonly store: Store;
  readonly codec: Codec;
  readonly clock: EngineClock;
  readonly logger: Logger;
  /** Whether this process executes the run. */
  readonly isExecuting: (runId: string) => boolean;
}

/** Makes the reading half of an engine, with one change feed and shared snapshots. */
export function createReader(options: ReaderOptions): Reader {
  const feed = createChangeFeed(options);
  const deps = { ...options, feed };
  const snapshots = createSnapshots(deps);
  return {
    feed,
    get: (runId, getOptions) => getRun(deps, runId, getOptions),
    result: (runId, resultOptions) => awaitResult(deps, runId, resultOptions),
    list: (filter) => listRuns(deps, filter),
    watch: (runId, watchOptions) => watchRun(snapshots, runId, watchOptions),
    stream: (runId, stream, streamOptions) => readStream(deps, runId, stream, streamOptions),
    logs: (runId, filter) => readLogs(deps, runId, filter),
    export: (runId) => exportRun(deps, runId),
    stats: (filter) => readStats(deps, filter),
    close: feed.close,
  };
}
