import { type Duration, parseDuration } from "../core/duration.js";
import { InvalidArgumentError } from "../core/errors.js";
import type { EngineClock } from "./clock.js";
import { keyOf, type Definitions } from "./definitions.js";
import type { WorkerOptions, WorkOptions } from "./operation-types.js";
import { readConcurrency } from "./settings.js";
import { uuidv7 } from "./start-run.js";
import { guardStrayRejections } from "./stray-rejections.js";
import { Worker, type WorkerDeps } from "./worker.js";

/** The workers of a process: the one that `startWorker` started, and those of `work`. */
export interface WorkerPool {
  /** The one that `startWorker` started. */
  readonly main: () => Worker | null;
  readonly start: (options?: WorkerOptions) => Promise<Worker>;
  readonly work: (options: WorkOptions) => Promise<{ executed: number }>;
  readonly stop: (drainMs: number) => Promise<void>;
  /** There may be something to claim. */
  readonly kick: () => void;
  /** Something was put into the inbox of a run. */
  readonly onInbox: (runId: string) => void;
  readonly isExecuting: (runId: string) => boolean;
}

export interface WorkerPoolOptions {
  readonly deps: WorkerDeps;
  readonly definitions: Definitions;
  readonly clock: EngineClock;
  readonly leaseMs: number;
  readonly pollMs: number | null;
  /** Resolves once the database's time is known. */
  readonly getReady: () => Promise<void>;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { deps, definitions, clock, leaseMs, pollMs, getReady } = options;
  const releases = new Map<Worker, () => void>();
  let main: Worker | null = null;

  async function join(workerOptions: WorkerOptions, isMain: boolean): Promise<Worker> {
    const concurrency = readConcurrency(workerOptions.concurrency);
    await getReady();
    const worker = new Worker(
      {
        id: uuidv7(clock.now()),
        concurrency,
        leaseMs,
        definitions: definitions.all.map(keyOf),
        pollMs: pollMs === null ? null : Math.min(pollMs, leaseMs / 3),
      },
      deps,
    );
    releases.set(worker, guardStrayRejections());
    if (isMain) main = worker;
    try {
      await worker.start();
    } catch (error) {
      await retire(worker, 0);
      throw error;
    }
    return worker;
  }

  async function retire(worker: Worker, drainMs: number): Promise<void> {
    if (main === worker) main = null;
    await worker.stop(drainMs);
    releases.get(worker)?.();
    releases.delete(worker);
  }

  return {
    main: () => main,
    start: async (workerOptions = {}) => {
      if (main !== null) throw new InvalidArgumentError("This engine has a worker already.");
      return join(workerOptions, true);
    },
    work: async ({ until, ...workerOptions }) => {
      const ms = until === "idle" ? null : parseDuration(until, "until");
      const worker = await join(workerOptions, false);
      if (ms === null) await worker.whenIdle();
      else await new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
      await retire(worker, WORK_DRAIN_MS);
      return { executed: worker.executed };
    },
    stop: async (drainMs) => {
      await Promise.all([...releases.keys()].map((worker) => retire(worker, drainMs)));
    },
    kick: () => {
      for (const worker of releases.keys()) worker.kick();
    },
    isExecuting: (runId) => [...releases.keys()].some((worker) => worker.isExecuting(runId)),
    onInbox: (runId) => {
      for (const worker of releases.keys()) worker.onInbox(runId);
    },
  };
}

/** How long steps have to end once the time of `work` is over: the default of `stop`. */
const WORK_DRAIN_MS = parseDuration("10s" satisfies Duration, "drain");
