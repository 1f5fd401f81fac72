/** How long to try again, and what for. */
export interface ConflictPolicy {
  readonly isConflict: (error: unknown) => boolean;
  readonly forMs: number;
}

/**
 * Calls `work` until it does not conflict with another transaction, or for `forMs`; then its last
 * error is thrown. Waits between the calls, a little more each time and at random, so that two which
 * met do not meet again.
 */
export async function retryConflicts<T>(
  { isConflict, forMs }: ConflictPolicy,
  work: () => Promise<T>,
): Promise<T> {
  const giveUpAt = performance.now() + forMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || performance.now() + waitMs > giveUpAt) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())));
  }
}

// A writer's transaction of ours takes 1 to 5 ms on SQLite.
const FIRST_WAIT_MS = 2;
const MAX_WAIT_MS = 100;
