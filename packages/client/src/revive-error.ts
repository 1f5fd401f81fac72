import type { RunErrorShape } from "./errors.js";

/** The recorded error as an `Error`, with its causes. */
export function reviveError(shape: RunErrorShape): Error {
  const { message, cause, errors, ...own } = shape;
  const options = cause === undefined ? undefined : { cause: revive(cause) };
  const error =
    errors === undefined
      ? new Error(message, options)
      : new AggregateError(errors.map(revive), message, options);
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true });
  }
  return error;
}

/** A cause is an error's shape, or any value that was thrown. */
function revive(value: unknown): unknown {
  return isErrorShape(value) ? reviveError(value) : value;
}

function isErrorShape(value: unknown): value is RunErrorShape {
  const { name, message } = (value ?? {}) as Partial<RunErrorShape>;
  return typeof name === "string" && typeof message === "string" && !(value instanceof Error);
}
