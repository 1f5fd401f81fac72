import type { InputArgs } from "../core/utility-types.js";
import type { RunOf } from "../core/run-types.js";
import type { EventName, EventPayload, Get } from "../core/workflow-list-types.js";
import type { CancelOptions, GetOptions, ResultOptions, WatchOptions } from "./operation-types.js";
import type { SendEventOptions } from "./start-types.js";

/** A handle on one run, typed by the bag of its workflow; it may be destructured. */
export interface RunHandle<T> {
  readonly id: string;
  /**
   * The run with its steps.
   *
   * @throws RunNotFoundError
   */
  readonly get: (options?: GetOptions) => Promise<RunOf<T>>;
  /**
   * The output, once the run completed; it waits through `paused`, `blocked` and `continueAsNew`.
   *
   * @throws RunFailedError, RunCancelledError with `run` and the run's error as `cause`.
   * @throws ResultTimeoutError past `timeout`; the run goes on.
   */
  readonly result: (options?: ResultOptions) => Promise<Get<T, "output">>;
  /** The state now, then the newest after each change; ends with the run. */
  readonly watch: (options?: WatchOptions) => AsyncIterable<RunOf<T>>;
  /**
   * Durable when it resolves; the run stops soon after.
   *
   * @throws RunEndedError, RunNotFoundError
   */
  readonly cancel: (options?: CancelOptions) => Promise<void>;
  /**
   * Durable when it resolves.
   *
   * @throws UnknownEventError, EventValidationError, RunEndedError; nothing is stored then.
   */
  readonly sendEvent: <TEvent extends EventName<T>>(
    event: TEvent,
    ...args: InputArgs<EventPayload<T, NoInfer<TEvent>>, SendEventOptions>
  ) => Promise<void>;
}

/** The handle that `start` resolves to. */
export interface StartedRunHandle<T> extends RunHandle<T> {
  /** `false` when the idempotency key had a run already. */
  readonly created: boolean;
}
