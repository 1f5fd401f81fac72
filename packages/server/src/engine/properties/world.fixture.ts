import { z } from "zod";
import { definitionOf } from "../../core/definition.js";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import type { StepContext } from "../../core/step-types.js";
import type { RunRecord, Store } from "../../store/store.js";
import type { EngineParts } from "../engine.js";
import type { EngineClock } from "../clock.js";
import { TestBench, type TestBenchOptions } from "../../testing/test-bench.js";
import { watchWrites } from "../../testing/watch-writes.js";
import { findContradictions, type Snapshot } from "./history-check.fixture.js";
import { type Effects, Life, type ProgramArgs } from "./life.fixture.js";
import {
  createRandom,
  type Program,
  type Random,
  type StepNode,
} from "./random-program.fixture.js";

/** What happens at a write of executions, counted from 1. */
export interface Cut {
  readonly write: number;
  readonly how: "kill before" | "kill after" | "pause" | "drain" | "cancel";
}

/** What a program runs on: a database, a clock, and a worker that can be killed. */
export interface Stage {
  readonly engine: EngineParts["engine"];
  /** The engine of the process that has the worker, if that is another one. */
  readonly worker?: EngineParts["engine"] | undefined;
  readonly hasWorker: boolean;
  readonly store: Pick<Store, "readRun" | "readLogs"> & {
    /** Raised by each write. */
    readonly version: () => number;
    readonly nextDueAt: () => number | null;
  };
  readonly clock: EngineClock & {
    readonly nextTimerAt: () => number | null;
    readonly moveTo: (time: number) => void;
  };
  /** One turn of the event loop, or what takes about as long as a write. */
  readonly turn?: (() => Promise<void>) | undefined;
  readonly startWorker: () => Promise<void>;
  readonly kill: () => void;
  readonly runDue: () => Promise<void>;
  readonly advance: (ms: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface WorldOptions {
  /** @default "program-run" */
  readonly runId?: string | undefined;
  /** @default in memory, in virtual time */
  readonly openStage?: ((options: TestBenchOptions) => Stage) | undefined;
  /** Shortens all times of a program. @default 1 */
  readonly timeScale?: number | undefined;
  readonly program: Program;
  /** Of how long functions take, when events come and so on. */
  readonly schedule: number;
  readonly cuts?: readonly Cut[] | undefined;
}

/** One run of a program on the real engine, with a clock, events and crashes of its own. */
export class World implements AsyncDisposable {
  readonly problems: string[] = [];
  /** The writes of executions so far. */
  writes = 0;
  readonly #options: WorldOptions;
  readonly #runId: string;
  readonly #bench: Stage;
  readonly #workflow;
  readonly #lives: Life[] = [];
  #snapshots: Snapshot[] = [];
  readonly #recorded = new Set<string>();
  readonly #undone = new Set<string>();
  readonly #undoTries = new Map<string, number>();
  /** Places whose function began. */
  readonly #started = new Set<string>();
  /** Places whose function returned. */
  readonly #finished = new Set<string>();
  readonly #events = Array.from({ length: 6 }, (_, index) => [`ev${1 + (index % 2)}`, `E${index}`]);
  #random: Random;
  #isCancelled = false;
  #isDraining = false;
  #isHealed = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#runId = options.runId ?? "program-run";
    this.#random = createRandom(options.schedule);
    const effects: Effects = {
      child: CHILD,
      timeScale: options.timeScale ?? 1,
      callStep: (path, node, context) => this.#callStep(path, node, context),
      callNever: ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
      callUndo: (path, node, output) => this.#callUndo(path, node, output),
    };
    this.#workflow = defineWorkflow({
      // A name of its own: worlds may share a database.
      name: this.#runId,
      events: { ev1: z.string(), ev2: z.string() },
      run: (args) => {
        const life = this.#lives.at(-1);
        if (life === undefined) throw new TypeError("No life was begun.");
        return life.interpret(options.program, args as unknown as ProgramArgs, effects);
      },
    });
    const { openStage = (bench) => new TestBench(bench) } = options;
    this.#bench = openStage({
      workflows: [this.#workflow, CHILD],
      prisma: { $transaction: (fn: (tx: object) => unknown) => fn({}) } as never,
      logger: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (message: string, data?: { error?: unknown }) =>
          this.#note(`${message} ${String(data?.error)}`),
      } as never,
      patience: 8,
      seed: (runId) => `seed of ${runId}`,
      onStepStart: (runId, key) => {
        if (runId === this.#runId && this.#recorded.has(key))
          this.#note(`recorded ${key} began again`);
      },
      observeAsks: (run) => (run.id === this.#runId ? this.#beginLife().onAsk : undefined),
      wrapStore: (store) =>
        watchWrites(store, {
          onWrite: () => this.#onWrite(),
          onApplied: (record) => this.#onApplied(record),
          kill: () => this.#bench.kill(),
        }),
    });
  }

  /** Starts the run and drives it to its end. */
  async run(): Promise<RunRow> {
    await this.#bench.engine.start(this.#workflow as never, undefined as never, {
      id: this.#runId,
    });
    if (this.#random() < 0.7) await this.#sendNext();
    return this.drive();
  }

  /** Retries the run from a step; what failed for good works now. */
  async retry(from: string | undefined): Promise<void> {
    this.#isHealed = true;
    this.#isCancelled = false;
    await this.#bench.engine.retry(this.#runId, from === undefined ? {} : { from });
    this.#recorded.clear();
    this.#undone.clear();
    this.#undoTries.clear();
    this.#snapshots = [];
    for (const step of (await this.read()).steps)
      if (step.seq !== null) this.#recorded.add(step.key);
  }

  async read(): Promise<{ readonly run: RunRow; readonly steps: readonly StepRow[] }> {
    const rows = await this.#bench.store.readRun(this.#runId, {
      kind: "page",
      after: -1,
      limit: 10_000,
    });
    if (rows === null) throw new TypeError("The run is gone.");
    return rows;
  }

  /** In real time a database may be slow. */
  get #maxIdleHops(): number {
    return this.#options.timeScale === undefined ? 12 : 60;
  }

  async drive(): Promise<RunRow> {
    let idle = 0;
    for (let hops = 0; hops < 2_000; hops += 1) {
      const version = this.#bench.store.version();
      await this.#rest();
      const { run } = await this.read();
      if (run.endedAt !== null) return run;
      if (run.blockedKind !== null) {
        this.#note(`blocked: ${run.blockedMessage}`);
        return run;
      }
      if (run.paused && this.#random() < 0.5) await this.#bench.engine.resume(this.#runId);
      else if (this.#random() < 0.3) await this.#sendNext();
      const times = [this.#bench.store.nextDueAt(), this.#bench.clock.nextTimerAt()].filter(
        (at) => at !== null,
      );
      if (times.length > 0)
        await this.#bench.advance(Math.max(0, Math.min(...times) - this.#bench.clock.now()));
      idle = this.#bench.store.version() === version ? idle + 1 : 0;
      if ((times.length === 0 || idle > this.#maxIdleHops) && !run.paused) {
        idle = 0;
        if (await this.#sendNext()) continue;
        if (this.#isCancelled) {
          this.#note(`stuck: ${run.status}`);
          return run;
        }
        await this.#cancel();
      }
    }
    this.#note("it goes on for ever");
    return (await this.read()).run;
  }

  /** Replays what is recorded, and compares with all that was seen. */
  async check(): Promise<void> {
    const { run, steps } = await this.read();
    for (const life of this.#lives) this.problems.push(...life.misbound);
    const definition = definitionOf(this.#workflow);
    const history = { definition, run, steps, snapshots: this.#snapshots };
    const logs = this.#isHealed ? null : await this.#readLogs();
    this.problems.push(
      ...(await findContradictions(
        { ...history, logs, isRetried: this.#isHealed },
        this.#beginLife(),
      )),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bench.stop();
  }

  #note(problem: string): void {
    this.problems.push(problem);
  }

  #beginLife(): Life {
    const life = new Life();
    this.#lives.push(life);
    return life;
  }

  async #rest(): Promise<void> {
    do {
      if (this.#isDraining) await this.#drain();
      if (!this.#bench.hasWorker) await this.#bench.startWorker();
      await this.#bench.runDue();
    } while (!this.#bench.hasWorker || this.#isDraining);
  }

  /** A stop that lets functions end. */
  async #drain(): Promise<void> {
    this.#isDraining = false;
    const state = { isStopped: false };
    const { worker = this.#bench.engine } = this.#bench;
    const stopped = worker.stop({ drain: 5_000 * (this.#options.timeScale ?? 1) });
    void stopped.then(() => (state.isStopped = true));
    for (let turns = 1; !state.isStopped && this.#bench.hasWorker; turns += 1) {
      await (this.#bench.turn?.() ?? turn());
      if (turns % 10 === 0) this.#bench.clock.moveTo(this.#bench.clock.now() + 500);
      if (turns > 1_000) return this.#note("a drain does not end");
    }
    this.#bench.kill();
  }

  #onWrite(): "before" | "after" | null {
    this.writes += 1;
    const cut = this.#options.cuts?.find(({ write }) => write === this.writes);
    if (cut === undefined) return null;
    // What comes next comes in another order.
    this.#random = createRandom(this.#options.schedule * 31 + cut.write);
    if (cut.how === "kill before") return "before";
    if (cut.how === "kill after") return "after";
    if (cut.how === "drain") this.#isDraining = true;
    else if (cut.how === "cancel") void this.#cancel();
    else this.#bench.engine.pause(this.#runId).catch(() => {});
    return null;
  }

  #onApplied(record: RunRecord): void {
    if (record.runId !== this.#runId) return;
    for (const step of record.steps) if (step.seq !== null) this.#recorded.add(step.key);
    for (const undo of record.undos)
      if (undo.undoStatus === "completed") this.#undone.add(undo.key);
    const life = this.#lives.at(-1);
    // Past its end a handler may have been told what is not recorded.
    if (life !== undefined && record.phase === "running") {
      this.#snapshots.push({ asks: [...life.asks], decisions: new Map(life.decisions) });
    }
  }

  async #sendNext(): Promise<boolean> {
    const [event, payload] = this.#events.shift() ?? [];
    if (event === undefined) return false;
    await this.#bench.engine.sendEvent(this.#runId, event, payload).catch(() => {});
    return true;
  }

  async #cancel(): Promise<void> {
    this.#isCancelled = true;
    await this.#bench.engine.cancel(this.#runId).catch(() => {});
  }

  async #callStep(path: string, node: StepNode, { attempt }: StepContext): Promise<string> {
    this.#started.add(path);
    // What it came to before a retry forgot it is not what its undo is to be handed.
    this.#finished.delete(path);
    await this.#takeTime();
    const isFailing = attempt <= node.failures && !(this.#isHealed && node.failures === Infinity);
    if (isFailing) throw new Error(`!${path}`);
    this.#finished.add(path);
    return path;
  }

  async #callUndo(path: string, node: StepNode, output: unknown): Promise<void> {
    if (output !== undefined && output !== path)
      this.#note(`the undo of ${path} was handed ${String(output)}`);
    if (output === undefined && this.#finished.has(path) && !this.#isKilled) {
      this.#note(`the undo of ${path} was handed nothing`);
    }
    if (!this.#started.has(path) && !this.#isKilled && !this.#isCancelled)
      this.#note(`${path} was undone unbegun`);
    const key = this.#keyOf(path);
    if (key !== undefined && this.#undone.has(key)) this.#note(`${path} was undone again`);
    await this.#takeTime();
    const tries = (this.#undoTries.get(path) ?? 0) + 1;
    this.#undoTries.set(path, tries);
    if (node.undo === "works later" && tries === 1) throw new Error("not yet");
  }

  get #isKilled(): boolean {
    return (this.#options.cuts ?? []).some(({ how }) => how.startsWith("kill"));
  }

  #keyOf(path: string): string | undefined {
    const ask = this.#lives.at(-1)?.asks.find((line) => line.endsWith(` at ${path}`));
    return ask?.split(" ")[1];
  }

  async #takeTime(): Promise<void> {
    const kind = this.#random();
    if (kind < 0.5) {
      for (let turns = Math.floor(this.#random() * 4); turns > 0; turns -= 1) await turn();
    } else if (kind < 0.75) {
      const ms = Math.floor(this.#random() * 2_000 * (this.#options.timeScale ?? 1));
      await new Promise<void>((resolve) => void this.#bench.clock.setTimeout(resolve, ms));
    }
  }

  /** Places begin with an `r`, and so do operators' lines. */
  async #readLogs(): Promise<string[]> {
    const rows = await this.#bench.store.readLogs(this.#runId, {
      step: null,
      after: -1,
      limit: 10_000,
    });
    return rows.map((row) => row.message).filter((message) => /^r([.|@]|$)/.test(message));
  }
}

const CHILD = defineWorkflow({
  name: "kid",
  input: z.object({ path: z.string(), fails: z.boolean() }),
  output: z.string(),
  run: async ({ input, step, sleep }) => {
    if (input.path.length % 2 === 0) await sleep("nap", 200);
    return step(
      "work",
      () => {
        if (input.fails) throw new Error("the child failed");
        return input.path;
      },
      { retry: { attempts: 1 } },
    );
  },
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
