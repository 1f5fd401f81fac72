import type { Duration } from "../core/duration.js";
import type { PrismaLike } from "../core/prisma-like.js";
import type { RunOf } from "../core/run-types.js";
import type { MaybePromise } from "../core/utility-types.js";
import type { ContextsOf, TypesList, TypesOf } from "../core/workflow-list-types.js";
import type { AnyWorkflow, Workflow, WorkflowTypes } from "../core/workflow-types.js";
import type { ContextOption, EngineTuning } from "../engine/engine-options.js";
import type { WorkflowEngine } from "../engine/engine-types.js";
import type { ExportedRun } from "../engine/operation-types.js";

/** The real engine on an in-memory database and a virtual clock; `await using` stops it. */
export interface TestEngine<TList extends TypesList = TypesList> extends AsyncDisposable {
  readonly engine: WorkflowEngine<TList>;
  /** Moves the virtual clock and runs what falls due on the way; nothing really waits. */
  readonly advance: (duration: Duration) => Promise<void>;
  /**
   * The run, once nothing of it is due: it ended, waits, or is paused or blocked.
   *
   * @throws RunNotFoundError
   */
  readonly settled: (runId: string) => Promise<RunOf<TList[number]>>;
}

/** Options of `createTestEngine` but for `context`. */
export interface TestEngineOptions<TWorkflows extends readonly AnyWorkflow[]> extends EngineTuning {
  readonly workflows: TWorkflows;
  /** A real client, or a fake of what a `transaction` calls. @default none: `transaction` throws */
  readonly prisma?: PrismaLike | undefined;
}

/** The `ctx` of the handlers under test, or what makes it; required where a handler has a typed one. */
export type TestContextOption<TContext> = unknown extends TContext
  ? { readonly context?: unknown }
  : { readonly context: TContext | (() => MaybePromise<TContext>) };

/** The type of `createTestEngine`. */
export interface CreateTestEngine {
  <const TWorkflows extends readonly AnyWorkflow[]>(
    options: TestEngineOptions<TWorkflows> & TestContextOption<ContextsOf<TWorkflows>>,
  ): Promise<TestEngine<TypesOf<TWorkflows>>>;
}

/** The events of a workflow as `[event, payload]`, typed by name. */
export type EventEntry<TEventInputs> = {
  [K in keyof TEventInputs & string]: undefined extends TEventInputs[K]
    ? readonly [event: K, payload?: TEventInputs[K]]
    : readonly [event: K, payload: TEventInputs[K]];
}[keyof TEventInputs & string];

/** Options of `crashEverywhere` but for `context`. */
export interface CrashEverywhereOptions<
  TEventInputs,
  TWorkflows extends readonly AnyWorkflow[],
> extends EngineTuning {
  /** Sent to the run in this order, right after its start. @default [] */
  readonly events?: readonly EventEntry<TEventInputs>[] | undefined;
  /** Other workflows that it invokes, spawns or sends to. @default [] */
  readonly workflows?: TWorkflows | undefined;
  /** Needed where a handler uses `transaction`. */
  readonly prisma?: PrismaLike | undefined;
}

/** The type of `crashEverywhere`; `context` is a factory, called for each execution. */
export interface CrashEverywhere {
  <
    T extends WorkflowTypes,
    TContext,
    const TWorkflows extends readonly AnyWorkflow[] = readonly [],
  >(
    workflow: Workflow<T, TContext>,
    ...args: OptionalIfPossible<
      T["startInput"],
      CrashEverywhereOptions<T["eventInputs"], TWorkflows> &
        ContextOption<TContext & ContextsOf<TWorkflows>>
    >
  ): Promise<void>;
}

/** The type of `replay`. */
export interface Replay {
  <T extends WorkflowTypes, TContext>(
    workflow: Workflow<T, TContext>,
    run: ExportedRun,
    ...args: {} extends ContextOption<TContext>
      ? [options?: ContextOption<TContext>]
      : [options: ContextOption<TContext>]
  ): Promise<void>;
}

/** Options are required where they have a required member, and the input then too. */
type OptionalIfPossible<TInput, TOptions> = {} extends TOptions
  ? undefined extends TInput
    ? [input?: TInput, options?: TOptions]
    : [input: TInput, options?: TOptions]
  : [input: TInput, options: TOptions];
