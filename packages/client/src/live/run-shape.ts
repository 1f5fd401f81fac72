/** What following a run needs to know of it. */
export interface RunShape {
  readonly id: string;
  /** Raised by each commit. */
  readonly revision: number;
  readonly status: string;
}

/** Whether nothing but `retry` or `skipStep` changes the run any more. */
export function isEnded(run: Pick<RunShape, "status">): boolean {
  return ENDED.includes(run.status);
}

const ENDED = ["completed", "failed", "cancelled", "compensated"];
