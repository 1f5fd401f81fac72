import type { Duration } from "../core/duration.js";
import type { Logger } from "../core/logger.js";
import type { PrismaLike } from "../core/prisma-like.js";
import type { MaybePromise } from "../core/utility-types.js";
import type { AnyWorkflow } from "../core/workflow-types.js";

/** A superjson instance, by structure. */
export interface SerializerLike {
  // Methods, so that superjson's narrower parameters are accepted.
  serialize(value: unknown): { json: unknown; meta?: unknown };
  deserialize(payload: { json: unknown; meta?: unknown }): unknown;
}

/** What an engine leaves to taste; all have defaults. */
export interface EngineTuning {
  /** Within this, and two seconds, another worker takes over the runs of one that died. @default "15s" */
  readonly lease?: Duration | undefined;
  /** How long a step in flight has to end once its `signal` is aborted. @default "30s" */
  readonly settle?: Duration | undefined;
  /** Takeovers in a row with nothing recorded before a run fails with RecoveryLimitError. @default 20 */
  readonly maxRecoveries?: number | undefined;
  /** The largest encoded value, in bytes. @default 1 MiB */
  readonly maxPayloadBytes?: number | undefined;
  /** The most outcomes of one iteration. @default 10_000 */
  readonly maxHistory?: number | undefined;
  /** A superjson instance with the app's own registered classes. */
  readonly serializer?: SerializerLike | undefined;
  /** Where the engine reports on itself. @default silent but for warnings and errors */
  readonly logger?: Logger | undefined;
}

/** Options of `createWorkflowEngine` but for `context`. */
export interface EngineOptions<TWorkflows extends readonly AnyWorkflow[]> extends EngineTuning {
  /** The app's own client, generated from a schema that holds the models of `prisma/workflow.prisma`. */
  readonly prisma: PrismaLike;
  /** Every version that this process can execute; of one name the last not deprecated is started by name. */
  readonly workflows: TWorkflows;
  /** A connection string for PostgreSQL wake-up hints through the app's own `pg`. @default polling */
  readonly listen?: string | undefined;
}

/** The option `context`: required exactly where a listed handler has a typed `ctx`. Called once. */
export type ContextOption<TContext> = unknown extends TContext
  ? { readonly context?: (() => unknown) | undefined }
  : { readonly context: () => MaybePromise<TContext> };
