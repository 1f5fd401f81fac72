import type { StreamPartRow } from "../../core/rows.js";
import type { Logger } from "../../core/logger.js";
import { assertStepName, isRunId } from "../../core/names.js";
import { isEnded } from "../../core/status.js";
import type { Codec } from "../../core/values/codec.js";
import type { Store } from "../../store/store.js";
import type { EngineClock } from "../clock.js";
import type { StreamOptions, StreamPart } from "../operation-types.js";
import { untilAborted } from "./abort-scope.js";
import type { ChangeFeed } from "./change-feed.js";
import { iterate } from "./iterate.js";
import { createLatch } from "./latch.js";
import { readAgain } from "./read-again.js";
import { decodeRowId, encodeRowId } from "./row-id.js";
import { createRowReader } from "./row-reader.js";
import { runNotFound } from "./run-not-found.js";
import { NO_STEPS } from "./step-windows.js";

export interface ReadStreamDeps {
  readonly store: Pick<Store, "readRun" | "readStream">;
  readonly codec: Codec;
  readonly feed: Pick<ChangeFeed, "subscribe">;
  readonly clock: EngineClock;
  readonly logger: Logger;
}

const PAGE_SIZE = 200;

/**
 * The parts of a stream in order, from the first kept or behind `after`; ends with the run, after its
 * last part. Ends quietly on abort, on `return()` and when the feed closes.
 *
 * @throws {RunNotFoundError} while iterating, when the run is unknown, or was pruned meanwhile.
 * @throws {InvalidArgumentError} while iterating, for a bad name or `after`.
 */
export function readStream(
  deps: ReadStreamDeps,
  runId: string,
  stream: string,
  options: StreamOptions = {},
): AsyncIterable<StreamPart<string, unknown>> {
  const { store, codec, feed } = deps;
  return iterate(options.signal, async function* (scope) {
    const { signal } = scope;
    assertStepName(stream, "The name of a stream");
    let after = decodeRowId(options.after, "after");
    if (!isRunId(runId)) throw runNotFound(runId);
    const latch = createLatch(signal);
    const subscription = feed.subscribe(runId, (news) =>
      news === "closed" ? scope.abort() : latch.set(),
    );

    async function readPage() {
      // The run before its parts: what an ended run has emitted is there then.
      const rows = await store.readRun(runId, NO_STEPS);
      if (rows === null) throw runNotFound(runId);
      subscription.seen(rows.run.revision);
      const parts = await store.readStream(runId, { stream, after, limit: PAGE_SIZE });
      return { parts, ended: isEnded(rows.run.status) };
    }

    try {
      for (let reading = readPage(); ; reading = readAgain(readPage, { ...deps, signal })) {
        const page = await untilAborted(reading, signal);
        if (page === undefined) return;
        for (const part of page.parts) {
          after = part.id;
          yield viewPart(part, runId, codec);
          if (signal.aborted) return;
        }
        if (page.parts.length === PAGE_SIZE) continue;
        if (page.ended) return;
        await latch.take();
        if (signal.aborted) return;
      }
    } finally {
      subscription.unsubscribe();
    }
  });
}

function viewPart(row: StreamPartRow, runId: string, codec: Codec): StreamPart<string, unknown> {
  const part = {
    id: encodeRowId(row.id),
    stream: row.stream,
    step: row.step,
    attempt: row.attempt,
  };
  if (row.reset) return { ...part, reset: true };
  const read = createRowReader(codec, {
    table: "workflow_stream_part",
    id: `${runId}/${part.id}`,
    runId,
    format: row.format,
  });
  return { ...part, value: read.value("value", read.required("value", row.value)) };
}
