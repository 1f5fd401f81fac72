import { StepTimeoutError } from "../core/errors.js";
import type { EngineClock } from "./clock.js";

/** An `AbortSignal` that costs nothing until somebody looks at it. */
export class LazyAbort {
  #controller: AbortController | null = null;
  #reason: unknown = undefined;
  #aborted = false;

  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  throwIfAborted(): void {
    if (this.#aborted) this.signal.throwIfAborted();
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

export interface AttemptOptions<T> {
  /** What is attempted, for the message of a timeout: `Step "charge" of run …`. */
  readonly what: string;
  readonly runId: string;
  readonly timeoutMs: number | null;
  /** How long an attempt past its time is waited for before the next may begin. */
  readonly settleMs: number;
  readonly abort: LazyAbort;
  readonly clock: EngineClock;
  readonly call: () => Promise<T>;
  /** Whether nothing comes after this error: then a timeout is told at once. */
  readonly isLast: (error: unknown) => boolean;
}

export type AttemptResult<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: unknown;
      readonly timedOut: boolean;
      /** Resolves when the function has ended after all; `null` when it has. */
      readonly straggler: Promise<void> | null;
    };

/**
 * Runs one attempt. Past its time the signal is aborted, and whatever the function does then is
 * dropped; the failure is told when the function has ended or `settleMs` have passed, and at once
 * when it is the last.
 */
export async function runAttempt<T>(options: AttemptOptions<T>): Promise<AttemptResult<T>> {
  const { timeoutMs, call } = options;
  const ended = call().then(
    (value): AttemptResult<T> => ({ ok: true, value }),
    (error: unknown): AttemptResult<T> => ({ ok: false, error, timedOut: false, straggler: null }),
  );
  return timeoutMs === null ? ended : withTimeout(ended, timeoutMs, options);
}

async function withTimeout<T>(
  ended: Promise<AttemptResult<T>>,
  timeoutMs: number,
  { what, runId, settleMs, abort, clock, isLast }: AttemptOptions<T>,
): Promise<AttemptResult<T>> {
  const timely = await within(ended, timeoutMs, clock);
  if (timely !== null) return timely;
  const error = new StepTimeoutError(`${what} took longer than its timeout of ${timeoutMs} ms.`, {
    runId,
  });
  abort.abort(error);
  const late = isLast(error) ? null : await within(ended, settleMs, clock);
  const straggler = late === null ? ended.then(() => undefined) : null;
  return { ok: false, error, timedOut: true, straggler };
}

/** What `promise` resolves to within `ms`, else `null`. */
export function within<T>(promise: Promise<T>, ms: number, clock: EngineClock): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(null), ms);
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
