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
  const [, amount, ...units] = DURATION_TEXT.exec(String(value)) ?? [];
  const unitMs = UNITS_MS[units.findIndex((unit) => unit !== undefined)];
  const durationMs = typeof value === "number" ? value : Number(amount) * (unitMs ?? NaN);
  if (durationMs >= 0 && durationMs < Infinity) return durationMs;
  throw new RangeError(`Not a duration: ${value}. Try "5 minutes".`);
}

/** In the order of the groups of the text. */
const UNITS_MS = [1, 1_000, 60_000, 3_600_000, 86_400_000, 604_800_000];

const DURATION_TEXT =
  /^(\d+(?:\.\d+)?) ?(?:(ms|milliseconds?)|(s|seconds?)|(m|minutes?)|(h|hours?)|(d|days?)|(w|weeks?))$/;
