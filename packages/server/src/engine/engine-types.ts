import type { RunSummaryOf } from "../core/run-summary-types.js";
import type { RunOf } from "../core/run-types.js";
import type { InputArgs } from "../core/utility-types.js";
import type {
  ContextsOf,
  EventName,
  EventPayload,
  Get,
  LatestByName,
  Named,
  Resolve,
  StreamName,
  StreamValue,
  TypesList,
  TypesOf,
  VersionsByName,
} from "../core/workflow-list-types.js";
import type { AnyWorkflow, Workflow } from "../core/workflow-types.js";
import type { ContextOption, EngineOptions } from "./engine-options.js";
import type {
  CancelOptions,
  EngineStats,
  ExportedRun,
  GetOptions,
  ListFilter,
  LogEntry,
  LogFilter,
  OperatorOptions,
  Page,
  PruneOptions,
  RetryRunOptions,
  StatsFilter,
  StopOptions,
  StreamOptions,
  StreamPart,
  WakeOptions,
  WatchOptions,
  WorkerOptions,
  WorkOptions,
} from "./operation-types.js";
import type { RunHandle, StartedRunHandle } from "./run-handle-types.js";
import type { SendEventOptions, StartOptions } from "./start-types.js";

/**
 * What the router needs of an engine. Without a type argument nothing is known of the workflows:
 * names are strings and payloads `unknown`.
 */
export interface WorkflowDispatch<TList extends TypesList = TypesList> {
  /** Types only: absent at run time. */
  readonly "~types": TList;
  /** The workflows listed, in their order. */
  readonly workflows: readonly AnyWorkflow[];
  /**
   * Starts a run: parses the input, then commits. What it resolves to exists after any crash.
   *
   * A name stands for the last version listed that is not deprecated, a definition for itself.
   *
   * @throws InputValidationError with `issues`; no run exists then.
   * @throws IdempotencyConflictError when the key has a run with another input.
   * @throws RunExistsError when the `id` is in use.
   *
   * @example
   * ```ts
   * const run = await engine.start(checkout, { orderId, amount: 120 }, { idempotencyKey: orderId });
   * const { receipt } = await run.result({ timeout: "1 minute" });
   * ```
   */
  readonly start: <TReference extends TList[number]["name"] | Workflow<TList[number], never>>(
    workflow: TReference,
    ...args: InputArgs<
      Get<Resolve<LatestByName<TList>, NoInfer<TReference>>, "startInput">,
      StartOptions
    >
  ) => Promise<StartedRunHandle<Resolve<LatestByName<TList>, TReference>>>;
  /**
   * Sends an event to a run; durable when it resolves. Events are kept until a wait takes them.
   *
   * @throws UnknownEventError, EventValidationError, RunEndedError, RunNotFoundError,
   * WorkflowNotFoundError; nothing is stored then.
   *
   * @example
   * ```ts
   * await engine.sendEvent(run.id, "approved", { by: "ada" }, { dedupeKey: request.id });
   * ```
   */
  readonly sendEvent: <TEvent extends EventName<TList[number]>>(
    runId: string,
    event: TEvent,
    ...args: InputArgs<EventPayload<TList[number], NoInfer<TEvent>>, SendEventOptions>
  ) => Promise<void>;
  /**
   * Durable when it resolves; the run stops soon after, and what it did is undone.
   *
   * @throws RunEndedError, RunNotFoundError
   *
   * @example
   * ```ts
   * await engine.cancel(run.id, { actor: "ada", reason: "ordered twice" });
   * ```
   */
  readonly cancel: (runId: string, options?: CancelOptions) => Promise<void>;
  /**
   * Puts a failed, cancelled or compensated run back to work; what succeeded is kept.
   *
   * @throws RunNotEndedError when it is live or completed; RunNotFoundError, UnknownStepError
   */
  readonly retry: (runId: string, options?: RetryRunOptions) => Promise<void>;
  /**
   * Lets steps in flight end and starts none until `resume`; events, timers and `timeout` go on.
   *
   * @throws RunEndedError, RunNotFoundError
   */
  readonly pause: (runId: string, options?: OperatorOptions) => Promise<void>;
  /**
   * Goes on with a paused run, and tries a blocked one again; does nothing to any other.
   *
   * @throws RunEndedError, RunNotFoundError
   */
  readonly resume: (runId: string, options?: OperatorOptions) => Promise<void>;
  /**
   * Records `output` as the outcome of a step that waits or backs off, or that ended its run.
   *
   * @throws StepRunningError, StepEndedError, UnknownStepError, RunNotFoundError
   */
  readonly skipStep: (
    runId: string,
    stepKey: string,
    output?: unknown,
    options?: OperatorOptions,
  ) => Promise<void>;
  /**
   * Ends a sleep or back-off now.
   *
   * @throws StepEndedError where nothing waits; UnknownStepError, RunNotFoundError
   */
  readonly wake: (runId: string, options?: WakeOptions) => Promise<void>;
  /**
   * The run with its steps, discriminated by `workflow` and `status`.
   *
   * @throws RunNotFoundError
   *
   * @example
   * ```ts
   * const run = await engine.get(id);
   * if (run.workflow === "checkout" && run.status === "completed") run.output.receipt;
   * ```
   */
  readonly get: (runId: string, options?: GetOptions) => Promise<RunOf<TList[number]>>;
  /** Runs without their payloads, newest first. */
  readonly list: <const TName extends TList[number]["name"] = TList[number]["name"]>(
    filter?: ListFilter<TName>,
  ) => Promise<Page<RunSummaryOf<Named<TList[number], TName>>>>;
  /**
   * The state now, then the newest after each change: states between may be merged, never an older
   * one, the terminal one always, after which it ends. Holds the newest 1,000 steps.
   *
   * @example
   * ```ts
   * for await (const snapshot of engine.watch(run.id)) console.log(snapshot.status);
   * ```
   */
  readonly watch: (runId: string, options?: WatchOptions) => AsyncIterable<RunOf<TList[number]>>;
  /** The parts of a stream in order, from the first kept; ends with the run. */
  readonly stream: <TStream extends StreamName<TList[number]> | (string & {})>(
    runId: string,
    stream: TStream,
    options?: StreamOptions,
  ) => AsyncIterable<StreamPart<TStream, StreamValue<TList[number], TStream>>>;
  /** The lines of a run's log, oldest first. */
  readonly logs: (runId: string, filter?: LogFilter) => Promise<Page<LogEntry>>;
  /** How many runs are in which status, what is due, and which workers live. */
  readonly stats: (filter?: StatsFilter) => Promise<EngineStats<TList[number]["name"]>>;
}

/** Starts, steers, watches and executes runs in the app's own database. */
export interface WorkflowEngine<
  TList extends TypesList = TypesList,
> extends WorkflowDispatch<TList> {
  /** A handle on an existing run, typed by the second argument; it is not looked up before it is used. */
  readonly getHandle: {
    (runId: string): RunHandle<TList[number]>;
    <TReference extends TList[number]["name"] | Workflow<TList[number], never>>(
      runId: string,
      workflow: TReference,
    ): RunHandle<Resolve<VersionsByName<TList>, TReference>>;
  };
  /**
   * A JSON value of the run with its steps, events and logs, for `replay` and support.
   *
   * @throws RunNotFoundError
   */
  readonly export: (runId: string) => Promise<ExportedRun>;
  /** Begins to claim runs in this process; resolves when it does. */
  readonly startWorker: (options?: WorkerOptions) => Promise<void>;
  /**
   * Claims and executes what is due, for serverless crons, scripts and tests.
   *
   * @example
   * ```ts
   * const { executed } = await engine.work({ until: "50s" });
   * ```
   */
  readonly work: (options: WorkOptions) => Promise<{ executed: number }>;
  /** Stops claiming, lets running steps end, releases leases; never closes `prisma`. */
  readonly stop: (options?: StopOptions) => Promise<void>;
  /** Deletes runs that ended before then, with all that belongs to them; resolves to their number. */
  readonly prune: (options: PruneOptions) => Promise<number>;
}

/** The type of `createWorkflowEngine`. */
export interface CreateWorkflowEngine {
  <const TWorkflows extends readonly AnyWorkflow[]>(
    options: EngineOptions<TWorkflows> & ContextOption<ContextsOf<TWorkflows>>,
  ): WorkflowEngine<TypesOf<TWorkflows>>;
}
