import { CorruptRowError } from "../../core/errors.js";
import type { ClaimedRun, HeldRun } from "../store.js";
import { heldCodec, runCodec } from "./codecs.js";
import { groupByRun, readEvents, readSteps } from "./journal-sections.js";
import type { StoredRow } from "./row-codec.js";

/** Where a run goes that cannot be read. */
export type OnCorrupt = (error: CorruptRowError) => void;

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
  const claimed = section("run").flatMap((stored) => {
    const runId = String(stored["id"]);
    try {
      const run = runCodec.read(stored);
      return [{ run, steps: readSteps(stepsOf(runId)), inbox: readEvents(eventsOf(runId)) }];
    } catch (error) {
      if (!(error instanceof CorruptRowError)) throw error;
      corrupt.push({ runId, error });
      return [];
    }
  });
  return { claimed, corrupt };
}

/** The runs that a worker holds; one that cannot be read is told and left out. */
export function readHeld(rows: readonly StoredRow[], onCorrupt: OnCorrupt): readonly HeldRun[] {
  return rows.flatMap((stored) => {
    try {
      return [heldCodec.read(stored)];
    } catch (error) {
      if (!(error instanceof CorruptRowError)) throw error;
      onCorrupt(error);
      return [];
    }
  });
}
