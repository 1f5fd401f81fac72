import type { StartTime } from "../core/child-types.js";
import type { PrismaRaw } from "../core/prisma-like.js";

/** Options of `start` but for the time. */
export interface StartOptionsBase {
  /** 1 to 200 of `[A-Za-z0-9._:-]`. @default a UUIDv7 */
  readonly id?: string | undefined;
  /** 1 to 255 characters, unique per workflow and owner for as long as its run is kept. */
  readonly idempotencyKey?: string | undefined;
  /** Whose run it is; the router's `owner` decides it for calls from clients. @default none */
  readonly owner?: string | undefined;
  /** At most 20 of 1 to 100 characters. @default [] */
  readonly tags?: readonly string[] | undefined;
  /** An integer, higher first. @default 0 */
  readonly priority?: number | undefined;
  /** The caller's open transaction: the run exists if and only if it commits. */
  readonly tx?: PrismaRaw | undefined;
}

/** Options of `start`; `delay` and `startAt` exclude each other. */
export type StartOptions = StartOptionsBase & StartTime;

/** Options of `sendEvent`. */
export interface SendEventOptions {
  /** 1 to 255 characters: of the events of one run with the same key the first alone counts. */
  readonly dedupeKey?: string | undefined;
  /** The caller's open transaction: the event is sent if and only if it commits. */
  readonly tx?: PrismaRaw | undefined;
}
