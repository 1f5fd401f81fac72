import type { PrismaLike } from "../../core/prisma-like.js";
import type { WorkflowRun } from "../../core/run-types.js";
import type { WorkflowStep } from "../../core/workflow-step-types.js";
import { TestBench, type TestBenchOptions } from "../../testing/test-bench.js";

/** When the clock of each bench begins. */
export const START = Date.UTC(2026, 0, 5);

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

type BenchTuning = Partial<Omit<TestBenchOptions, "workflows">>;

/** A bench with a worker; `await using` stops it. */
export async function openBench(
  workflows: readonly unknown[],
  tuning: BenchTuning = {},
): Promise<TestBench> {
  const bench = closedBench(workflows, tuning);
  await bench.startWorker();
  return bench;
}

/** A bench without a worker: what is started waits for one. */
export function closedBench(
  workflows: readonly unknown[],
  tuning: BenchTuning = {},
  beside?: TestBench,
): TestBench {
  let seeds = 0;
  const options = { logger: SILENT, ...tuning, workflows };
  return new TestBench({ seed: () => `seed-of-a-test-${(seeds += 1)}`, ...options }, beside);
}

/** A client that has no database: a transaction is a call. */
export function fakePrisma(onTransaction: () => void = () => {}): PrismaLike {
  const raw = { $queryRawUnsafe: refuseQuery, $executeRawUnsafe: refuseQuery };
  return {
    ...raw,
    $transaction: (fn) => {
      onTransaction();
      return fn(raw);
    },
  };
}

function refuseQuery(): Promise<never> {
  return Promise.reject(new Error("There is no database."));
}

/** A promise that a test settles. */
export function gate<T = void>() {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** The step of a run with this key. */
export function stepOf(run: WorkflowRun, key: string): WorkflowStep {
  const step = run.steps.find((one) => one.key === key);
  if (step === undefined) {
    throw new Error(`No step "${key}" among ${run.steps.map((one) => one.key).join(", ")}.`);
  }
  return step;
}

/** `key: status` of the steps of a run, in the order asked for. */
export function statuses(run: WorkflowRun): Record<string, string> {
  return Object.fromEntries(run.steps.map((step) => [step.key, step.status]));
}

const ignore = (): void => {};
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };
