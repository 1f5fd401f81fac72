import { PayloadTooLargeError } from "../errors.js";

/**
 * Where the walk over a value ends, in bytes that its text would take at the least: what is a little
 * too large is measured to the byte, what is far too large (a million references to one string) is not
 * written out first.
 */
export function walkBytes(limit: number): number {
  return limit * 4;
}

/** The error for a value called `what` of so many bytes. */
export function payloadTooLarge(what: string, bytes: number, limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(
    `${what} takes ${bytes} bytes, more than the ${limit} of maxPayloadBytes. ` +
      "Keep large data elsewhere and pass on where it is.",
    { bytes, limit },
  );
}
