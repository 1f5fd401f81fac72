import type { ResultOptions } from "./await-result.js";
import type { OutputOf, RunNamed } from "./workflow-procedures.js";

/** Options of the calls that do nothing but ask. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of `start`. */
export interface StartOptions extends CallOptions {
  /** 1 to 255 characters: a second start with it finds the run of the first. */
  readonly idempotencyKey?: string | undefined;
  /** At most 20 of 1 to 100 characters. @default none */
  readonly tags?: readonly string[] | undefined;
  /** When the run may begin. @default at once */
  readonly startAt?: Date | undefined;
}

/** Options of `cancel`. */
export interface CancelOptions {
  /** Kept in the run's log. */
  readonly reason?: string | undefined;
  /** Whether what the run did is undone. @default true */
  readonly compensate?: boolean | undefined;
}

/** Options of `sendEvent`. */
export interface SendEventOptions {
  /** 1 to 255 characters: of the events of one run with the same key the first alone counts. */
  readonly dedupeKey?: string | undefined;
}

/** A handle on one run; it may be destructured. */
export interface RunHandle<TRun, TEvents> {
  readonly id: string;
  /** The run with its steps. */
  readonly get: (options?: CallOptions) => Promise<TRun>;
  /**
   * The output, once the run completed; it waits through `paused`, `blocked` and `continueAsNew`.
   *
   * @throws RunFailedError, RunCancelledError with `run` and the run's error as `cause`.
   * @throws ResultTimeoutError past `timeout`; the run goes on.
   */
  readonly result: (options?: ResultOptions) => Promise<OutputOf<TRun>>;
  /**
   * The state now, then the newest after each change; ends with the run, or with `signal`. All that
   * watch a run share one connection, which outlives cuts, restarts and sleep.
   *
   * @example
   * ```ts
   * for await (const snapshot of run.watch()) console.log(snapshot.status, snapshot.steps);
   * ```
   */
  readonly watch: (options?: CallOptions) => AsyncIterable<TRun>;
  /** Durable when it resolves; the run stops soon after. */
  readonly cancel: (options?: CancelOptions) => Promise<void>;
  /** Durable when it resolves. */
  readonly sendEvent: <TEvent extends keyof TEvents & string>(
    event: TEvent,
    ...args: InputArgs<TEvents[NoInfer<TEvent>], SendEventOptions>
  ) => Promise<void>;
}

/** The handle that `start` resolves to. */
export interface StartedRunHandle<TRun, TEvents> extends RunHandle<TRun, TEvents> {
  /** `false` when the idempotency key had a run already. */
  readonly created: boolean;
}

/** Starts, steers and watches the runs of a router. */
export interface WorkflowClient<TRun, TInputs, TEvents> {
  /**
   * Starts a run; what it resolves to exists after any crash.
   *
   * @example
   * ```ts
   * const run = await workflows.start("checkout", { orderId, amount: 120 });
   * const { receipt } = await run.result({ timeout: "1 minute" });
   * ```
   */
  readonly start: <TName extends keyof TInputs & string>(
    workflow: TName,
    ...args: InputArgs<TInputs[NoInfer<TName>], StartOptions>
  ) => Promise<StartedRunHandle<RunNamed<TRun, TName>, EventsNamed<TEvents, TName>>>;
  /** A handle on an existing run, typed by the name of its workflow; it is not looked up before it is used. */
  readonly getHandle: {
    (id: string): RunHandle<TRun, AnyEvents<TEvents>>;
    <TName extends keyof TInputs & string>(
      id: string,
      workflow: TName,
    ): RunHandle<RunNamed<TRun, TName>, EventsNamed<TEvents, TName>>;
  };
}

type InputArgs<TInput, TOptions> = undefined extends TInput
  ? [input?: TInput, options?: TOptions]
  : [input: TInput, options?: TOptions];

type EventsNamed<TEvents, TName> = TName extends keyof TEvents ? TEvents[TName] : object;

/** The events of all workflows; the payloads of one that several declare make a union. */
type AnyEvents<TEvents> = {
  [K in KeysOf<TEvents[keyof TEvents]>]: ValueOf<TEvents[keyof TEvents], K>;
};

type KeysOf<T> = T extends unknown ? keyof T & string : never;

type ValueOf<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
