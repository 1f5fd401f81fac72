import { types } from "node:util";
import type { RunError } from "../run-error-types.js";

/**
 * An error as `run.error` and `step.error` show it: plain data, its causes too where they are errors.
 * Never throws, and ends where a chain of causes comes back to itself. What is no error is made one.
 */
export function toErrorShape(thrown: unknown): RunError {
  return shapeOf(toError(thrown), new Set());
}

/** The error itself, or for anything else an `Error` named `NonErrorThrown` whose `cause` is the value. */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const error = new Error(`Something other than an Error was thrown: ${describe(thrown)}.`, {
    cause: thrown,
  });
  Object.defineProperty(error, "name", {
    value: "NonErrorThrown",
    configurable: true,
    writable: true,
  });
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

/** Whether a value is an error, of this realm or another one. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** The parts of an error that are kept, whatever its getters do; a part of another type is left out. */
export function readErrorParts(error: Error): {
  name: string;
  message: string;
  code: string | number | undefined;
  stack: string | undefined;
  cause: { value: unknown } | undefined;
  errors: readonly unknown[] | undefined;
} {
  const [name, message, stack] = [
    readProperty(error, "name"),
    readProperty(error, "message"),
    readProperty(error, "stack"),
  ];
  const code = readProperty(error, "code");
  const errors = readProperty(error, "errors");
  return {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : "",
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    stack: typeof stack === "string" ? stack : undefined,
    cause: Object.hasOwn(error, "cause") ? { value: readProperty(error, "cause") } : undefined,
    errors: Array.isArray(errors) ? errors : undefined,
  };
}

/** Says in a few words what a value is, for a message. Never throws. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > 100 ? `${JSON.stringify(value.slice(0, 100))}…` : JSON.stringify(value);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

function shapeOf(error: Error, above: Set<unknown>): RunError {
  const { name, message, code, stack, cause, errors } = readErrorParts(error);
  const shape: RunError = { name, message };
  if (code !== undefined) shape.code = String(code);
  if (stack !== undefined) shape.stack = stack;
  above.add(error);
  if (cause !== undefined && !above.has(cause.value)) {
    shape.cause = isError(cause.value) ? shapeOf(cause.value, above) : cause.value;
  }
  if (errors !== undefined) {
    shape.errors = errors
      .filter((inner) => !above.has(inner))
      .map((inner) => (isError(inner) ? shapeOf(inner, above) : inner));
  }
  above.delete(error);
  return shape;
}

function readProperty(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}

function describeObject(value: object): string {
  try {
    if (types.isPromise(value)) return "a Promise (was an await forgotten?)";
    if (Array.isArray(value)) return "an array";
    const { constructor } = value;
    return typeof constructor === "function" && constructor !== Object && constructor.name !== ""
      ? `an instance of ${constructor.name}`
      : "an object";
  } catch {
    return "an object";
  }
}
