import { type Duration, parseDuration } from "./duration.js";
import { InvalidArgumentError, isWorkflowError, type WorkflowErrorCode } from "./errors.js";

/** How often and how soon a step is tried again. What is left out is the workflow's, else the default. */
export interface RetryOptions {
  /** How many attempts there are, the first try counted. @default 3 */
  attempts?: number | undefined;
  /** From the end of the first attempt to the second one. @default "1s" */
  delay?: Duration | undefined;
  /** What each further delay is multiplied by; at least 1. @default 2 */
  factor?: number | undefined;
  /** Above this no delay grows. @default "1h" */
  maxDelay?: Duration | undefined;
  /** Spreads each delay over its second half. @default true */
  jitter?: boolean | undefined;
  /** Asked with the error of each attempt: `false` ends the attempts. */
  retryIf?: ((error: unknown) => boolean) | undefined;
}

/** Checked retry options with everything filled in, in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  readonly jitter: boolean;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
}

/** The policy of a step where neither the step nor its workflow says otherwise. */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 3,
  delayMs: 1_000,
  factor: 2,
  maxDelayMs: 3_600_000,
  jitter: true,
  retryIf: undefined,
};

/**
 * Checks retry options and fills in what they leave out from `fallback`.
 *
 * @throws {InvalidArgumentError} naming the option that is wrong.
 */
export function resolveRetry(
  options: RetryOptions | undefined,
  fallback: RetryPolicy = DEFAULT_RETRY,
): RetryPolicy {
  if (options === undefined) return fallback;
  const { attempts, delay, factor, maxDelay, jitter, retryIf } = options;
  if (attempts !== undefined && !(Number.isSafeInteger(attempts) && attempts >= 1)) {
    refuse("attempts", "an integer of at least 1", attempts);
  }
  if (factor !== undefined && !(Number.isFinite(factor) && factor >= 1)) {
    refuse("factor", "a finite number of at least 1", factor);
  }
  if (jitter !== undefined && typeof jitter !== "boolean") refuse("jitter", "a boolean", jitter);
  if (retryIf !== undefined && typeof retryIf !== "function") {
    refuse("retryIf", "a function", retryIf);
  }
  return {
    attempts: attempts ?? fallback.attempts,
    delayMs: delay === undefined ? fallback.delayMs : parseDuration(delay, "retry.delay"),
    factor: factor ?? fallback.factor,
    maxDelayMs:
      maxDelay === undefined ? fallback.maxDelayMs : parseDuration(maxDelay, "retry.maxDelay"),
    jitter: jitter ?? fallback.jitter,
    retryIf: retryIf ?? fallback.retryIf,
  };
}

/**
 * How many milliseconds after the end of `attempt` (from 1), which threw `error`, the next one begins,
 * or `null` where there is none: the attempts are used up, `retryIf` says no, or the error would only
 * come again. A delay that `RetryAfterError` asks for is taken as it is. What `retryIf` throws is
 * thrown on.
 */
export function nextDelay(
  policy: RetryPolicy,
  attempt: number,
  error: unknown,
  random: () => number,
): number | null {
  if (attempt >= policy.attempts || isFinal(error)) return null;
  if (policy.retryIf !== undefined && !policy.retryIf(error)) return null;
  if (isWorkflowError(error, "RETRY_AFTER")) return error.delayMs;
  // Infinity would make nothing of a delay of 0.
  const growth = Math.min(policy.factor ** (attempt - 1), Number.MAX_VALUE);
  const delayMs = Math.min(policy.delayMs * growth, policy.maxDelayMs);
  return Math.round(policy.jitter ? withJitter(delayMs, random) : delayMs);
}

/** Errors of the code or of its data: another attempt would meet them again. */
const FINAL_CODES: ReadonlySet<WorkflowErrorCode> = new Set<WorkflowErrorCode>([
  "NON_RETRYABLE",
  "INPUT_VALIDATION",
  "EVENT_VALIDATION",
  "UNKNOWN_EVENT",
  "INVALID_ARGUMENT",
  "NOT_SERIALIZABLE",
  "PAYLOAD_TOO_LARGE",
  "NESTED_STEP",
  "HISTORY_TOO_LONG",
  "TRANSACTION_REQUIRED",
]);

function isFinal(error: unknown): boolean {
  return isWorkflowError(error) && FINAL_CODES.has(error.code);
}

/**
 * Equal jitter: half of the delay is kept and half is drawn. Full jitter spreads a herd wider, but may
 * draw nearly nothing, and a step that says `delay: "1 minute"` counts on being left alone for a while.
 */
function withJitter(delayMs: number, random: () => number): number {
  return delayMs / 2 + random() * (delayMs / 2);
}

function refuse(option: string, rule: string, given: unknown): never {
  throw new InvalidArgumentError(`retry.${option} must be ${rule}; given was ${String(given)}.`);
}
