import { InvalidArgumentError } from "../../core/errors.js";

/** The id of a log line or a stream part as users see it. */
export function encodeRowId(id: number): string {
  return String(id);
}

/**
 * `what` begins the message: `after`. What is left out stands before the first.
 *
 * @throws {InvalidArgumentError} for anything but an id that `encodeRowId` made.
 */
export function decodeRowId(id: string | null | undefined, what: string): number {
  if (id === undefined || id === null) return BEFORE_FIRST;
  const number = typeof id === "string" && ROW_ID.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError(`${what} must be an id that was given out before.`);
}

const BEFORE_FIRST = -1;
const ROW_ID = /^(?:0|[1-9]\d{0,15})$/;
