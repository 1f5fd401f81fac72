import { tracked, type TrackedEnvelope } from "@trpc/server";
import type { StreamPart } from "../engine/operation-types.js";
import { iterate } from "../engine/reading/iterate.js";
import { decodeRowId } from "../engine/reading/row-id.js";
import { readHead } from "./read-head.js";
import { startRecheck } from "./recheck.js";
import type { RouterCall, RouterParts } from "./router-call.js";
import type { StreamInput } from "./router-input-types.js";
import { toTrpcError } from "./trpc-error.js";

/**
 * The parts of a stream, tracked by their id. The caller is checked before the first, then every
 * `recheckMs` and before a part that comes a second or more after the last check. Ends with the run,
 * and when the client leaves.
 */
export function streamSubscription(
  { engine, access, recheckMs }: RouterParts,
  { ctx, input, signal }: RouterCall<StreamInput<never>>,
): AsyncIterable<TrackedEnvelope<StreamPart<string, unknown>>> {
  return iterate(signal, async function* (scope) {
    try {
      decodeRowId(input.lastEventId, "lastEventId");
      await access.identify(ctx);
      const run = await readHead(engine, input.id);
      let checkedAt = 0;

      async function check(): Promise<void> {
        await access.admitToRun(ctx, "stream", run, await access.identify(ctx));
        checkedAt = performance.now();
      }

      await check();
      const recheck = startRecheck(check, recheckMs, scope);
      try {
        const options = { signal: scope.signal, after: input.lastEventId ?? undefined };
        for await (const part of engine.stream(input.id, input.stream, options)) {
          // Tokens come by the hundred: a look into the session for each would be a burden.
          if (performance.now() - checkedAt >= PART_CHECK_MS) await check();
          if (scope.signal.aborted) break;
          yield tracked(part.id, part);
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

const PART_CHECK_MS = 1_000;
