import type { LiveRuns } from "./live/create-live-runs.js";
import { isEnded, type RunShape } from "./live/run-shape.js";

/**
 * The state now, then the newest after each change, until the run ends or `signal` is aborted. States
 * between may be merged; the one in which it ended is always given. Connects with the first `next`.
 *
 * @throws {TRPCClientError} when the server refuses: the run is unknown, or not the caller's to see.
 */
export async function* watchRun<TRun extends RunShape>(
  runs: LiveRuns<TRun>,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<TRun, void, undefined> {
  let wake: (() => void) | null = null;
  const notify = (): void => wake?.();
  const unsubscribe = runs.subscribe(id, notify);
  signal?.addEventListener("abort", notify);
  try {
    let seen: TRun | undefined;
    while (true) {
      if (signal?.aborted) return;
      const { run, error, connection } = runs.getState(id);
      if (run !== undefined && run !== seen) {
        seen = run;
        yield run;
        if (isEnded(run)) return;
      } else if (connection === "closed") {
        throw error;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener("abort", notify);
  }
}
