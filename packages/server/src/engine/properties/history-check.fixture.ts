import type { WorkflowDefinition } from "../../core/definition.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import { createCodec } from "../../core/values/codec.js";
import { LazyAbort } from "../attempt.js";
import { type HandlerEnd, Replay } from "../replay.js";
import type { Life } from "./life.fixture.js";

/** What is known of a handler at a commit: whatever happens later, a replay must come to the same. */
export interface Snapshot {
  readonly asks: readonly string[];
  readonly decisions: ReadonlyMap<string, string>;
}

/** All that is seen of a run. */
export interface History {
  readonly definition: WorkflowDefinition;
  readonly run: RunRow;
  readonly steps: readonly StepRow[];
  /** What the handler logged, as stored; `null` where nothing can be said of it. */
  readonly logs: readonly string[] | null;
  readonly snapshots: readonly Snapshot[];
  readonly isRetried: boolean;
}

/** Replays what is recorded with the handler of `life`, and tells what contradicts what was seen. */
export async function findContradictions(history: History, life: Life): Promise<string[]> {
  const { run, steps, snapshots, isRetried } = history;
  const { mismatch, end } = await replay(history, life);
  return [
    ...(mismatch === null ? [] : [`the replay: ${mismatch}`]),
    ...life.misbound.map((what) => `on replay ${what}`),
    ...snapshots.flatMap((snapshot) => compareWith(life, snapshot)),
    ...checkEvents(steps, isRetried),
    ...checkEnd(run, end),
    ...checkLogs(history, life),
  ];
}

async function replay(
  { definition, run, steps }: History,
  life: Life,
): Promise<{ readonly mismatch: string | null; readonly end: HandlerEnd | null }> {
  const again = new Replay({
    definition,
    newest: definition,
    run,
    rows: steps,
    ctx: undefined,
    codec: createCodec({}),
    maxHistory: Infinity,
    abort: new LazyAbort(),
    now: () => 0,
    onLate: () => {},
    onAsk: life.onAsk,
  });
  await again.begin();
  const mismatch = await again.catchUp(() => false);
  return { mismatch: mismatch?.message ?? null, end: again.end };
}

function compareWith(life: Life, { asks, decisions }: Snapshot): string[] {
  const other = asks.findIndex((ask, index) => ask !== life.asks[index]);
  const flipped = [...decisions].filter(([path, what]) => life.decisions.get(path) !== what);
  return [
    ...(other === -1 ? [] : [`asked for ${asks[other]}, and on replay for ${life.asks[other]}`]),
    ...flipped.map(([path, what]) => `${path}: ${what}, and on replay ${life.decisions.get(path)}`),
  ];
}

/** Each is taken once; and those of one name in their order, unless a retry gave some back. */
function checkEvents(steps: readonly StepRow[], isRetried: boolean): string[] {
  const taken = steps
    .filter((step) => step.kind === "event" && step.status === "completed" && !step.timedOut)
    .toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
    .map((step) => `${step.event} ${step.output}`);
  const isTwice = new Set(taken).size !== taken.length;
  const isOrdered = ["ev1", "ev2"]
    .map((event) => taken.filter((one) => one.startsWith(event)))
    .every((mine) => mine.join() === mine.toSorted().join());
  return isTwice || (!isOrdered && !isRetried) ? [`events were taken as ${taken.join()}`] : [];
}

function checkEnd(run: RunRow, end: HandlerEnd | null): string[] {
  if (run.status === "completed" && run.output !== null) {
    const expected = createCodec({}).decode(run.output);
    const isSame = end?.kind === "returned" && end.value === expected;
    return isSame ? [] : [`returned ${String(expected)}, and on replay ${JSON.stringify(end)}`];
  }
  const isSame = run.cause !== "error" || end?.kind === "threw";
  return isSame ? [] : [`failed, and on replay ${JSON.stringify(end)}`];
}

/** Once per call and in order; all of them where the handler came to its end. */
function checkLogs({ run, logs }: History, life: Life): string[] {
  if (logs === null) return [];
  const hasEnded = run.status === "completed" || run.cause === "error";
  const isWhole = !hasEnded || logs.length >= life.logsAtEnd;
  const isInOrder = logs.join() === life.logs.slice(0, logs.length).join();
  return isWhole && isInOrder ? [] : [`logged ${logs.join()}, and on replay ${life.logs.join()}`];
}
