import { types } from "node:util";
import { isWorkflowError, NotSerializableError, WorkflowError } from "../errors.js";
import { writeBytes } from "./bytes.js";
import { isDecimal, writeDecimal } from "./decimal.js";
import { describe, isError, readErrorParts } from "./error-shape.js";
import { isPlainArray, isPlainObject, MAX_DEPTH } from "./is-json.js";
import { payloadTooLarge, walkBytes } from "./payload-size.js";
import { toCustomValue, type ValueSerializer } from "./serializer.js";
import { type ErrorParts, TAG, type Tag } from "./tags.js";

export interface ToTreeOptions {
  serializer: ValueSerializer | undefined;
  /** `maxPayloadBytes`. The walk ends far above it; below that it is for the caller to measure. */
  limit: number;
  /**
   * What becomes of a value that cannot be stored: an error, or a few words in its place, for the
   * causes of errors, which must be recorded whatever they hold.
   */
  unstorable: "throw" | "describe";
}

/**
 * Turns a value into what `JSON.stringify` can write: all that JSON has not stands there as a tag.
 * `what` is the value's name, the head of the path in errors.
 *
 * @throws {NotSerializableError} with the path of what cannot be stored.
 * @throws {PayloadTooLargeError} far above the limit.
 */
export function toTree(value: unknown, what: string, options: ToTreeOptions): unknown {
  const writer = new TreeWriter(what, options);
  try {
    return writer.write(value);
  } catch (error) {
    if (error instanceof WorkflowError) throw error;
    throw writer.notSerializable("cannot be read", error);
  }
}

/** A property, an element, or another way down, such as `.cause`, as it is written. */
type PathSegment = string | number | { readonly text: string };

class TreeWriter {
  readonly #options: ToTreeOptions;
  readonly #what: string;
  readonly #path: PathSegment[] = [];
  readonly #ancestors = new Set<unknown>();
  #bytesLeft: number;

  constructor(what: string, options: ToTreeOptions) {
    this.#options = options;
    this.#what = what;
    this.#bytesLeft = walkBytes(options.limit);
  }

  write(value: unknown): unknown {
    this.#spend(1);
    switch (typeof value) {
      case "string":
        this.#spend(value.length);
        return value;
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : writeNumber(value);
      case "undefined":
        return [TAG.undefined];
      case "bigint":
        return [TAG.bigint, this.write(value.toString())];
      case "object":
        return value === null ? null : this.#writeObject(value);
      default:
        return this.#writeCustom(value) ?? this.#refuse(`is ${describe(value)}`);
    }
  }

  notSerializable(why: string, cause?: unknown): NotSerializableError {
    const path = this.#what + this.#path.map(writeSegment).join("");
    return new NotSerializableError(
      `${path} ${why} and cannot be stored. Return plain data, or register the type with the engine's serializer.`,
      { path, cause },
    );
  }

  #writeObject(value: object): unknown {
    if (this.#ancestors.has(value)) return this.#refuse("is part of itself");
    if (this.#ancestors.size === MAX_DEPTH) return this.#refuse("is nested too deep");
    this.#ancestors.add(value);
    const tree = this.#writeStructure(value);
    this.#ancestors.delete(value);
    return tree;
  }

  #writeStructure(value: object): unknown {
    if (Array.isArray(value) && isPlainArray(value)) return this.#writeArray(value);
    if (isPlainObject(value)) return this.#writeRecord(value);
    // Before the serializer: superjson drops the message of a registered class of errors.
    if (isError(value)) return this.#writeError(value);
    return (
      this.#writeBuiltIn(value) ??
      this.#writeCustom(value) ??
      (isDecimal(value) ? [TAG.decimal, this.write(writeDecimal(value))] : undefined) ??
      this.#refuse(`is ${describe(value)}`)
    );
  }

  #writeArray(value: readonly unknown[]): unknown {
    this.#spend(value.length);
    const tree: unknown[] = [];
    let elements = 0;
    for (let index = 0; index < value.length; index += 1) {
      if (index in value) elements += 1;
      tree.push(index in value ? this.#writeAt(index, value[index]) : [TAG.hole]);
    }
    if (Object.keys(value).length !== elements || hasSymbolKeys(value)) {
      return this.#refuse("is an array with more than its elements");
    }
    const [first] = tree;
    return typeof first === "string" && first.startsWith(TAG.array) ? [TAG.array, ...tree] : tree;
  }

  #writeRecord(value: Readonly<Record<string, unknown>>): unknown {
    if (hasSymbolKeys(value)) return this.#refuse("has a symbol as a key");
    const tree: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      this.#spend(key.length);
      if (key === "__proto__") return this.#refuse("has a key named __proto__");
      this.#path.push(key);
      tree[key] = this.write(value[key]);
      this.#path.pop();
    }
    return tree;
  }

  #writeBuiltIn(value: object): readonly [Tag, ...unknown[]] | undefined {
    const bytes = writeBytes(value);
    if (bytes !== undefined) return [TAG.bytes, ...bytes.map((part) => this.write(part))];
    if (types.isDate(value) && isNamed(value, "Date")) {
      return [TAG.date, Number.isNaN(value.getTime()) ? null : value.toISOString()];
    }
    if (types.isMap(value) && isNamed(value, "Map")) return [TAG.map, ...this.#writeEntries(value)];
    if (types.isSet(value) && isNamed(value, "Set")) {
      return [
        TAG.set,
        ...Array.from(value, (item, at) => this.#writeAt({ text: `.values[${at}]` }, item)),
      ];
    }
    if (types.isRegExp(value) && isNamed(value, "RegExp")) {
      return [TAG.regexp, this.write(value.source), value.flags];
    }
    if (value instanceof URL && isNamed(value, "URL")) return [TAG.url, this.write(value.href)];
    return undefined;
  }

  #writeEntries(map: ReadonlyMap<unknown, unknown>): unknown[] {
    return Array.from(map).flatMap(([key, value], at) => [
      this.#writeAt({ text: `.keys[${at}]` }, key),
      this.#writeAt(
        { text: typeof key === "string" ? `.get(${describe(key)})` : `.values[${at}]` },
        value,
      ),
    ]);
  }

  #writeCustom(value: unknown): unknown {
    const custom = this.#toCustomValue(value);
    return custom && [TAG.custom, this.write(custom.json), this.write(custom.meta)];
  }

  #toCustomValue(value: unknown): ReturnType<typeof toCustomValue> {
    try {
      return toCustomValue(this.#options.serializer, value);
    } catch (error) {
      if (this.#options.unstorable === "throw") throw error;
      return undefined;
    }
  }

  #writeError(error: Error): unknown {
    const { name, message, stack, code, cause, errors } = readErrorParts(error);
    const parts: ErrorParts = { name, message };
    if (stack !== undefined) parts.stack = stack;
    if (code !== undefined) parts.code = code;
    this.#spend(message.length + (stack?.length ?? 0));
    // A chain of causes that comes back to itself is cut there: the error matters more.
    if (cause !== undefined && !this.#ancestors.has(cause.value)) {
      parts.cause = this.#writeAt("cause", cause.value);
    }
    if (errors !== undefined) parts.errors = this.#writeAt("errors", errors);
    if (!isWorkflowError(error)) return [TAG.error, parts];
    const data = Object.entries(error).filter(([key]) => !ERROR_KEYS.has(key));
    parts.data = Object.fromEntries(data.map(([key, value]) => [key, this.#writeAt(key, value)]));
    return [TAG.workflowError, parts];
  }

  #writeAt(segment: PathSegment, value: unknown): unknown {
    this.#path.push(segment);
    const tree = this.write(value);
    this.#path.pop();
    return tree;
  }

  #refuse(why: string): unknown {
    if (this.#options.unstorable === "throw") throw this.notSerializable(why);
    return `[${why}]`;
  }

  /** Every UTF-16 unit and every value takes a byte of the text at least. */
  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft >= 0) return;
    const { limit } = this.#options;
    throw payloadTooLarge(this.#what, walkBytes(limit) - this.#bytesLeft, limit);
  }
}

const ERROR_KEYS: ReadonlySet<string> = new Set([
  "name",
  "message",
  "stack",
  "code",
  "cause",
  "errors",
]);

function writeNumber(value: number): readonly [Tag, string] {
  return [TAG.number, Object.is(value, -0) ? "-0" : String(value)];
}

function hasSymbolKeys(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

/** Tells a built-in of any realm from an instance of a class derived from it. */
function isNamed(value: object, name: string): boolean {
  return value.constructor.name === name;
}

function writeSegment(segment: PathSegment): string {
  if (typeof segment === "object") return segment.text;
  if (typeof segment === "number") return `[${segment}]`;
  return /^[A-Za-z_$][\w$]*$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
