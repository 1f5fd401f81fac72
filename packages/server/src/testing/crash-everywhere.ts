import { createHash } from "node:crypto";
import { definitionOf } from "../core/definition.js";
import type { PrismaLike } from "../core/prisma-like.js";
import type { EngineTuning } from "../engine/engine-options.js";
import type { RunRecord } from "../store/store.js";
import { AskLog } from "./ask-log.js";
import { driveRun } from "./drive-run.js";
import { findOutcomeDifference, readOutcome, type RunOutcome } from "./run-outcome.js";
import { TestBench } from "./test-bench.js";
import type { CrashEverywhere } from "./testing-types.js";
import { type Crash, watchWrites } from "./watch-writes.js";

/**
 * Runs a workflow once straight, then once for each commit of the run with the worker killed right
 * there, before the commit landed and after it. Another worker takes over at once, time moves on by
 * itself, and every execution has the same run id, seed and virtual start; `context` is called once for
 * each.
 *
 * @throws an Error that names the step where the run ends otherwise than the straight one, a recorded
 * step began again, or the code asks for other steps.
 *
 * @example
 * ```ts
 * await crashEverywhere(checkout, { orderId: "1", amount: 20_000 }, {
 *   events: [["approved", { by: "ada" }]],
 * });
 * ```
 */
export const crashEverywhere: CrashEverywhere = async (workflow, ...args) => {
  const [input, options = {}] = args as [input?: unknown, options?: AnyCrashOptions];
  const { name } = definitionOf(workflow);
  const straight = await execute(workflow, input, options, null);
  const { outcome } = straight;
  if (outcome.blocked !== null) {
    throw new Error(`crashEverywhere: "${name}" does not run straight: ${outcome.blocked}`);
  }
  for (let write = 1; write <= straight.writes; write += 1) {
    for (const when of ["before", "after"] as const) {
      const crashed = await execute(workflow, input, options, { write, when });
      const difference = findDifference(straight, crashed);
      if (difference === null) continue;
      throw new Error(
        `crashEverywhere: "${name}", with its worker killed ${when} the commit of ${crashed.at}, ${difference}.`,
      );
    }
  }
};

/** The options with their types erased. */
interface AnyCrashOptions extends EngineTuning {
  readonly events?: readonly (readonly [event: string, payload?: unknown])[] | undefined;
  readonly workflows?: readonly unknown[] | undefined;
  readonly prisma?: PrismaLike | undefined;
  readonly context?: (() => unknown) | undefined;
}

/** One run from its start to its end. */
interface Execution {
  readonly writes: number;
  readonly outcome: RunOutcome;
  readonly asks: AskLog;
  /** The recorded step that began again. */
  readonly repeated: string | null;
  /** What was being committed when the worker was killed. */
  readonly at: string;
}

async function execute(
  workflow: unknown,
  input: unknown,
  { events = [], workflows = [], context, ...tuning }: AnyCrashOptions,
  crash: Crash | null,
): Promise<Execution> {
  const ctx: unknown = await context?.();
  const asks = new AskLog();
  const recorded = new Set<string>();
  const inFlight = new Set<string>();
  let writes = 0;
  let repeated: string | null = null;
  let at = "nothing";

  const onWrite = (records: readonly RunRecord[]): Crash["when"] | null => {
    writes += 1;
    if (crash === null || crash.write !== writes) return null;
    at = records.map(describeRecord).join(" and ");
    return crash.when;
  };
  const onApplied = (record: RunRecord): void => {
    if (record.runId === RUN_ID) asks.recorded(record);
    for (const { key, seq, status } of record.steps) {
      const id = `${record.runId}/${key}`;
      if (seq !== null) recorded.add(id);
      if (status !== "running") inFlight.delete(id);
    }
    if (record.transition?.kind !== "continue") return;
    for (const id of recorded) if (id.startsWith(`${record.runId}/`)) recorded.delete(id);
  };

  const bench: TestBench = new TestBench({
    ...tuning,
    workflows: [workflow, ...workflows],
    context: () => ctx,
    // `driveRun` is patient where that is called for.
    patience: 12,
    seed: (runId) => createHash("sha256").update(runId).digest("base64url"),
    onStepStart: (runId, key) => {
      const id = `${runId}/${key}`;
      if (recorded.has(id)) repeated ??= key;
      inFlight.add(id);
    },
    observeAsks: (run) => (run.id === RUN_ID ? asks.begin(run) : undefined),
    wrapStore: (store) => watchWrites(store, { onWrite, onApplied, kill: () => bench.kill() }),
  });
  try {
    await bench.engine.start(workflow as never, input as never, { id: RUN_ID });
    for (const [event, payload] of events) await bench.engine.sendEvent(RUN_ID, event, payload);
    const revive = async (): Promise<void> => {
      if (bench.hasWorker) return;
      inFlight.clear();
      await bench.startWorker();
    };
    const patienceMs = (): number => (inFlight.size > 0 ? FUNCTION_PATIENCE_MS : PATIENCE_MS);
    await driveRun(bench, RUN_ID, { revive, patienceMs });
    return { writes, outcome: await readOutcome(bench, RUN_ID), asks, repeated, at };
  } finally {
    await bench.stop();
  }
}

/** The same in every execution: what is drawn from it is too. */
const RUN_ID = "00000000-0000-7000-8000-000000000001";

/** Longer than code that does not fit its history rests before it is told so. */
const PATIENCE_MS = 1_200;

/** A function that takes longer waits for the clock, it seems. */
const FUNCTION_PATIENCE_MS = 100;

/** What a commit is about, by its steps. */
function describeRecord({ steps, undos, transition }: RunRecord): string {
  const ended = steps.filter((step) => step.seq !== null);
  const named = (ended.length > 0 ? ended : steps).map((step) => `step "${step.key}"`);
  const undone = undos.map((undo) => `the undo of step "${undo.key}"`);
  const end = transition?.kind === "end" ? ["the end of the run"] : [];
  const parts = [...named, ...undone, ...end];
  return parts.length === 0 ? `the run's ${transition?.kind ?? "publications"}` : parts.join(", ");
}

function findDifference(straight: Execution, crashed: Execution): string | null {
  if (crashed.repeated !== null) return `ran step "${crashed.repeated}" again after its record`;
  const asked = crashed.asks.findDifference(straight.asks, straight.outcome.isComplete);
  if (asked !== null) return `does not ask for the same steps again: ${asked}`;
  return findOutcomeDifference(straight.outcome, crashed.outcome);
}
