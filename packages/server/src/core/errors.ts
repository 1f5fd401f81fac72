import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Duration, parseDuration } from "./duration.js";
import type { CancelledRun, CompensatedRun, FailedRun } from "./run-types.js";
import {
  InvalidArgumentError,
  nameErrorClasses,
  WORKFLOW_ERROR_BRAND,
  WORKFLOW_ERROR_CODES,
  WorkflowError,
  type WorkflowErrorCode,
  type WorkflowErrorName,
  type WorkflowErrorOptions,
} from "./workflow-error.js";

export {
  InvalidArgumentError,
  WORKFLOW_ERROR_CODES,
  WorkflowError,
  type WorkflowErrorCode,
  type WorkflowErrorName,
  type WorkflowErrorOptions,
};

/** What a schema found wrong: Standard Schema's own shape. */
export type ValidationIssue = StandardSchemaV1.Issue;

/** The run that a result error carries. */
export type RunWithoutResult =
  | FailedRun<string, string, unknown, unknown>
  | CancelledRun<string, string, unknown, unknown>
  | CompensatedRun<string, string, unknown, unknown>;

/** The error that has this code. */
export type WorkflowErrorOf<TCode extends WorkflowErrorCode> = Extract<
  InstanceType<(typeof WORKFLOW_ERROR_CLASSES)[WorkflowErrorName]>,
  { readonly code: TCode }
>;

/** An input, output, progress or stream value does not pass its schema; nothing was stored. */
export class InputValidationError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.InputValidationError;
  readonly issues: readonly ValidationIssue[];

  constructor(
    message: string,
    options: WorkflowErrorOptions & { issues: readonly ValidationIssue[] },
  ) {
    super(message, options);
    this.issues = options.issues;
  }
}

/** The payload of an event does not pass the event's schema; nothing was stored. */
export class EventValidationError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.EventValidationError;
  readonly issues: readonly ValidationIssue[];

  constructor(
    message: string,
    options: WorkflowErrorOptions & { issues: readonly ValidationIssue[] },
  ) {
    super(message, options);
    this.issues = options.issues;
  }
}

/** The run's workflow declares no event of this name. */
export class UnknownEventError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.UnknownEventError;
}

/** The run has no step of this key. */
export class UnknownStepError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.UnknownStepError;
}

/** A value cannot be stored and come back as it went in. */
export class NotSerializableError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.NotSerializableError;
  /** Where it stands, from the value's own name on: `output.items[3].when`. */
  readonly path: string;

  constructor(message: string, options: WorkflowErrorOptions & { path: string }) {
    super(message, options);
    this.path = options.path;
  }
}

/** No run has this id, or none that the caller may see. */
export class RunNotFoundError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunNotFoundError;
}

/** The engine lists no workflow of this name (and version). */
export class WorkflowNotFoundError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.WorkflowNotFoundError;
}

/** The idempotency key belongs to a run that was started with another input. */
export class IdempotencyConflictError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.IdempotencyConflictError;
}

/** The id given to `start` is in use. */
export class RunExistsError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunExistsError;
}

/** The run has ended, so that this cannot be done to it any more. */
export class RunEndedError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunEndedError;
  /** What the run ended as. */
  readonly status: string;

  constructor(message: string, options: WorkflowErrorOptions & { status: string }) {
    super(message, options);
    this.status = options.status;
  }
}

/** The run is live or completed, so that there is nothing to put back to work. */
export class RunNotEndedError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunNotEndedError;
  readonly status: string;

  constructor(message: string, options: WorkflowErrorOptions & { status: string }) {
    super(message, options);
    this.status = options.status;
  }
}

/** The function of the step runs at this moment. */
export class StepRunningError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.StepRunningError;
}

/** Nothing of this name waits: there is no sleep to wake and no step to skip. */
export class StepEndedError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.StepEndedError;
}

/** A value takes more room than `maxPayloadBytes` allows. */
export class PayloadTooLargeError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.PayloadTooLargeError;
  /** How much the value takes, in bytes of UTF-8; a lower bound where the walk stopped early. */
  readonly bytes: number;
  readonly limit: number;

  constructor(message: string, options: WorkflowErrorOptions & { bytes: number; limit: number }) {
    super(message, options);
    this.bytes = options.bytes;
    this.limit = options.limit;
  }
}

/** Thrown by a step: no further attempt is made, and the step fails with this error. */
export class NonRetryableError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.NonRetryableError;
}

/**
 * Thrown by a step: the next attempt begins after `delay`, whatever the back-off says. Attempts count.
 *
 * @throws {InvalidArgumentError} for a bad duration.
 */
export class RetryAfterError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RetryAfterError;
  readonly delayMs: number;

  constructor(message: string, delay: Duration, options: WorkflowErrorOptions = {}) {
    super(message, options);
    this.delayMs = parseDuration(delay, "The delay of RetryAfterError");
  }
}

/** An attempt of a step took longer than its `timeout`. */
export class StepTimeoutError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.StepTimeoutError;
}

/** The run's `timeout` has passed. */
export class RunTimeoutError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunTimeoutError;
}

/** A child run did not complete; `cause` is its error. */
export class ChildRunError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.ChildRunError;
}

/** The same event is awaited already, under the same `key` or none. */
export class PendingWaitError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.PendingWaitError;
}

/** The function of a step, transaction or undo used what only the handler may use. */
export class NestedStepError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.NestedStepError;
}

/** Workers died `maxRecoveries` times in a row with nothing recorded. */
export class RecoveryLimitError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RecoveryLimitError;
}

/** The run has more than `maxHistory` outcomes; `continueAsNew` begins an empty history. */
export class HistoryTooLongError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.HistoryTooLongError;
}

/** A `transaction` was asked for where there is no Prisma client to open one. */
export class TransactionRequiredError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.TransactionRequiredError;
}

/** The run has no result since it failed, or was undone after a failure; `cause` is its error. */
export class RunFailedError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunFailedError;
  readonly run: RunWithoutResult;

  constructor(message: string, options: WorkflowErrorOptions & { run: RunWithoutResult }) {
    super(message, options);
    this.run = options.run;
  }
}

/** The run has no result since it was cancelled. */
export class RunCancelledError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.RunCancelledError;
  readonly run: RunWithoutResult;

  constructor(message: string, options: WorkflowErrorOptions & { run: RunWithoutResult }) {
    super(message, options);
    this.run = options.run;
  }
}

/** The run did not end within the `timeout` of `result`; it goes on. */
export class ResultTimeoutError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.ResultTimeoutError;
}

/** A row holds what this version cannot read. */
export class CorruptRowError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.CorruptRowError;
  readonly table: string;
  readonly id: string;
  readonly column: string;

  constructor(
    message: string,
    options: WorkflowErrorOptions & { table: string; id: string; column: string },
  ) {
    super(message, options);
    this.table = options.table;
    this.id = options.id;
    this.column = options.column;
  }
}

/** The tables of `prisma/workflow.prisma` are not there, or are of another version. */
export class TablesMissingError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.TablesMissingError;
}

/** The client's database is neither PostgreSQL nor SQLite. */
export class UnsupportedDatabaseError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.UnsupportedDatabaseError;
}

/** Every class by its name, so that a stored error of this library is revived as itself. */
export const WORKFLOW_ERROR_CLASSES = {
  InputValidationError,
  EventValidationError,
  UnknownEventError,
  UnknownStepError,
  InvalidArgumentError,
  NotSerializableError,
  RunNotFoundError,
  WorkflowNotFoundError,
  IdempotencyConflictError,
  RunExistsError,
  RunEndedError,
  RunNotEndedError,
  StepRunningError,
  StepEndedError,
  PayloadTooLargeError,
  NonRetryableError,
  RetryAfterError,
  StepTimeoutError,
  RunTimeoutError,
  ChildRunError,
  PendingWaitError,
  NestedStepError,
  RecoveryLimitError,
  HistoryTooLongError,
  TransactionRequiredError,
  RunFailedError,
  RunCancelledError,
  ResultTimeoutError,
  CorruptRowError,
  TablesMissingError,
  UnsupportedDatabaseError,
} as const satisfies Record<WorkflowErrorName, unknown>;

nameErrorClasses(WORKFLOW_ERROR_CLASSES);

/**
 * Whether this is an error of this library (with this `code`), whichever copy of the package made it.
 *
 * @example
 * if (isWorkflowError(error, "PAYLOAD_TOO_LARGE")) console.log(error.bytes, error.limit);
 */
export function isWorkflowError(error: unknown): error is WorkflowError;
export function isWorkflowError<TCode extends WorkflowErrorCode>(
  error: unknown,
  code: TCode,
): error is WorkflowErrorOf<TCode>;
export function isWorkflowError(error: unknown, code?: WorkflowErrorCode): boolean {
  if (typeof error !== "object" || error === null || !(WORKFLOW_ERROR_BRAND in error)) return false;
  return code === undefined || ("code" in error && error.code === code);
}
