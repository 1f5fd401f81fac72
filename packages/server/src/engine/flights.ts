import type { Ask } from "../core/journal.js";
import type { Logger } from "../core/logger.js";
import { LazyAbort } from "./attempt.js";
import type { EngineClock } from "./clock.js";
import type { Draft } from "./draft.js";
import type { Plan } from "./plan.js";
import { nextAttempt, openRow } from "./step-rows.js";
import type { StepEnd, StepRunner } from "./step-runner.js";

export interface FlightsOptions {
  readonly runId: string;
  readonly clock: EngineClock;
  readonly logger: Logger;
  /** Something ended. */
  readonly onEnd: () => void;
}

/** Something that runs. */
interface Flight {
  readonly ask: Ask<Plan>;
  readonly abort: LazyAbort;
  readonly startedAt: number;
  readonly ended: Promise<void>;
  isShown: boolean;
}

/** What an execution has running, and what of it has ended and is not delivered yet. */
export class Flights {
  readonly #options: FlightsOptions;
  readonly #byKey = new Map<string, Flight>();
  readonly #stragglers = new Set<Promise<void>>();
  readonly #ended: StepEnd[] = [];

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** Whether anything runs. */
  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Whether something ended and was not taken. */
  get hasEnded(): boolean {
    return this.#ended.length > 0;
  }

  start(ask: Ask<Plan>, runner: StepRunner): void {
    const { runId, clock, logger, onEnd } = this.#options;
    const abort = new LazyAbort();
    const tell = (end: StepEnd): void => this.putBack(end);
    const ran = runner.run(ask, abort, tell).catch((error: unknown) => {
      logger.error(`Run ${runId}: step ${ask.key} could not be recorded.`, { error });
      tell({ kind: "void", ask });
    });
    const ended = ran.then(() => {
      this.#byKey.delete(ask.key);
      return onEnd();
    });
    this.#byKey.set(ask.key, { ask, abort, startedAt: clock.now(), ended, isShown: false });
  }

  /** A function that goes on although its attempt is over. */
  addStraggler(ended: Promise<void>): void {
    this.#stragglers.add(ended);
    void ended.finally(() => this.#stragglers.delete(ended));
  }

  /** Takes what ended first; what its transaction recorded already comes before all else. */
  takeEnded(): StepEnd | undefined {
    const recorded = this.#ended.findIndex((end) => end.kind === "recorded");
    return recorded > 0 ? this.#ended.splice(recorded, 1)[0] : this.#ended.shift();
  }

  /** Takes what succeeded, and leaves the rest. */
  takeSuccesses(): (StepEnd & { readonly kind: "outcome" })[] {
    const successes: (StepEnd & { readonly kind: "outcome" })[] = [];
    for (const end of this.#ended.splice(0)) {
      const isSuccess = end.kind === "outcome" && end.child === null;
      if (isSuccess && end.changes.status === "completed") successes.push(end);
      else this.#ended.push(end);
    }
    return successes;
  }

  /** Adds something that ended, or gives back what was taken. */
  putBack(...ends: readonly StepEnd[]): void {
    this.#ended.push(...ends);
  }

  abort(reason: Error): void {
    for (const { abort } of this.#byKey.values()) abort.abort(reason);
  }

  /** Resolves when all that runs, stragglers too, has ended; `null` where nothing does. */
  whenAllEnded(): Promise<unknown> | null {
    const running = [...this.#byKey.values()].map((flight) => flight.ended);
    const all = [...running, ...this.#stragglers];
    return all.length === 0 ? null : Promise.all(all);
  }

  /** Puts rows for what runs and is not shown yet into a draft. */
  show(draft: Draft): void {
    for (const flight of this.#byKey.values()) {
      if (flight.isShown) continue;
      flight.isShown = true;
      const { ask, startedAt } = flight;
      const shown = { status: "running", attempt: nextAttempt(ask.row), until: null } as const;
      draft.steps.set(ask.key, openRow(ask, startedAt, shown));
    }
  }
}
