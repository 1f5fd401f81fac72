import type { WorkflowDefinition } from "../core/definition.js";
import type { Logger } from "../core/logger.js";
import type { PrismaLike } from "../core/prisma-like.js";
import type { RunRow } from "../core/rows.js";
import type { Codec } from "../core/values/codec.js";
import type { RecordAnswer, RunRecord, Store } from "../store/store.js";
import type { EngineClock } from "./clock.js";
import type { OnCommit } from "./ledger.js";
import type { OnAsk } from "./replay.js";

/** What may be tuned of executions, in milliseconds. */
export interface ExecutionSettings {
  readonly settleMs: number;
  readonly maxRecoveries: number;
  readonly maxHistory: number;
  /** Up to this long an execution waits in memory rather than parking. */
  readonly lingerMs: number;
}

/** What an execution needs of the engine and of its worker. */
export interface ExecutionHost {
  readonly store: Store;
  readonly codec: Codec;
  readonly clock: EngineClock;
  readonly logger: Logger;
  readonly settings: ExecutionSettings;
  /** `null` in tests without a client. */
  readonly prisma: PrismaLike | null;
  readonly context: () => Promise<unknown>;
  readonly random: () => number;
  /** Draws the secret of a new run. */
  readonly seed: (runId: string) => string;
  /** Told when the function of a step is about to be called; does nothing outside of tests. */
  readonly onStepStart: (runId: string, key: string) => void;
  /** Told when a handler is about to be called, and then what it asks for; does nothing outside of tests. */
  readonly observeAsks: (run: RunRow) => OnAsk | undefined;
  /** The definition that a run began with; `undefined` where this worker has none. */
  readonly definitionOf: (workflow: string, version: string) => WorkflowDefinition | undefined;
  /** The last one listed of that name that is not deprecated. */
  readonly newestOf: (workflow: string) => WorkflowDefinition | undefined;
  /** Through the group commit. */
  readonly record: (record: RunRecord) => Promise<RecordAnswer>;
  /** Parses an event by the run's definition, or by the one given, and sends it. */
  readonly sendEvent: (event: OutgoingEvent) => Promise<void>;
  /** Resolves when the lease is known to be renewed within its time; rejects never. */
  readonly confirmLease: () => Promise<void> | null;
  /** After each commit of a run. */
  readonly onCommit: OnCommit;
}

export interface OutgoingEvent {
  readonly runId: string;
  readonly event: string;
  readonly payload: unknown;
  readonly definition: WorkflowDefinition | null;
  readonly dedupeKey: string;
}
