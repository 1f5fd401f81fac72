import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Reads a value that a client sent: the value as it is used, or what is wrong with it and where. */
export type Field<T> = (value: unknown) => StandardSchemaV1.Result<T>;

/** Any value, to be parsed by a schema of the workflow's. */
export const anything: Field<unknown> = (value) => ({ value });

export const flag: Field<boolean> = (value) =>
  typeof value === "boolean" ? { value } : refuse("must be true or false", value);

export const integer: Field<number> = (value) =>
  typeof value === "number" && Number.isInteger(value)
    ? { value }
    : refuse("must be an integer", value);

/** A date, or the text that JSON makes of one where the app has no transformer. */
export const date: Field<Date> = (value) => {
  const read = typeof value === "string" && ISO_DATE.test(value) ? new Date(value) : value;
  return read instanceof Date && !Number.isNaN(read.getTime())
    ? { value: read }
    : refuse("must be a valid date", value);
};

/** Text of at most this many characters: what is too long is not repeated in an answer. */
export function text(maxLength = Number.POSITIVE_INFINITY): Field<string> {
  return (value) => {
    if (typeof value !== "string") return refuse("must be text", value);
    return value.length <= maxLength
      ? { value }
      : refuse(`must have at most ${maxLength} characters`, value);
  };
}

/** One of these texts. */
export function oneOf<const T extends string>(values: readonly T[]): Field<T> {
  return (value) => {
    const found = values.find((one) => one === value);
    return found === undefined
      ? refuse(`must be one of ${values.join(", ")}`, value)
      : { value: found };
  };
}

export function listOf<T>(item: Field<T>, maxLength: number): Field<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return refuse("must be a list", value);
    if (value.length > maxLength) return refuse(`must have at most ${maxLength} items`, value);
    const read = value.map((one: unknown, index) => ({ result: item(one), index }));
    const issues = read.flatMap(({ result, index }) => issuesAt(index, result));
    if (issues.length > 0) return { issues };
    return { value: read.flatMap(({ result }) => (result.issues ? [] : [result.value])) };
  };
}

/** One such value, or a list of them. */
export function oneOrSeveral<T>(field: Field<T>, maxLength: number): Field<T | T[]> {
  const list = listOf(field, maxLength);
  return (value) => (Array.isArray(value) ? list(value) : field(value));
}

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value) => (value === undefined ? { value } : field(value));
}

/** `null` counts as left out: JSON has no `undefined`. */
export function nullish<T>(field: Field<T>): Field<T | null | undefined> {
  return (value) => (value === undefined || value === null ? { value } : field(value));
}

/** An object with these fields, none of them required where nothing was sent; others are ignored. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]: Field<T[K]>;
}): Field<T> {
  return (value = {}) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return refuse("must be an object", value);
    }
    const read: Partial<T> = {};
    const issues: StandardSchemaV1.Issue[] = [];
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const result = fields[key](Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined);
      if (result.issues) issues.push(...issuesAt(key, result));
      else read[key] = result.value;
    }
    return issues.length > 0 ? { issues } : { value: read as T };
  };
}

/** With an offset, so that it is the same instant wherever the server stands. */
const ISO_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

function issuesAt(
  key: string | number,
  { issues = [] }: StandardSchemaV1.Result<unknown>,
): StandardSchemaV1.Issue[] {
  return issues.map(({ message, path = [] }) => ({ message, path: [key, ...path] }));
}

function refuse(rule: string, given: unknown): StandardSchemaV1.FailureResult {
  return { issues: [{ message: `${rule}; ${describe(given)}` }] };
}

function describe(given: unknown): string {
  if (given === undefined) return "it is missing";
  if (given === null) return "it is null";
  if (typeof given === "string") {
    return given.length > 60
      ? `it has ${given.length} characters`
      : `it is ${JSON.stringify(given)}`;
  }
  if (typeof given === "number" || typeof given === "boolean") return `it is ${given}`;
  return Array.isArray(given) ? `it is a list of ${given.length}` : `it is of type ${typeof given}`;
}
