import type { TestBench } from "./test-bench.js";

/** What a run came to, as it can be compared with another execution of it. */
export interface RunOutcome {
  /** Why it is blocked, if it is. */
  readonly blocked: string | null;
  /** Whether its code came to its end, or waits for what never comes. */
  readonly isComplete: boolean;
  readonly status: string;
  /** Encoded; `null` unless the run completed. */
  readonly output: string | null;
  /** Name and message. */
  readonly error: string | null;
  /** By step: what became of its undo. */
  readonly undos: ReadonlyMap<string, string>;
}

/** Reads what a run came to. */
export async function readOutcome(bench: TestBench, runId: string): Promise<RunOutcome> {
  const run = await bench.engine.get(runId);
  const rows = await bench.store.readRun(runId, { kind: "page", after: 0, limit: 1 });
  const { status, cause, error, blockedBy, waitingFor, steps } = run;
  return {
    blocked: blockedBy?.message ?? null,
    isComplete: status === "completed" || status === "waiting" || cause === "error",
    status: waitingFor === null ? status : `${status} for ${waitingFor.kind} ${waitingFor.name}`,
    output: rows?.run.output ?? null,
    error: error === null ? null : `${error.name}: ${error.message}`,
    undos: new Map(steps.flatMap(({ key, undo }) => (undo === null ? [] : [[key, undo.status]]))),
  };
}

/** How the second outcome differs from the first, as a sentence about the second; `null` if it does not. */
export function findOutcomeDifference(straight: RunOutcome, other: RunOutcome): string | null {
  if (other.blocked !== null) return `is blocked: ${other.blocked}`;
  if (other.status !== straight.status) {
    const why = other.error === null ? "" : ` (${other.error})`;
    return `ends as ${other.status}${why} instead of ${straight.status}`;
  }
  if (other.error !== straight.error)
    return `fails with ${other.error} instead of ${straight.error}`;
  if (other.output !== straight.output) {
    return `returns ${shorten(other.output)} instead of ${shorten(straight.output)}`;
  }
  for (const key of new Set([...straight.undos.keys(), ...other.undos.keys()])) {
    const [expected, found] = [straight.undos.get(key), other.undos.get(key)];
    if (expected !== found) {
      return `leaves the undo of step "${key}" ${found ?? "unbegun"} instead of ${expected ?? "unbegun"}`;
    }
  }
  return null;
}

/** Enough of an encoded value to tell it by. */
function shorten(text: string | null): string {
  return text !== null && text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : String(text);
}

const MAX_SHOWN = 200;
