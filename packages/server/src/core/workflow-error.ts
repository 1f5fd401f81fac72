/** Every error code of this library, by the name of its class: the name in SCREAMING_SNAKE without `_ERROR`. */
export const WORKFLOW_ERROR_CODES = {
  InputValidationError: "INPUT_VALIDATION",
  EventValidationError: "EVENT_VALIDATION",
  UnknownEventError: "UNKNOWN_EVENT",
  UnknownStepError: "UNKNOWN_STEP",
  InvalidArgumentError: "INVALID_ARGUMENT",
  NotSerializableError: "NOT_SERIALIZABLE",
  RunNotFoundError: "RUN_NOT_FOUND",
  WorkflowNotFoundError: "WORKFLOW_NOT_FOUND",
  IdempotencyConflictError: "IDEMPOTENCY_CONFLICT",
  RunExistsError: "RUN_EXISTS",
  RunEndedError: "RUN_ENDED",
  RunNotEndedError: "RUN_NOT_ENDED",
  StepRunningError: "STEP_RUNNING",
  StepEndedError: "STEP_ENDED",
  PayloadTooLargeError: "PAYLOAD_TOO_LARGE",
  NonRetryableError: "NON_RETRYABLE",
  RetryAfterError: "RETRY_AFTER",
  StepTimeoutError: "STEP_TIMEOUT",
  RunTimeoutError: "RUN_TIMEOUT",
  ChildRunError: "CHILD_RUN",
  PendingWaitError: "PENDING_WAIT",
  NestedStepError: "NESTED_STEP",
  RecoveryLimitError: "RECOVERY_LIMIT",
  HistoryTooLongError: "HISTORY_TOO_LONG",
  TransactionRequiredError: "TRANSACTION_REQUIRED",
  RunFailedError: "RUN_FAILED",
  RunCancelledError: "RUN_CANCELLED",
  ResultTimeoutError: "RESULT_TIMEOUT",
  CorruptRowError: "CORRUPT_ROW",
  TablesMissingError: "TABLES_MISSING",
  UnsupportedDatabaseError: "UNSUPPORTED_DATABASE",
} as const;

export type WorkflowErrorName = keyof typeof WORKFLOW_ERROR_CODES;

export type WorkflowErrorCode = (typeof WORKFLOW_ERROR_CODES)[WorkflowErrorName];

/** What every error of this library takes beside its message. */
export interface WorkflowErrorOptions {
  /** The run that the error is about. */
  runId?: string | undefined;
  cause?: unknown;
}

/**
 * The base of every error that this library throws on purpose. `code` is stable; `message` is not.
 * Where two copies of the package may be loaded, test with `isWorkflowError`, not with `instanceof`.
 */
export abstract class WorkflowError extends Error {
  abstract readonly code: WorkflowErrorCode;
  /** The run that the error is about; absent where there is none. */
  declare readonly runId?: string;

  constructor(message: string, options: WorkflowErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (options.runId !== undefined) this.runId = options.runId;
  }
}

/** An argument is not what the call takes: a name, a duration, a cursor, a limit. */
export class InvalidArgumentError extends WorkflowError {
  override readonly code = WORKFLOW_ERROR_CODES.InvalidArgumentError;
}

/**
 * Gives error classes their `name`, where a stack trace finds it and a minifier does not change it.
 * On the prototype, since V8 writes the head of a stack before any field of the instance is set.
 */
export function nameErrorClasses(
  classes: Partial<Record<WorkflowErrorName, { prototype: WorkflowError }>>,
): void {
  for (const [name, { prototype }] of Object.entries(classes)) {
    Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
  }
}

/**
 * What copies of this package know each other's errors by. The number is that of the meaning of
 * `code` and its data, not of the package.
 */
export const WORKFLOW_ERROR_BRAND = Symbol.for("@trpc-workflow/error@1");

Object.defineProperty(WorkflowError.prototype, WORKFLOW_ERROR_BRAND, { value: true });
nameErrorClasses({ InvalidArgumentError });
