/** An error as a run shows it; `stack`, `cause` and `errors` only where the router exposes them. */
export interface RunErrorShape {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[] | undefined;
}

/** What a run without a result shows, whatever the router. */
export interface RunWithoutResult {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  readonly revision: number;
  readonly status: string;
  readonly cause: "error" | "timeout" | "cancel" | null;
  readonly error: RunErrorShape | null;
}

abstract class ResultError extends Error {
  readonly runId: string;

  constructor(message: string, runId: string, options?: ErrorOptions) {
    super(message, options);
    this.runId = runId;
  }
}

abstract class NoResultError extends ResultError {
  /** The run as it ended. */
  readonly run: RunWithoutResult;

  constructor(message: string, run: RunWithoutResult, options?: ErrorOptions) {
    super(message, run.id, options);
    this.run = run;
  }
}

/** The run failed, timed out, or was undone after either; `cause` is the run's error revived. */
export class RunFailedError extends NoResultError {
  readonly code = "RUN_FAILED";
}

/** The run was cancelled. */
export class RunCancelledError extends NoResultError {
  readonly code = "RUN_CANCELLED";
}

/** The run did not end in time; it goes on. */
export class ResultTimeoutError extends ResultError {
  readonly code = "RESULT_TIMEOUT";
}

// On the prototypes: a minifier changes the names of classes. By the brand the server's
// `isWorkflowError` knows these errors too.
for (const [name, { prototype }] of Object.entries({
  RunFailedError,
  RunCancelledError,
  ResultTimeoutError,
})) {
  Object.defineProperties(prototype, {
    name: { value: name, configurable: true, writable: true },
    [Symbol.for("@trpc-workflow/error@1")]: { value: true },
  });
}
