import { InvalidArgumentError } from "./workflow-error.js";

/** How many tags a run may have. */
export const MAX_TAGS = 20;

/** @throws {InvalidArgumentError} unless `name` can name a workflow: `^[a-z][A-Za-z0-9._-]{0,99}$`. */
export function assertWorkflowName(name: unknown): asserts name is string {
  if (typeof name === "string" && WORKFLOW_NAME.test(name)) return;
  refuse(
    "The name of a workflow",
    "must begin with a lower-case letter and have at most 100 letters, digits, dots, dashes and underscores",
    name,
  );
}

/**
 * `what` begins the message: `The name of a sleep`.
 *
 * @throws {InvalidArgumentError} unless `name` has 1–200 characters without `#` and control characters.
 */
export function assertStepName(name: unknown, what: string): asserts name is string {
  if (isText(name, 200) && !NOT_IN_STEP_NAME.test(name)) return;
  refuse(what, "must be text of 1 to 200 characters without # and control characters", name);
}

/** Whether a run can have this id: 1–200 of `[A-Za-z0-9._:-]`. */
export function isRunId(id: unknown): id is string {
  return typeof id === "string" && RUN_ID.test(id);
}

/** @throws {InvalidArgumentError} unless a run can have this id. */
export function assertRunId(id: unknown): asserts id is string {
  if (!isRunId(id)) refuse("The id of a run", "must be 1 to 200 of A-Z a-z 0-9 . _ : -", id);
}

/**
 * `what` begins the message: `idempotencyKey` or `dedupeKey`.
 *
 * @throws {InvalidArgumentError} unless `key` is text of 1–255 characters that a database can keep.
 */
export function assertKey(key: unknown, what: string): asserts key is string {
  if (!isText(key, 255)) refuse(what, `must be ${textOf(255)}`, key);
}

/** @throws {InvalidArgumentError} unless `tags` are at most 20 texts of 1–100 characters. */
export function assertTags(tags: unknown): asserts tags is readonly string[] {
  if (!Array.isArray(tags) || tags.length > MAX_TAGS) {
    refuse("tags", `must be a list of at most ${MAX_TAGS}`, tags);
  }
  for (const [index, tag] of tags.entries()) {
    if (!isText(tag, 100)) refuse(`tags[${index}]`, `must be ${textOf(100)}`, tag);
  }
}

/** @throws {InvalidArgumentError} unless `priority` is an integer that fits into 32 bits. */
export function assertPriority(priority: unknown): asserts priority is number {
  if (Number.isInteger(priority) && priority === (Number(priority) | 0)) return;
  refuse("priority", "must be an integer from -2147483648 to 2147483647", priority);
}

/** @throws {InvalidArgumentError} unless `owner` is text of 1–255 characters that a database can keep. */
export function assertOwner(owner: unknown): asserts owner is string {
  if (!isText(owner, 255)) refuse("owner", `must be ${textOf(255)}`, owner);
}

/** The key of the `occurrence`th step (from 1) of a name: `charge`, then `charge#2`. */
export function stepKey(name: string, occurrence: number): string {
  return occurrence === 1 ? name : `${name}#${occurrence}`;
}

const WORKFLOW_NAME = /^[a-z][A-Za-z0-9._-]{0,99}$/;
const RUN_ID = /^[A-Za-z0-9._:-]{1,200}$/;
const NOT_IN_STEP_NAME = /[#\p{Cc}]/u;

/** PostgreSQL refuses NUL in text, and neither database keeps half of a surrogate pair. */
function isText(value: unknown, maxLength: number): value is string {
  return (
    typeof value === "string" &&
    value.length >= 1 &&
    value.length <= maxLength &&
    !value.includes("\0") &&
    !LONE_SURROGATE.test(value)
  );
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function textOf(maxLength: number): string {
  return `text of 1 to ${maxLength} characters without NUL and halves of surrogate pairs`;
}

function refuse(what: string, rule: string, given: unknown): never {
  throw new InvalidArgumentError(`${what} ${rule}; given was ${show(given)}.`);
}

/** Short enough for a message, and as text that a log can hold. */
function show(given: unknown): string {
  if (Array.isArray(given)) return `a list of ${given.length}`;
  if (typeof given !== "string") return given === null ? "null" : `a value of type ${typeof given}`;
  const shown = JSON.stringify(given.slice(0, 60));
  return given.length > 60 ? `${shown}… of ${given.length} characters` : shown;
}
