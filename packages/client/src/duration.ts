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

/** Milliseconds as a number, or text such as `"250ms"`, `"30s"`, `"5 minutes"` or `"1.5 hours"`. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`;

/** Reads a duration in milliseconds. @throws {RangeError} for anything else. */
export function parseDuration(value: Duration): number {
  const match = DURATION_TEXT.exec(String(value));
  const durationMs =
    typeof value === "number" ? value : Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ""] ?? NaN);
  if (durationMs >= 0 && durationMs < Infinity) return durationMs;
  throw new RangeError(`Not a duration: ${JSON.stringify(value)}. Try "30s" or "5 minutes".`);
}

/** Names in the singular. */
const UNIT_MS: { readonly [unit: string]: number } = {
  ms: 1,
  millisecond: 1,
  s: 1_000,
  second: 1_000,
  m: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};

const DURATION_TEXT =
  /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w|(?:millisecond|second|minute|hour|day|week)(?=s?$))s?$/;
