import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Duration } from "./duration.js";
import type { Logger } from "./logger.js";
import type { RetryOptions } from "./retry.js";
import type { RunInfo } from "./run-info-types.js";
import type { ParsedResult } from "./schema-types.js";
import type { MaybePromise } from "./utility-types.js";

/** What a step's function receives. Only `log`, `emit` and `progress` of the handler may be used in it. */
export interface StepContext {
  /** Aborted when the attempt is past its `timeout`, the run is cancelled or ends, or the lease is lost. */
  readonly signal: AbortSignal;
  /** Counts the attempts of this step from 1, over restarts too. */
  readonly attempt: number;
  /** The same for all attempts of this step of this run; opaque ASCII of at most 100 characters. */
  readonly idempotencyKey: string;
  /** Stored at once, with the step's key and the attempt. */
  readonly log: Logger;
}

/** What an undo receives beside the output of what it undoes. */
export interface CompensateContext {
  /** The undo's own, the same for all of its attempts. */
  readonly idempotencyKey: string;
  /** What is undone: its key, its idempotency key, and its error, `null` where it did not fail. */
  readonly step: {
    readonly key: string;
    readonly idempotencyKey: string;
    readonly error: Error | null;
  };
  /** Aborted when the attempt is past its `timeout` or the lease is lost. */
  readonly signal: AbortSignal;
  /** What the run failed with; `null` where it was cancelled. */
  readonly error: Error | null;
  readonly run: RunInfo;
}

/** Undoes a step; the output is `undefined` where the step failed or was cut off half-way. */
export type CompensateFunction<TOutput> = (
  output: TOutput | undefined,
  context: CompensateContext,
) => unknown;

/** An undo with a policy of its own. */
export interface CompensateOptions<TOutput> {
  readonly run: CompensateFunction<TOutput>;
  /** @default the `retry` of the step */
  readonly retry?: RetryOptions | undefined;
  /** @default the `timeout` of the step */
  readonly timeout?: Duration | undefined;
}

/** How a step is undone: a function, or one with its own `retry` and `timeout`. */
export type Compensate<TOutput> = CompensateFunction<TOutput> | CompensateOptions<TOutput>;

/** Options of `step`. */
export interface StepOptions<TOutput, TOptional extends boolean, TSchema> {
  /** @default the workflow's `retry`, else 3 attempts */
  readonly retry?: RetryOptions | undefined;
  /** The longest an attempt may take; past it the `signal` is aborted. @default none */
  readonly timeout?: Duration | undefined;
  /** Makes the step undoable: its start is recorded before its function runs. */
  readonly compensate?: Compensate<TOutput> | undefined;
  /** Parses the result; what is recorded and handed out is the parsed value. */
  readonly output?: TSchema;
  /** Resolve to `undefined` when the attempts are exhausted; the failure stays recorded. @default false */
  readonly optional?: TOptional;
}

/** Isolation levels of an interactive transaction; SQLite knows `"Serializable"` only. */
export type IsolationLevel =
  "ReadUncommitted" | "ReadCommitted" | "RepeatableRead" | "Serializable";

/** Options of `transaction`; `timeout` is the transaction's too, 5 seconds unless set. */
export interface TransactionOptions<
  TOutput,
  TOptional extends boolean,
  TSchema,
> extends StepOptions<TOutput, TOptional, TSchema> {
  /** The longest to wait for a connection. @default "2s" */
  readonly maxWait?: Duration | undefined;
  /** @default the database's */
  readonly isolationLevel?: IsolationLevel | undefined;
}

/**
 * A function whose result an optional schema parses.
 *
 * A conditional at the top, on purpose: TypeScript resolves it before it types the body, so that
 * literals keep their type under a schema.
 */
export type ResultFunction<
  TArgs extends readonly unknown[],
  TSchema,
  TResult,
> = TSchema extends StandardSchemaV1
  ? (...args: TArgs) => MaybePromise<StandardSchemaV1.InferInput<TSchema>>
  : (...args: TArgs) => MaybePromise<TResult>;

/** The `step` of a handler. */
export type RunStep = <
  TResult,
  TOptional extends boolean = false,
  TSchema extends StandardSchemaV1 | undefined = undefined,
>(
  name: string,
  fn: ResultFunction<[context: StepContext], TSchema, TResult>,
  options?: StepOptions<ParsedResult<TSchema, TResult>, TOptional, TSchema>,
) => Promise<ParsedResult<TSchema, TResult> | (true extends TOptional ? undefined : never)>;

/** The `transaction` of a handler, over the user's own Prisma client. */
export type RunTransaction<TTx> = <
  TResult,
  TOptional extends boolean = false,
  TSchema extends StandardSchemaV1 | undefined = undefined,
>(
  name: string,
  fn: ResultFunction<[tx: TTx, context: StepContext], TSchema, TResult>,
  options?: TransactionOptions<ParsedResult<TSchema, TResult>, TOptional, TSchema>,
) => Promise<ParsedResult<TSchema, TResult> | (true extends TOptional ? undefined : never)>;
