import type { PrismaLike } from "../../core/prisma-like.js";
import { openStore } from "../../store/open-store.js";
import type { Store } from "../../store/store.js";
import type { TestBenchOptions } from "../../testing/test-bench.js";
import { createDatabaseClock } from "../database-clock.js";
import { assembleEngine, type EngineParts } from "../engine.js";
import type { Worker } from "../worker.js";
import type { Stage } from "./world.fixture.js";

type Database = PrismaLike & {
  readonly $executeRawUnsafe: (sql: string) => Promise<unknown>;
};

/** A real database and the time of day: what `TestBench` is in memory. */
export function openDatabaseStage(prisma: Database, options: TestBenchOptions): Stage {
  const clock = createDatabaseClock();
  const store = openStore(prisma, { onCorrupt: () => {} });
  let writes = 0;
  let worker: Worker | null = null;
  let onDeath: (() => void) | null = null;
  // What steers the run is another process, which is not killed.
  const operator = assemble((inner) => inner);
  let parts = assemble(options.wrapStore);

  function assemble(wrapStore: TestBenchOptions["wrapStore"] = (inner) => inner): EngineParts {
    const { onStepStart = () => {} } = options;
    const { observeAsks = () => undefined, seed } = options;
    const counted = new Proxy<Store>(store, {
      get: (target, verb, receiver) => {
        if (WRITES.has(verb)) writes += 1;
        return Reflect.get(target, verb, receiver) as unknown;
      },
    });
    return assembleEngine(
      { ...options, prisma },
      {
        store: wrapStore(counted),
        clock,
        pollMs: 20,
        lingerMs: 10,
        seed,
        random: () => 0.5,
        onStepStart,
        observeAsks,
      },
    );
  }

  return {
    engine: operator.engine,
    get worker() {
      return parts.engine;
    },
    get hasWorker() {
      return worker !== null;
    },
    store: {
      readRun: store.readRun,
      readLogs: store.readLogs,
      version: () => writes,
      nextDueAt: () => clock.now() + MOMENT_MS,
    },
    clock: { ...clock, nextTimerAt: () => null, moveTo: () => {} },
    turn: () => realTime(1),
    startWorker: async () => {
      // As if the last one had died long ago: its leases have lapsed.
      await prisma.$executeRawUnsafe("DELETE FROM workflow_worker");
      const died = new Promise<null>((resolve) => (onDeath = () => resolve(null)));
      worker = await Promise.race([parts.startWorker(), died]);
    },
    kill: () => {
      worker?.kill();
      worker = null;
      parts = assemble(options.wrapStore);
      onDeath?.();
    },
    runDue: () => realTime(1),
    advance: () => realTime(MOMENT_MS),
    stop: async () => {
      await parts.engine.stop({ drain: 0 });
      await operator.engine.stop();
    },
  };
}

const WRITES: ReadonlySet<unknown> = new Set<keyof Store>([
  "record",
  "recordAndChangeChildren",
  "recordWithin",
  "change",
  "sendEvent",
  "insertRuns",
]);

const MOMENT_MS = 25;

function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
