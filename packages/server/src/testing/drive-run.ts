import type { RunRow } from "../core/rows.js";
import type { TestBench } from "./test-bench.js";

export interface DriveOptions {
  /** Starts a worker where there is none. */
  readonly revive: () => Promise<void>;
  /** Real milliseconds that what goes on is given before the clock moves on. */
  readonly patienceMs: () => number;
}

/**
 * Moves the clock on by itself until a run has ended, is blocked, or nothing will ever happen to it.
 *
 * @throws an Error where it goes on for ever, or something in flight does not end.
 */
export async function driveRun(
  bench: TestBench,
  runId: string,
  options: DriveOptions,
): Promise<RunRow> {
  let idleHops = 0;
  let waitedFor = -1;
  for (let hops = 0; hops < MAX_HOPS && idleHops < MAX_IDLE_HOPS; hops += 1) {
    const version = bench.store.version();
    waitedFor = await rest(bench, options, waitedFor);
    const run = await readRow(bench, runId);
    if (run.endedAt !== null || run.blockedKind !== null) return run;
    const next = nextTime(bench);
    if (next === null) return run;
    await bench.advance(Math.max(0, next - bench.clock.now()));
    idleHops = bench.store.version() === version ? idleHops + 1 : 0;
  }
  throw new Error(
    idleHops < MAX_IDLE_HOPS
      ? `Run ${runId} goes on for ever: it was woken ${MAX_HOPS} times.`
      : `Run ${runId} does not end: a function in it never settles, and has no timeout.`,
  );
}

/** Timers and back-offs that a run may go through. */
const MAX_HOPS = 100_000;
/** Leases lapse by the clock as well, if nothing else happens. */
const MAX_IDLE_HOPS = 50;

/**
 * Runs what is due, until nothing happens any more. Resolves to the version of the store that it waited
 * at: what still goes on there is not waited for twice.
 */
async function rest(
  bench: TestBench,
  { revive, patienceMs }: DriveOptions,
  waitedFor: number,
): Promise<number> {
  for (let version = -1, restsUntil = 0; ;) {
    await revive();
    await bench.runDue();
    if (!bench.hasWorker) continue;
    const now = bench.store.version();
    if (!bench.isBusy || now === waitedFor) return now;
    if (now !== version) restsUntil = performance.now() + patienceMs();
    version = now;
    if (performance.now() >= restsUntil) return now;
  }
}

async function readRow({ store }: TestBench, runId: string): Promise<RunRow> {
  const rows = await store.readRun(runId, { kind: "page", after: 0, limit: 1 });
  if (rows === null) throw new TypeError(`There is no run ${runId}.`);
  return rows.run;
}

function nextTime({ store, clock }: TestBench): number | null {
  const times = [store.nextDueAt(), clock.nextTimerAt()].filter((at) => at !== null);
  return times.length === 0 ? null : Math.min(...times);
}
