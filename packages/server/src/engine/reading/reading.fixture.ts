import type { LogRow, StepRow } from "../../core/rows.js";
import { createCodec } from "../../core/values/codec.js";
import { createMemoryStore } from "../../store/memory/memory-store.js";
import type {
  ChangeableRun,
  NewLog,
  NewRun,
  NewStreamPart,
  RunRecord,
  RunTransition,
  Store,
} from "../../store/store.js";
import type { EngineClock } from "../clock.js";
import { createReader } from "./create-reader.js";

export const START = Date.UTC(2026, 10, 1);

export const codec = createCodec();

/** A clock that stands still until it is advanced. */
export function createManualClock() {
  const timers = new Set<{ at: number; fn: () => void }>();
  let now = START;
  const clock: EngineClock = {
    now: () => now,
    setTimeout: (fn, ms) => {
      const timer = { at: now + ms, fn };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
  };

  async function advance(ms: number): Promise<void> {
    const end = now + ms;
    await settle();
    for (;;) {
      const due = [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      timers.delete(due);
      now = Math.max(now, due.at);
      due.fn();
      await settle();
    }
    now = end;
  }

  return { ...clock, advance, timerCount: () => timers.size };
}

/** Lets everything go on that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A hook that makes a verb fail. */
export function connectionLost(): never {
  throw new Error("connection lost");
}

/** What a test may tell of a commit. */
export interface TestCommit {
  readonly steps?: readonly StepRow[];
  readonly parts?: readonly Partial<NewStreamPart>[];
  readonly logs?: readonly Partial<NewLog>[];
  readonly progress?: string;
  /** @default "running" */
  readonly phase?: RunRecord["phase"];
  readonly transition?: RunTransition;
}

/** A reader over a memory store whose calls are counted and can be interrupted, and runs that are commanded. */
export function createWorld() {
  const clock = createManualClock();
  const memory = createMemoryStore({ now: clock.now });
  const calls = new Map<string, number>();
  /** By verb, what happens before (`>`) and after (`<`) the store does it; may throw. */
  const hooks = new Map<string, () => void | Promise<void>>();
  const warnings: string[] = [];
  const store = new Proxy<Store>(memory, {
    get: (target, verb: keyof Store) => {
      const method = target[verb];
      if (typeof method !== "function") return method;
      return async (...args: never[]) => {
        calls.set(verb, (calls.get(verb) ?? 0) + 1);
        await hooks.get(`>${verb}`)?.();
        const answer: unknown = await Reflect.apply(method, target, args);
        await hooks.get(`<${verb}`)?.();
        return answer;
      };
    },
  });
  const logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (m: string) => void warnings.push(m),
  };
  const reader = createReader({ store, codec, clock, logger, isExecuting: () => false });
  const commits = new Map<string, number>();

  /** Starts a run that is in execution from its creation on. */
  async function start(run: Partial<NewRun> = {}): Promise<string> {
    const id = run.id ?? `run-${commits.size + 1}`;
    commits.set(id, 0);
    await memory.insertRuns([newRun({ ...run, id })]);
    return id;
  }

  /** Commits for the execution of a run, as another process would: nobody is told. */
  async function commit(runId: string, what: TestCommit = {}): Promise<number> {
    const number = (commits.get(runId) ?? 0) + 1;
    commits.set(runId, number);
    const [answer] = await memory.record([record(runId, number, what)]);
    if (answer?.applied !== true) throw new Error(`not applied: ${JSON.stringify(answer)}`);
    return answer.revision;
  }

  /** Changes columns of a run, as an operator of another process would. */
  async function change(runId: string, run: Partial<ChangeableRun>): Promise<void> {
    await memory.change(runId, () => ({
      result: undefined,
      write: {
        run,
        deleteSteps: [],
        putSteps: [],
        releaseEvents: [],
        deleteEvents: [],
        putEvents: [],
        logs: [],
        changeChildren: null,
        notice: null,
      },
    }));
  }

  return {
    clock,
    memory,
    reader,
    hooks,
    warnings,
    start,
    commit,
    change,
    complete: (runId: string, output?: unknown) =>
      commit(runId, { transition: ended({ output: codec.encode(output, "output") }) }),
    count: (verb: keyof Store) => calls.get(verb) ?? 0,
  };
}

/** The end of a run; completed unless said otherwise. */
export function ended(
  end: Partial<Extract<RunTransition, { kind: "end" }>> = {},
): Extract<RunTransition, { kind: "end" }> {
  return {
    kind: "end",
    status: "completed",
    cause: null,
    output: null,
    error: null,
    failedSteps: [],
    notice: null,
    ...end,
  };
}

/** A completed step; its key is its name. */
export function stepRow(step: Partial<StepRow> & { readonly key: string }): StepRow {
  return {
    name: step.key,
    kind: "step",
    status: "completed",
    position: 1,
    askedAfter: 0,
    seq: 1,
    attempt: 1,
    attempts: [],
    startedAt: START,
    endedAt: START,
    until: null,
    event: null,
    childId: null,
    undoable: false,
    timedOut: false,
    format: 1,
    output: codec.encode("done", "output"),
    error: null,
    undoStatus: null,
    undoAttempt: 0,
    undoStartedAt: null,
    undoEndedAt: null,
    undoUntil: null,
    undoError: null,
    ...step,
  };
}

const silent = () => undefined;

function newRun(run: Partial<NewRun> & { readonly id: string }): NewRun {
  return {
    workflow: "checkout",
    version: "1",
    owner: "",
    tags: [],
    idempotencyKey: null,
    inputHash: "hash",
    priority: 0,
    traceId: null,
    parentId: null,
    parentKey: null,
    detached: false,
    seed: "seed",
    format: 1,
    input: codec.encode({ amount: 1 }, "input"),
    createdAt: START,
    startAt: START,
    deadlineAt: null,
    claim: { workerId: "worker", leaseToken: "token", leaseMs: 15_000 },
    ...run,
  };
}

function record(runId: string, commit: number, what: TestCommit): RunRecord {
  const place = { step: null, attempt: null, format: 1 };
  const line: Omit<LogRow, "id"> = { ...place, at: START, level: "info", message: "", data: null };
  const part = { ...place, stream: "tokens", value: codec.encode("", "value"), first: false };
  return {
    runId,
    token: "token",
    phase: what.phase ?? "running",
    commit,
    steps: what.steps ?? [],
    undos: [],
    takes: [],
    children: [],
    logs: (what.logs ?? []).map((log) => ({ ...line, ...log })),
    parts: (what.parts ?? []).map((one) => ({ ...part, ...one })),
    outcomes: 0,
    calls: 0,
    progress: what.progress ?? null,
    patches: null,
    progressed: true,
    transition: what.transition ?? null,
  };
}
