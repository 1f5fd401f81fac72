import type { InvokeChild, SpawnChild } from "./child-types.js";
import type { Duration } from "./duration.js";
import type { Logger } from "./logger.js";
import type { RunInfo } from "./run-info-types.js";
import type { RunStep, RunTransaction } from "./step-types.js";
import type { InputOnlyArgs } from "./utility-types.js";
import type { AnyWorkflow } from "./workflow-types.js";

/** Options of `waitForEvent`. */
export interface WaitOptions<TTimeout extends Duration | undefined> {
  /** After which the wait resolves to `null`. @default none: it waits for as long as the run lives */
  readonly timeout?: TTimeout;
  /** Names the wait where one event is awaited at several places. @default the event's name */
  readonly key?: string | undefined;
}

/** The `waitForEvent` of a handler. */
export type WaitForEvent<TEvents> = <
  TEvent extends keyof TEvents & string,
  TTimeout extends Duration | undefined = undefined,
>(
  event: TEvent,
  options?: WaitOptions<TTimeout>,
) => Promise<TEvents[TEvent] | ([TTimeout] extends [undefined] ? never : null)>;

/** The payload of an event to send, to be left out exactly where `undefined` is one. */
export type EventPayloadOption<TPayload> = undefined extends TPayload
  ? { readonly payload?: TPayload }
  : { readonly payload: TPayload };

/** The `sendEvent` of a handler: a recorded send, typed by `workflow` where given. */
export interface SendEventStep {
  <TWorkflow extends AnyWorkflow, TEvent extends keyof TWorkflow["~types"]["eventInputs"] & string>(
    name: string,
    event: {
      /** The run that receives it. */
      readonly id: string;
      /** The workflow of that run: types the event and its payload. */
      readonly workflow: TWorkflow;
      readonly event: TEvent;
    } & EventPayloadOption<TWorkflow["~types"]["eventInputs"][TEvent]>,
  ): Promise<void>;
  (
    name: string,
    event: {
      readonly id: string;
      readonly workflow?: undefined;
      readonly event: string;
      readonly payload?: unknown;
    },
  ): Promise<void>;
}

/**
 * What a workflow's `run` receives, all of it destructurable.
 *
 * A step is known by its name and its occurrence (`charge`, `charge#2`, …): names are 1 to 200
 * characters without `#` and control characters, one count over all kinds of steps.
 */
export interface HandlerArgs<
  TInput,
  TStartInput,
  TEvents,
  TProgress,
  TStreams,
  TContext,
  TTransaction,
> {
  /** The input as the workflow's `input` schema parsed it; `undefined` without one. */
  readonly input: TInput;
  /** What the engine's option `context` made; see `initWorkflow`. */
  readonly ctx: TContext;
  /** The run that is executed, read only. */
  readonly run: RunInfo;
  /** Of this execution: aborted on cancel, at the deadline, on a lost lease and when the worker stops. */
  readonly signal: AbortSignal;
  /** Kept with the run, once per call, in order. */
  readonly log: Logger;
  /** Runs a function and records its outcome; once recorded it never runs again. */
  readonly step: RunStep;
  /** Runs a function in one database transaction together with the step's record: exactly once. */
  readonly transaction: RunTransaction<TTransaction>;
  /** A durable timer: a sleeping run holds neither memory nor a worker's slot. */
  readonly sleep: (name: string, duration: Duration) => Promise<void>;
  /** A durable timer; a date in the past is due at once. */
  readonly sleepUntil: (name: string, date: Date) => Promise<void>;
  /**
   * The next event of that name, or `null` when its `timeout` passes: compare with `=== null`, since
   * a payload may be falsy.
   *
   * @throws PendingWaitError while another wait for the event under the same `key` is pending.
   */
  readonly waitForEvent: WaitForEvent<TEvents>;
  /** Sends an event to another run, exactly once. */
  readonly sendEvent: SendEventStep;
  /**
   * Starts a child run and resolves to its output. The child is cancelled when this run ends first.
   *
   * @throws ChildRunError with the child's error as `cause`.
   */
  readonly invoke: InvokeChild;
  /** Starts a run that goes on by itself; resolves to its id. */
  readonly spawn: SpawnChild;
  /** The database's time of the last outcome delivered; the same on every replay. */
  readonly now: () => Date;
  /** A UUID, the same on every replay. */
  readonly uuid: (name?: string) => string;
  /** A number from 0 (included) to 1 (excluded), the same on every replay. */
  readonly random: (name?: string) => number;
  /** Whether this run takes the new code under `id`; one answer per run and id. */
  readonly patched: (id: string) => boolean;
  /** Never returns: begins an empty history under the same run id with this input. */
  readonly continueAsNew: (...args: InputOnlyArgs<TStartInput>) => Promise<never>;
  /** Publishes the run's live progress; the last write wins. */
  readonly progress: (value: TProgress) => void;
  /** Appends to a named live stream of the run. */
  readonly emit: <TStream extends keyof TStreams & string>(
    stream: TStream,
    value: TStreams[TStream],
  ) => void;
}
