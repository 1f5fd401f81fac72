import {
  type AttemptRow,
  BLOCKED_KINDS,
  END_CAUSES,
  type LogRow,
  LOG_LEVELS,
  type RunRow,
  STEP_KINDS,
  type StepRow,
  WAITING_KINDS,
} from "../../core/rows.js";
import { RUN_PHASES, STORED_STEP_STATUSES, UNDO_STATUSES } from "../../core/status.js";
import { FORMAT } from "../../core/values/tags.js";
import type { TakenEventRow } from "../../store/store.js";

/** Whether a value is what a column may hold. */
export type Check<T> = (value: unknown) => value is T;

/** The checks of a row, column by column. */
export type RowShape<TRow> = { readonly [K in keyof TRow]-?: Check<TRow[K]> };

const text: Check<string> = (value): value is string => typeof value === "string";
const flag: Check<boolean> = (value): value is boolean => typeof value === "boolean";
const integer: Check<number> = (value): value is number => Number.isSafeInteger(value);
const format: Check<number> = (value): value is number => value === FORMAT;
const texts = listOf(text);

const attempt: RowShape<AttemptRow> = {
  attempt: integer,
  startedAt: integer,
  endedAt: orNull(integer),
  error: orNull(text),
};

export const RUN_SHAPE: RowShape<RunRow> = {
  id: text,
  workflow: text,
  version: text,
  status: oneOf(RUN_PHASES),
  paused: flag,
  blockedKind: orNull(oneOf(BLOCKED_KINDS)),
  blockedMessage: orNull(text),
  revision: integer,
  wakes: integer,
  outcomes: integer,
  calls: integer,
  attempt: integer,
  iteration: integer,
  owner: text,
  tags: texts,
  idempotencyKey: orNull(text),
  inputHash: text,
  priority: integer,
  traceId: orNull(text),
  parentId: orNull(text),
  parentKey: orNull(text),
  detached: flag,
  seed: text,
  format,
  input: text,
  output: orNull(text),
  progress: orNull(text),
  error: orNull(text),
  cause: orNull(oneOf(END_CAUSES)),
  failedSteps: texts,
  skipUndo: flag,
  patches: recordOf(flag),
  generations: recordOf(integer),
  waitingKind: orNull(oneOf(WAITING_KINDS)),
  waitingName: orNull(text),
  waitingUntil: orNull(integer),
  queue: orNull(integer),
  dueAt: orNull(integer),
  expiresAt: orNull(integer),
  workerId: orNull(text),
  leaseToken: orNull(text),
  leaseMs: integer,
  commits: integer,
  progressed: flag,
  recoveries: integer,
  createdAt: integer,
  startAt: integer,
  startedAt: orNull(integer),
  iterationAt: orNull(integer),
  updatedAt: integer,
  deadlineAt: orNull(integer),
  endedAt: orNull(integer),
};

export const STEP_SHAPE: RowShape<StepRow> = {
  key: text,
  name: text,
  kind: oneOf(STEP_KINDS),
  status: oneOf(STORED_STEP_STATUSES),
  position: integer,
  askedAfter: integer,
  seq: orNull(integer),
  attempt: integer,
  attempts: listOf(rowOf(attempt)),
  startedAt: integer,
  endedAt: orNull(integer),
  until: orNull(integer),
  event: orNull(text),
  childId: orNull(text),
  undoable: flag,
  timedOut: flag,
  format,
  output: orNull(text),
  error: orNull(text),
  undoStatus: orNull(oneOf(UNDO_STATUSES)),
  undoAttempt: integer,
  undoStartedAt: orNull(integer),
  undoEndedAt: orNull(integer),
  undoUntil: orNull(integer),
  undoError: orNull(text),
};

export const EVENT_SHAPE: RowShape<TakenEventRow> = {
  id: text,
  name: text,
  format,
  payload: text,
  seq: orNull(integer),
  dedupeKey: orNull(text),
  stepKey: orNull(text),
  createdAt: integer,
  acceptedAt: orNull(integer),
};

export const LOG_SHAPE: RowShape<LogRow> = {
  id: integer,
  at: integer,
  level: oneOf(LOG_LEVELS),
  message: text,
  format,
  data: orNull(text),
  step: orNull(text),
  attempt: orNull(integer),
};

/** The first column of a row that is not as its shape says; `null` where all are. */
export function findBadColumn<TRow>(shape: RowShape<TRow>, value: object): string | null {
  for (const [column, check] of Object.entries<Check<unknown>>(shape)) {
    if (!Object.hasOwn(value, column) || !check(Reflect.get(value, column))) return column;
  }
  return null;
}

/** The columns of a row that its shape names, and no others. */
export function pickColumns<TRow extends object>(shape: RowShape<TRow>, row: TRow): TRow {
  return Object.fromEntries(
    Object.keys(shape).map((column) => [column, Reflect.get(row, column)]),
  ) as TRow;
}

function orNull<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

function oneOf<const T>(values: readonly T[]): Check<T> {
  return (value): value is T => (values as readonly unknown[]).includes(value);
}

function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(check);
}

function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> =>
    isObject(value) && Object.values(value).every(check);
}

function rowOf<TRow>(shape: RowShape<TRow>): Check<TRow> {
  return (value): value is TRow => isObject(value) && findBadColumn(shape, value) === null;
}

/** Whether it is an object that can be a row. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
