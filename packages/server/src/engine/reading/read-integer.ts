import { InvalidArgumentError } from "../../core/errors.js";

export interface IntegerRange {
  /** Begins the message: `limit`. */
  readonly what: string;
  readonly min: number;
  readonly max: number;
}

/** @throws {InvalidArgumentError} unless it is an integer of this range. */
export function readInteger(value: number, { what, min, max }: IntegerRange): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(
    `${what} must be an integer from ${min} to ${max}; given was ${String(value)}.`,
  );
}
