import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Duration } from "./duration.js";
import type { HandlerArgs } from "./handler-types.js";
import type { PrismaLike, TransactionOf } from "./prisma-like.js";
import type { RetryOptions } from "./retry.js";
import type { ParsedResult, SchemaInput, SchemaMap, SchemaOutput } from "./schema-types.js";
import type { ResultFunction } from "./step-types.js";
import type { Workflow } from "./workflow-types.js";

/** The type of `defineWorkflow` for handlers with this context and this transaction. */
export interface DefineWorkflow<TContext, TTransaction> {
  <
    const TName extends string,
    TReturn,
    TInput extends StandardSchemaV1 | undefined = undefined,
    TOutput extends StandardSchemaV1 | undefined = undefined,
    TEvents extends SchemaMap = {},
    TProgress extends StandardSchemaV1 | undefined = undefined,
    TStreams extends SchemaMap | undefined = undefined,
    const TVersion extends string = "1",
    const TDeprecated extends boolean = false,
  >(definition: {
    /** Matches `^[a-z][A-Za-z0-9._-]{0,99}$`. */
    readonly name: TName;
    /** A label of 1 to 100 characters; a run stays with the version it began with. @default "1" */
    readonly version?: TVersion;
    /** New runs started by name take another version. @default false */
    readonly deprecated?: TDeprecated;
    /** Parses the input once, when a run is started. @default the workflow takes none */
    readonly input?: TInput;
    /** Parses the output once. @default the output is what `run` returns */
    readonly output?: TOutput;
    /** Schemas of the events that a run can be sent, by name. @default none */
    readonly events?: TEvents;
    /** Schema of the run's live progress. @default any value */
    readonly progress?: TProgress;
    /** Schemas of the run's live streams, by name. @default any stream, any value */
    readonly streams?: TStreams;
    /** From creation (or `startAt`) to the end, sleeping and waiting included. @default none */
    readonly timeout?: Duration | undefined;
    /** The default of its steps. @default 3 attempts */
    readonly retry?: RetryOptions | undefined;
    /** Names of steps that older code recorded and this code no longer asks for. @default [] */
    readonly removed?: readonly string[] | undefined;
    /** The handler; executed again from the top on every replay, with recorded outcomes. */
    readonly run: ResultFunction<
      [
        args: HandlerArgs<
          SchemaOutput<TInput>,
          SchemaInput<TInput>,
          { [K in keyof TEvents]: SchemaOutput<TEvents[K]> },
          TProgress extends StandardSchemaV1 ? SchemaInput<TProgress> : unknown,
          TStreams extends SchemaMap
            ? { [K in keyof TStreams]: SchemaInput<TStreams[K]> }
            : { [stream: string]: unknown },
          TContext,
          TTransaction
        >,
      ],
      TOutput,
      TReturn
    >;
  }): Workflow<
    {
      name: TName;
      version: TVersion;
      deprecated: TDeprecated;
      startInput: SchemaInput<TInput>;
      input: SchemaOutput<TInput>;
      output: ParsedResult<TOutput, TReturn>;
      events: { [K in keyof TEvents]: SchemaOutput<TEvents[K]> };
      eventInputs: { [K in keyof TEvents]: SchemaInput<TEvents[K]> };
      progress: TProgress extends StandardSchemaV1 ? SchemaOutput<TProgress> : unknown;
      streams: TStreams extends SchemaMap
        ? { [K in keyof TStreams]: SchemaOutput<TStreams[K]> }
        : { [stream: string]: unknown };
    },
    TContext
  >;
}

/** The type of `initWorkflow`: collects types only, nothing happens at run time. */
export interface WorkflowBuilder<TContext, TTransaction> {
  /** Types the handlers' `ctx`, which the engine's option `context` then has to make. */
  readonly context: <C extends object>() => WorkflowBuilder<C, TTransaction>;
  /** Types the `tx` of the handlers' `transaction`. */
  readonly prisma: <P extends PrismaLike>() => WorkflowBuilder<TContext, TransactionOf<P>>;
  /** Hands out a `defineWorkflow` with these types. */
  readonly create: () => { readonly defineWorkflow: DefineWorkflow<TContext, TTransaction> };
}
