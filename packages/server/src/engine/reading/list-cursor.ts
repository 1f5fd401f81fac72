import { InvalidArgumentError } from "../../core/errors.js";
import { isRunId } from "../../core/names.js";

/** The last run of a page; runs are ordered by `createdAt`, then `id`. */
export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

const VERSION = 1;

/** The cursor of what comes after this run, opaque to users. It stays good while runs come and go. */
export function encodeListCursor({ createdAt, id }: ListPosition): string {
  return Buffer.from(JSON.stringify({ v: VERSION, createdAt, id })).toString("base64url");
}

/** @throws {InvalidArgumentError} for anything but a cursor that this version made. */
export function decodeListCursor(cursor: string): ListPosition {
  const position = typeof cursor === "string" ? parse(cursor) : null;
  // Compared as text, so that there is one cursor of each position and nothing is passed over.
  if (position !== null && encodeListCursor(position) === cursor) return position;
  throw new InvalidArgumentError("cursor must be the nextCursor of another page of this list.");
}

function parse(cursor: string): ListPosition | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (typeof value !== "object" || value === null) return null;
    if (!("createdAt" in value && "id" in value)) return null;
    const { createdAt, id } = value;
    return isTime(createdAt) && isRunId(id) ? { createdAt, id } : null;
  } catch {
    return null;
  }
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
