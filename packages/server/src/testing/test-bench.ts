import type { PrismaLike } from "../core/prisma-like.js";
import type { WorkflowRun } from "../core/run-types.js";
import { assembleEngine, type EngineParts } from "../engine/engine.js";
import type { AnyEngineOptions, EngineGround } from "../engine/engine-ground.js";
import type { Worker } from "../engine/worker.js";
import type { Store } from "../store/store.js";
import { createMemoryStore, type MemoryStore } from "../store/memory/memory-store.js";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.js";

export interface TestBenchOptions extends Omit<AnyEngineOptions, "prisma"> {
  readonly prisma?: PrismaLike | undefined;
  readonly seed: (runId: string) => string;
  readonly onStepStart?: EngineGround["onStepStart"] | undefined;
  readonly observeAsks?: EngineGround["observeAsks"] | undefined;
  /** Rounds in which nothing is written before what still runs is taken to wait. @default 30 */
  readonly patience?: number | undefined;
  /** Stands between the engine and the store. */
  readonly wrapStore?: ((store: Store) => Store) | undefined;
}

/** A store in memory and a virtual clock, on which one worker runs at a time. */
export class TestBench implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  #options: TestBenchOptions;
  #parts: EngineParts;
  #worker: Worker | null = null;
  #activity = 0;

  /** With another bench it is a second process on that one's database and clock. */
  constructor(options: TestBenchOptions, beside?: TestBench) {
    this.clock = beside?.clock ?? createVirtualClock(START);
    this.store = beside?.store ?? createMemoryStore({ now: () => this.clock.now() });
    this.#options = options;
    this.#parts = this.#assemble();
  }

  get engine(): EngineParts["engine"] {
    return this.#parts.engine;
  }

  get hasWorker(): boolean {
    return this.#worker !== null;
  }

  /** Whether the worker executes something, or looks for what is due. */
  get isBusy(): boolean {
    return this.#worker?.isBusy === true;
  }

  async startWorker(): Promise<void> {
    this.#worker = await this.#parts.startWorker();
  }

  /** The worker dies here and now; the next one takes over at once. */
  kill(): void {
    if (this.#worker === null) return;
    this.#worker.kill();
    this.store.forgetWorker(this.#worker.id);
    this.#worker = null;
    this.#parts = this.#assemble();
  }

  /** Kills the worker and starts one that has this code. */
  async restartWith(workflows: readonly unknown[]): Promise<void> {
    this.kill();
    this.#options = { ...this.#options, workflows };
    this.#parts = this.#assemble();
    await this.startWorker();
  }

  /** Kills the worker and starts another. */
  restart(): Promise<void> {
    return this.restartWith(this.#options.workflows);
  }

  /** Runs what is due now; waits for functions of steps as long as something goes on. */
  async runDue(): Promise<void> {
    this.#worker?.kick();
    await this.#quiet();
  }

  /** Moves the clock on by `ms`, running what falls due at its time. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.runDue();
    for (let next = this.#nextAt(); next !== null && next <= end; next = this.#nextAt()) {
      this.clock.moveTo(next);
      await this.runDue();
    }
    this.clock.moveTo(end);
    await this.runDue();
  }

  /** Moves on to the next time at which something falls due; `false` where there is none. */
  async advanceToNext(): Promise<boolean> {
    const next = this.store.nextDueAt();
    if (next === null) return false;
    await this.advance(Math.max(0, next - this.clock.now()));
    return true;
  }

  /** The run once nothing of it is due. */
  async settled(runId: string): Promise<WorkflowRun> {
    for (;;) {
      await this.runDue();
      const run = await this.engine.get(runId);
      const isLive =
        run.status === "pending" || run.status === "running" || run.status === "compensating";
      const isLater = run.status === "pending" && run.startAt.getTime() > this.clock.now();
      const isDue =
        (run.status === "waiting" || isLive) && !isLater && this.#worker?.isBusy === true;
      if (!isDue && (!isLive || isLater || this.#isParkedUndo(run))) return run;
      await realTime(1);
    }
  }

  async stop(): Promise<void> {
    const stopped = this.engine.stop({ drain: 0 });
    this.clock.moveTo(this.clock.now());
    await stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #assemble(): EngineParts {
    const {
      prisma = null,
      wrapStore = (store) => store,
      seed,
      onStepStart = () => {},
      observeAsks = () => undefined,
    } = this.#options;
    const store = wrapStore(withCount(this.store, () => (this.#activity += 1)));
    const ground: EngineGround = {
      store,
      clock: this.clock,
      pollMs: null,
      lingerMs: 0,
      seed,
      // A test is the same each time that it runs.
      random: () => 0.5,
      onStepStart,
      observeAsks,
    };
    return assembleEngine({ ...this.#options, prisma }, ground);
  }

  /** An undo that backs off, or waits for a child, shows as compensating. */
  #isParkedUndo(run: WorkflowRun): boolean {
    return run.status === "compensating" && this.#worker?.isBusy === false;
  }

  #nextAt(): number | null {
    const times = [this.store.nextDueAt(), this.clock.nextTimerAt()].filter((at) => at !== null);
    return times.length === 0 ? null : Math.max(this.clock.now(), Math.min(...times));
  }

  /** Real functions take real time: they are given a moment, more as long as something happens. */
  async #quiet(): Promise<void> {
    const { patience: limit = PATIENCE } = this.#options;
    for (let patience = 0; patience < limit && this.isBusy; patience += 1) {
      const before = this.#activity;
      await (patience < 10 ? turn() : realTime(1));
      if (this.#activity !== before) patience = 0;
    }
  }
}

/** Midnight of a Monday. */
const START = Date.UTC(2026, 0, 5);

/** Rounds in which nothing is written before what still runs is taken to wait for the clock. */
const PATIENCE = 30;

/** The same store, telling of each call. */
function withCount(store: Store, onCall: () => void): Store {
  return new Proxy(store, {
    get: (target, verb, receiver) => {
      onCall();
      return Reflect.get(target, verb, receiver) as unknown;
    },
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function realTime(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
