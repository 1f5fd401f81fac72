import { isWorkflowError } from "../errors.js";
import { isError, readErrorParts, toError } from "./error-shape.js";
import { fromTree } from "./from-tree.js";
import { isJson } from "./is-json.js";
import { payloadTooLarge, walkBytes } from "./payload-size.js";
import type { ValueSerializer } from "./serializer.js";
import { type ErrorParts, TAG, TAGGED } from "./tags.js";
import { toTree, type ToTreeOptions } from "./to-tree.js";

/** How much room one value may take unless the engine's option says otherwise: 1 MiB. */
export const DEFAULT_MAX_PAYLOAD_BYTES = 1_048_576;

export interface CodecOptions {
  /** A superjson instance, for the types registered with it. */
  serializer?: ValueSerializer | undefined;
  /** In bytes of UTF-8 of the encoded text. @default 1 MiB */
  maxPayloadBytes?: number | undefined;
}

/** Turns values into text that any database keeps, and back. */
export interface Codec {
  /**
   * `what` is the value's name, the head of the path in errors: `output`.
   *
   * @throws {NotSerializableError} with the path of what cannot be stored.
   * @throws {PayloadTooLargeError} above the limit.
   */
  readonly encode: (value: unknown, what: string) => string;
  /** @throws {SyntaxError} where the text is not one that `encode` made. */
  readonly decode: (text: string) => unknown;
  /**
   * Encodes anything that was thrown, what is not an error as `NonErrorThrown`. Never throws: of an
   * error that cannot be stored or is too large it keeps what can be.
   */
  readonly encodeError: (thrown: unknown) => string;
  /** @throws {SyntaxError} where the text is not one that `encodeError` made. */
  readonly decodeError: (text: string) => Error;
}

/**
 * Makes the codec of an engine. Values are walked before they are encoded, so that each comes back as it
 * went in or is refused; shared references come back as copies. Plain data becomes plain JSON.
 */
export function createCodec(options: CodecOptions = {}): Codec {
  const { serializer, maxPayloadBytes: limit = DEFAULT_MAX_PAYLOAD_BYTES } = options;

  function encode(value: unknown, what: string): string {
    const text = canBeJson(value, limit)
      ? JSON.stringify(value)
      : write(value, what, { serializer, limit, unstorable: "throw" });
    if (text.length * 3 > limit) checkSize(text, what, limit);
    return text;
  }

  function decode(text: string): unknown {
    try {
      if (!text.startsWith(TAGGED)) return JSON.parse(text);
      return fromTree(JSON.parse(text.slice(TAGGED.length)), serializer);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SyntaxError(`A stored value cannot be read: ${why}.`, { cause });
    }
  }

  function encodeError(thrown: unknown): string {
    const error = toError(thrown);
    try {
      const text = write(error, "error", {
        serializer,
        limit,
        unstorable: "describe",
      });
      checkSize(text, "error", limit);
      return text;
    } catch {
      return writeHeadOf(error, limit);
    }
  }

  function decodeError(text: string): Error {
    const error = decode(text);
    if (!isError(error)) throw new SyntaxError("A stored error cannot be read: it is none.");
    return error;
  }

  return { encode, decode, encodeError, decodeError };
}

/** A getter that throws is left to the walk, which knows its path. */
function canBeJson(value: unknown, limit: number): boolean {
  try {
    return isJson(value, walkBytes(limit));
  } catch {
    return false;
  }
}

function write(value: unknown, what: string, options: ToTreeOptions): string {
  return TAGGED + JSON.stringify(toTree(value, what, options));
}

function checkSize(text: string, what: string, limit: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) throw payloadTooLarge(what, bytes, limit);
}

/** The error without what it carries, cut so that it fits: a character takes at most 6 bytes of JSON. */
function writeHeadOf(error: Error, limit: number): string {
  const { name, message, stack, code } = readErrorParts(error);
  const parts: ErrorParts = { name: cut(name, 200), message: cut(message, limit / 16) };
  if (stack !== undefined) parts.stack = cut(stack, limit / 16);
  if (code !== undefined) parts.code = typeof code === "string" ? cut(code, 200) : code;
  return TAGGED + JSON.stringify([isWorkflowError(error) ? TAG.workflowError : TAG.error, parts]);
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
