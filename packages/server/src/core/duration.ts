import { InvalidArgumentError } from "./workflow-error.js";

type Unit =
  | "ms"
  | "millisecond"
  | "milliseconds"
  | "s"
  | "second"
  | "seconds"
  | "m"
  | "minute"
  | "minutes"
  | "h"
  | "hour"
  | "hours"
  | "d"
  | "day"
  | "days"
  | "w"
  | "week"
  | "weeks";

/**
 * A span of time: milliseconds as a number, or a number with a unit, such as `"250ms"`, `"30s"`,
 * `"5 minutes"`, `"1.5 hours"`, `"3 days"` or `"2w"`.
 */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`;

/**
 * Reads a duration in milliseconds; fractions of a millisecond are rounded.
 * `what` names it in the message, as in `retry.delay of step "charge"`.
 *
 * @throws {InvalidArgumentError} for anything but a finite span from 0 to 100 years.
 */
export function parseDuration(value: Duration, what: string): number {
  const durationMs = typeof value === "number" ? value : readText(value);
  if (durationMs >= 0 && durationMs <= MAX_DURATION_MS) return Math.round(durationMs);
  throw new InvalidArgumentError(
    `${what} is not a duration: ${show(value)}. It takes milliseconds as a number, or text such as ` +
      `"30s", "5 minutes" or "1.5 hours", from 0 to 100 years.`,
  );
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** 100 years of 365.25 days: far from where the sum with a date leaves what a `Date` can hold. */
const MAX_DURATION_MS = 36_525 * DAY_MS;

const UNIT_MS: ReadonlyMap<string, number> = new Map<Unit, number>([
  ["ms", 1],
  ["millisecond", 1],
  ["milliseconds", 1],
  ["s", SECOND_MS],
  ["second", SECOND_MS],
  ["seconds", SECOND_MS],
  ["m", MINUTE_MS],
  ["minute", MINUTE_MS],
  ["minutes", MINUTE_MS],
  ["h", HOUR_MS],
  ["hour", HOUR_MS],
  ["hours", HOUR_MS],
  ["d", DAY_MS],
  ["day", DAY_MS],
  ["days", DAY_MS],
  ["w", WEEK_MS],
  ["week", WEEK_MS],
  ["weeks", WEEK_MS],
]);

const DURATION_TEXT = /^(\d+(?:\.\d+)?) ?([a-z]+)$/;

/** `NaN` where the text, or what a caller without types gave in its place, is not a duration. */
function readText(value: unknown): number {
  const match = typeof value === "string" ? DURATION_TEXT.exec(value) : null;
  return Number(match?.[1]) * (UNIT_MS.get(match?.[2] ?? "") ?? Number.NaN);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
