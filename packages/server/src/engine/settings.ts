import { type Duration, parseDuration } from "../core/duration.js";
import { InvalidArgumentError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { EngineTuning } from "./engine-options.js";
import type { ExecutionSettings } from "./execution-host.js";

/**
 * What may be tuned of executions, checked, with the defaults.
 *
 * @throws {InvalidArgumentError} naming the option that is wrong.
 */
export function readSettings(options: EngineTuning, lingerMs: number): ExecutionSettings {
  return {
    settleMs: parseDuration(options.settle ?? "30s", "settle"),
    maxRecoveries: readCount(options.maxRecoveries ?? 20, "maxRecoveries"),
    maxHistory: readCount(options.maxHistory ?? 10_000, "maxHistory"),
    lingerMs,
  };
}

/** @throws {InvalidArgumentError} where a lease would be over before it could be renewed. */
export function readLease(lease: Duration = "15s"): number {
  const leaseMs = parseDuration(lease, "lease");
  if (leaseMs >= MIN_LEASE_MS) return leaseMs;
  throw new InvalidArgumentError(`lease must be at least ${MIN_LEASE_MS} ms; given was ${lease}.`);
}

/** @throws {InvalidArgumentError} for anything but an integer of at least 1. */
export function readConcurrency(concurrency = 64): number {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new InvalidArgumentError(
    `concurrency must be an integer of at least 1; given was ${String(concurrency)}.`,
  );
}

/** Silent but for what somebody should look at. */
export const CONSOLE_LOGGER: Logger = {
  debug: () => {},
  info: () => {},
  // oxlint-disable-next-line no-console -- the default logger
  warn: (message, data) => console.warn(...consoleLine(message, data)),
  // oxlint-disable-next-line no-console -- the default logger
  error: (message, data) => console.error(...consoleLine(message, data)),
};

const MIN_LEASE_MS = 100;

function consoleLine(message: string, data: unknown): unknown[] {
  return [`[trpc-workflow] ${message}`, ...(data === undefined ? [] : [data])];
}

function readCount(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(
    `${what} must be an integer of at least 0; given was ${String(value)}.`,
  );
}
