import { InputValidationError } from "../core/errors.js";
import { MAX_TAGS } from "../core/names.js";
import { parseNow } from "../core/schema.js";
import { RUN_STATUSES } from "../core/status.js";
import type { ListFilter } from "../engine/operation-types.js";
import {
  anything,
  date,
  type Field,
  flag,
  integer,
  listOf,
  nullish,
  object,
  oneOf,
  oneOrSeveral,
  optional,
  text,
} from "./input-fields.js";
import type {
  CancelInput,
  LogsInput,
  OperateInput,
  RetryInput,
  SkipStepInput,
  StartInputExtras,
  StreamInput,
  WakeInput,
  WatchInput,
} from "./router-input-types.js";

/** Reads the input of a procedure. */
export type InputParser<T> = (input: unknown) => T;

/** What `start` takes, whatever the workflow. */
export interface AnyStartInput extends StartInputExtras {
  workflow: string;
  input: unknown;
}

/** What `sendEvent` takes, whatever the workflow. */
export interface AnySendEventInput {
  id: string;
  workflow: string | undefined;
  event: string;
  payload: unknown;
  dedupeKey: string | undefined;
}

// Each has at least the length that the engine allows, so that the engine's own message says what it is.
const NAME_LENGTH = 300;
const CURSOR_LENGTH = 1_000;
const MAX_STATUSES = 100;

// An id is whatever was sent: one that no run can have is not found.
const id = text();
const name = text(NAME_LENGTH);
const tags = listOf(name, 2 * MAX_TAGS);
const operate = { id, reason: optional(text()) };

/**
 * Readers of the inputs by procedure, as far as what was sent is of the right types: what it may be is
 * the engine's to say.
 *
 * @throws {InputValidationError} with the path and the text of each issue.
 */
export const inputParsers = {
  start: parserOf<AnyStartInput>({
    workflow: name,
    input: anything,
    idempotencyKey: optional(name),
    tags: optional(tags),
    startAt: optional(date),
  }),
  get: parserOf<{ id: string }>({ id }),
  list: parserOf<Required<ListFilter>>({
    workflow: optional(name),
    status: optional(oneOrSeveral(oneOf(RUN_STATUSES), MAX_STATUSES)),
    owner: optional(name),
    tags: optional(tags),
    createdAfter: optional(date),
    createdBefore: optional(date),
    search: optional(name),
    limit: optional(integer),
    cursor: nullish(text(CURSOR_LENGTH)),
  }),
  watch: parserOf<Required<WatchInput>>({ id, lastEventId: nullish(name) }),
  stream: parserOf<Required<StreamInput<never>>>({
    id,
    stream: name,
    lastEventId: nullish(name),
  }),
  logs: parserOf<Required<LogsInput>>({
    id,
    step: optional(name),
    after: nullish(name),
    limit: optional(integer),
  }),
  cancel: parserOf<Required<CancelInput>>({ ...operate, compensate: optional(flag) }),
  retry: parserOf<Required<RetryInput>>({ ...operate, from: optional(name) }),
  pause: parserOf<Required<OperateInput>>(operate),
  resume: parserOf<Required<OperateInput>>(operate),
  skipStep: parserOf<Required<SkipStepInput>>({ ...operate, step: name, output: anything }),
  wake: parserOf<Required<WakeInput>>({ ...operate, step: optional(name) }),
  sendEvent: parserOf<AnySendEventInput>({
    id,
    workflow: optional(name),
    event: name,
    payload: anything,
    dedupeKey: optional(name),
  }),
};

function parserOf<T extends object>(fields: {
  readonly [K in keyof T]: Field<T[K]>;
}): InputParser<T> {
  const schema = {
    "~standard": { version: 1, vendor: "trpc-workflow", validate: object<T>(fields) },
  } as const;
  return (input) =>
    parseNow(schema, input, (summary, issues) => {
      return new InputValidationError(`This is not what the procedure takes: ${summary}.`, {
        issues,
      });
    }) as T;
}
