/** What a handler can read of the run that it executes. */
export interface RunInfo {
  readonly id: string;
  readonly workflow: string;
  readonly version: string;
  /** Counts the `retry`s of the run from 1; a takeover by another worker never raises it. */
  readonly attempt: number;
  /** Counts the `continueAsNew`s of the run from 1. */
  readonly iteration: number;
  readonly createdAt: Date;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | null;
  readonly traceId: string | null;
}
