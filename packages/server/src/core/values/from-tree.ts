import { WORKFLOW_ERROR_CLASSES } from "../errors.js";
import { readBytes } from "./bytes.js";
import { readDecimal } from "./decimal.js";
import { fromCustomValue, type ValueSerializer } from "./serializer.js";
import { type ErrorParts, TAG } from "./tags.js";

/**
 * Puts the values back for which tags stand in a parsed tree, which is changed on the way. Sets no
 * prototype but those of this library's error classes.
 *
 * @throws where the tree is not one that `toTree` made.
 */
export function fromTree(tree: unknown, serializer: ValueSerializer | undefined): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  if (!Array.isArray(tree)) return readRecord(tree as Record<string, unknown>, serializer);
  const tag: unknown = tree[0];
  if (typeof tag !== "string" || !tag.startsWith(TAG.array)) return readArray(tree, serializer);
  return readTag(tag, tree.slice(1), serializer);
}

function readRecord(
  tree: Record<string, unknown>,
  serializer: ValueSerializer | undefined,
): Record<string, unknown> {
  for (const key of Object.keys(tree)) {
    // Assigning to it would set the prototype.
    if (key === "__proto__") throw new TypeError("it has a key named __proto__");
    tree[key] = fromTree(tree[key], serializer);
  }
  return tree;
}

function readArray(tree: unknown[], serializer: ValueSerializer | undefined): unknown[] {
  for (const [index, element] of tree.entries()) {
    if (Array.isArray(element) && element[0] === TAG.hole) delete tree[index];
    else tree[index] = fromTree(element, serializer);
  }
  return tree;
}

function readTag(
  tag: string,
  content: unknown[],
  serializer: ValueSerializer | undefined,
): unknown {
  const [first, second] = content;
  switch (tag) {
    case TAG.array:
      return readArray(content, serializer);
    case TAG.undefined:
      return undefined;
    case TAG.number:
      return readNumber(text(first));
    case TAG.bigint:
      return BigInt(text(first));
    case TAG.date:
      return readDate(first);
    case TAG.regexp:
      return new RegExp(text(first), text(second));
    case TAG.url:
      return new URL(text(first));
    case TAG.map:
      return readMap(readArray(content, serializer));
    case TAG.set:
      return new Set(readArray(content, serializer));
    case TAG.bytes:
      return readBytes(text(first), text(second));
    case TAG.decimal:
      return readDecimal(text(first));
    case TAG.error:
    case TAG.workflowError:
      return readError(first, tag === TAG.workflowError, serializer);
    case TAG.custom:
      return fromCustomValue(serializer, {
        json: fromTree(first, serializer),
        meta: fromTree(second, serializer),
      });
    default:
      throw new TypeError(`it has the unknown tag ${JSON.stringify(tag)}`);
  }
}

function readNumber(digits: string): number {
  const value = NUMBERS.get(digits);
  if (value === undefined) throw new TypeError("it has an unknown number");
  return value;
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["-0", -0],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function readDate(iso: unknown): Date {
  if (iso === null) return new Date(Number.NaN);
  const date = new Date(text(iso));
  if (Number.isNaN(date.getTime())) throw new TypeError("it has a date that is none");
  return date;
}

function readMap(entries: readonly unknown[]): Map<unknown, unknown> {
  if (entries.length % 2 !== 0) throw new TypeError("it has a map with half an entry");
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < entries.length; index += 2)
    map.set(entries[index], entries[index + 1]);
  return map;
}

function readError(tree: unknown, isOurs: boolean, serializer: ValueSerializer | undefined): Error {
  const { name, message, stack, code, errors, data, ...rest } = errorParts(tree);
  const error = new Error(message);
  if (isOurs && Object.hasOwn(WORKFLOW_ERROR_CLASSES, name)) {
    const ErrorClass = WORKFLOW_ERROR_CLASSES[name as keyof typeof WORKFLOW_ERROR_CLASSES];
    Object.setPrototypeOf(error, ErrorClass.prototype);
  } else if (name !== "Error") {
    define(error, "name", name, false);
  }
  // By assignment, for a definition formats the stack of this place first, which costs 100 µs.
  error.stack = stack ?? `${name}: ${message}`;
  if (code !== undefined) define(error, "code", code, true);
  if ("cause" in rest) define(error, "cause", fromTree(rest.cause, serializer), false);
  if (errors !== undefined) define(error, "errors", fromTree(errors, serializer), false);
  for (const [key, value] of Object.entries(data ?? {})) {
    define(error, key, fromTree(value, serializer), true);
  }
  return error;
}

function errorParts(tree: unknown): ErrorParts {
  if (typeof tree !== "object" || tree === null || !("name" in tree && "message" in tree)) {
    throw new TypeError("it has an error without name and message");
  }
  text(tree.name);
  text(tree.message);
  return tree as ErrorParts;
}

/** By definition and not by assignment, which a key such as `__proto__` would turn into something else. */
function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("it has a tag without its text");
  return value;
}
