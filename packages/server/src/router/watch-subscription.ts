import { tracked, type TrackedEnvelope } from "@trpc/server";
import { InvalidArgumentError } from "../core/errors.js";
import type { WorkflowRun } from "../core/run-types.js";
import { iterate } from "../engine/reading/iterate.js";
import { decodeRowId } from "../engine/reading/row-id.js";
import { startRecheck } from "./recheck.js";
import type { RouterCall, RouterParts } from "./router-call.js";
import type { WatchInput } from "./router-input-types.js";
import { toTrpcError } from "./trpc-error.js";

/**
 * The snapshots of a run, tracked by their revision. The caller is checked before each, and every
 * `recheckMs` while there is none. Ends with the run, and when the client leaves.
 */
export function watchSubscription(
  { engine, access, visible, recheckMs }: RouterParts,
  { ctx, input, signal }: RouterCall<WatchInput>,
): AsyncIterable<TrackedEnvelope<WorkflowRun>> {
  async function check(run: WorkflowRun): Promise<void> {
    await access.admitToRun(ctx, "watch", run, await access.identify(ctx));
  }

  return iterate(signal, async function* (scope) {
    let newest: WorkflowRun | null = null;
    try {
      const received = decodeRowId(input.lastEventId, "lastEventId");
      await access.identify(ctx);
      const recheck = startRecheck(
        async () => void (newest === null ? await access.identify(ctx) : await check(newest)),
        recheckMs,
        scope,
      );
      try {
        // From the start, whatever was received: a snapshot that watchers share tells whose run it
        // is without a read of its own.
        for await (const run of engine.watch(input.id, { signal: scope.signal })) {
          await check(run);
          if (scope.signal.aborted) break;
          const isFirst = newest === null;
          newest = run;
          if (isFirst) assertGivenOut(received, run);
          if (isFirst && run.revision === received) continue;
          yield tracked(String(run.revision), visible.run(run));
        }
        recheck.rethrow();
      } finally {
        recheck.stop();
      }
    } catch (error) {
      throw toTrpcError(error);
    }
  });
}

/** Revisions only rise, so that nobody has received one that is yet to come. */
function assertGivenOut(received: number, run: WorkflowRun): void {
  if (received <= run.revision) return;
  throw new InvalidArgumentError(
    `lastEventId must be the id of a snapshot of run ${run.id} that was given out before.`,
    { runId: run.id },
  );
}
