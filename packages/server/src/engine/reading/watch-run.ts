import { InvalidArgumentError } from "../../core/errors.js";
import { isRunId } from "../../core/names.js";
import type { WorkflowRun } from "../../core/run-types.js";
import type { WatchOptions } from "../operation-types.js";
import { untilAborted } from "./abort-scope.js";
import { iterate } from "./iterate.js";
import { createLatch } from "./latch.js";
import { runNotFound } from "./run-not-found.js";
import type { Snapshots } from "./snapshots.js";

/**
 * The state now, then the newest after each change: states between may be merged, never an older one,
 * the terminal one always, after which it ends. Snapshots are shared: do not change them. Ends quietly
 * on abort, on `return()` and when the feed closes.
 *
 * @throws {RunNotFoundError} while iterating, when the run is unknown, or was pruned meanwhile.
 * @throws {InvalidArgumentError} while iterating, when `after` is no revision.
 */
export function watchRun(
  snapshots: Snapshots,
  runId: string,
  { signal, after = 0 }: WatchOptions = {},
): AsyncIterable<WorkflowRun> {
  return iterate(signal, async function* (scope) {
    if (!Number.isSafeInteger(after) || after < 0) {
      throw new InvalidArgumentError(`after must be the revision of a snapshot, not ${after}.`);
    }
    if (!isRunId(runId)) throw runNotFound(runId);
    const latch = createLatch(scope.signal);
    const reader = snapshots.join(runId, (news) => {
      if (news === "closed") scope.abort();
      else latch.set();
    });
    try {
      for (let seen = after; ;) {
        const run = await untilAborted(reader.read(), scope.signal);
        if (run === undefined) return;
        const ended = run.endedAt !== null;
        // An end is given even where `after` is ahead of it, which only another database explains.
        if (run.revision > seen || (ended && run.revision !== seen)) {
          seen = run.revision;
          yield run;
        }
        if (ended) return;
        await latch.take();
        if (scope.signal.aborted) return;
      }
    } finally {
      reader.leave();
    }
  });
}
