import type { WorkflowRun } from "../../core/run-types.js";
import { driveRun } from "../../testing/drive-run.js";
import type { TestBench } from "../../testing/test-bench.js";
import { type Crash, watchWrites } from "../../testing/watch-writes.js";
import { closedBench } from "../laws/bench.fixture.js";

/** What is done to a run on each bench; resolves to its id. */
export type Scenario = (bench: TestBench) => Promise<string>;

/** A run that was driven to its end, and how often its executions wrote. */
export interface Driven {
  readonly run: WorkflowRun;
  readonly writes: number;
}

/**
 * Does the same on a new bench once straight and then, for each write of executions, with the worker
 * killed before and after that write; `onEach` sees each run once it ended.
 */
export async function crashAtEachWrite(
  workflows: () => readonly unknown[],
  scenario: Scenario,
  onEach: (run: WorkflowRun, crash: Crash | null) => void,
): Promise<number> {
  const straight = await driveWith(workflows(), scenario, null);
  onEach(straight.run, null);
  for (let write = 1; write <= straight.writes; write += 1) {
    for (const when of ["before", "after"] as const) {
      const crash = { write, when };
      const { run } = await driveWith(workflows(), scenario, crash);
      onEach(run, crash);
    }
  }
  return straight.writes;
}

/** Starts a worker where the last one was killed, and moves on until the run has ended. */
export async function drive(bench: TestBench, runId: string): Promise<WorkflowRun> {
  const revive = async (): Promise<void> => {
    if (!bench.hasWorker) await bench.startWorker();
  };
  await driveRun(bench, runId, { revive, patienceMs: () => 20 });
  return bench.engine.get(runId);
}

async function driveWith(
  workflows: readonly unknown[],
  scenario: Scenario,
  crash: Crash | null,
): Promise<Driven> {
  let writes = 0;
  await using bench: TestBench = closedBench(workflows, {
    wrapStore: (store) =>
      watchWrites(store, {
        onWrite: () => {
          writes += 1;
          return writes === crash?.write ? crash.when : null;
        },
        onApplied: () => {},
        kill: () => bench.kill(),
      }),
  });
  await bench.startWorker();
  const runId = await scenario(bench);
  return { run: await drive(bench, runId), writes };
}
