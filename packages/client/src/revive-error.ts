import type { RunErrorShape } from "./errors.js";

/** The recorded error as an `Error`, with its causes. */
export function reviveError(shape: RunErrorShape): Error {
  const { name, message, code, stack, cause, errors } = shape;
  const options = cause === undefined ? undefined : { cause: revive(cause) };
  const error =
    errors === undefined
      ? new Error(message, options)
      : new AggregateError(errors.map(revive), message, options);
  const own = { name, code, stack };
  for (const [key, value] of Object.entries(own)) {
    if (value === undefined) continue;
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

/** A cause is an error's shape, or any value that was thrown. */
function revive(value: unknown): unknown {
  return isErrorShape(value) ? reviveError(value) : value;
}

function isErrorShape(value: unknown): value is RunErrorShape {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Error) &&
    "name" in value &&
    typeof value.name === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}
