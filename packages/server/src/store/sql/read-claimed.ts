import type { CorruptRowError } from "../../core/errors.js";
import type { ClaimedRun } from "../store.js";
import { runCodec } from "./codecs.js";
import { groupByRun, readEvents, readSteps } from "./journal-sections.js";
import { readReadable } from "./read-readable.js";
import type { StoredRow } from "./row-codec.js";

/** Claimed runs with their journals, and those that could not be read. */
export interface ReadClaims {
  readonly claimed: readonly ClaimedRun[];
  readonly corrupt: readonly { readonly runId: string; readonly error: CorruptRowError }[];
}

/** Reads the sections of a claim. One corrupt run does not stop the others. */
export function readClaimed(section: (name: string) => readonly StoredRow[]): ReadClaims {
  const stepsOf = groupByRun(section("step"));
  const eventsOf = groupByRun(section("event"));
  const corrupt: { runId: string; error: CorruptRowError }[] = [];
  const read = (stored: StoredRow): ClaimedRun => {
    const runId = String(stored["id"]);
    const run = runCodec.read(stored);
    return { run, steps: readSteps(stepsOf(runId)), inbox: readEvents(eventsOf(runId)) };
  };
  const claimed = readReadable({ read }, section("run"), (error, { id }) =>
    corrupt.push({ runId: String(id), error }),
  );
  return { claimed, corrupt };
}
