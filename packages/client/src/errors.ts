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

/** The run failed, timed out, or was undone after either; `cause` is the run's error revived. */
export class RunFailedError extends Error {
  readonly code = "RUN_FAILED";
  readonly runId: string;
  /** The run as it ended. */
  readonly run: RunWithoutResult;

  constructor(message: string, options: { run: RunWithoutResult; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.run = options.run;
    this.runId = options.run.id;
  }
}

/** The run was cancelled. */
export class RunCancelledError extends Error {
  readonly code = "RUN_CANCELLED";
  readonly runId: string;
  /** The run as it ended. */
  readonly run: RunWithoutResult;

  constructor(message: string, options: { run: RunWithoutResult; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.run = options.run;
    this.runId = options.run.id;
  }
}

/** The run did not end in time; it goes on. */
export class ResultTimeoutError extends Error {
  readonly code = "RESULT_TIMEOUT";
  readonly runId: string;

  constructor(message: string, options: { runId: string }) {
    super(message);
    this.runId = options.runId;
  }
}

// On the prototypes: a minifier changes the names of classes. By the brand the server's
// `isWorkflowError` knows these errors too.
for (const [name, { prototype }] of Object.entries({
  RunFailedError,
  RunCancelledError,
  ResultTimeoutError,
})) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(prototype, Symbol.for("@trpc-workflow/error@1"), { value: true });
}
