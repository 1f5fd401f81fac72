import { HistoryTooLongError, PendingWaitError } from "./errors.js";
import { stepKey } from "./names.js";
import type { StepKind, StepRow } from "./rows.js";

/** Something that the handler asked for in this execution. */
export interface Ask<TPlan> {
  readonly key: string;
  readonly name: string;
  readonly kind: StepKind;
  /** Place in the order asked for. */
  readonly position: number;
  /** Place of the last outcome delivered before it was asked for. */
  readonly askedAfter: number;
  /** What the handler wants, in the engine's terms. */
  readonly plan: TPlan;
  /** What is recorded of it; replaced as more is. */
  row: StepRow | null;
  /** Whether the handler has its outcome. */
  delivered: boolean;
  readonly settle: Settle;
}

/** Hands an outcome to the handler. */
export interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface JournalOptions {
  readonly workflow: string;
  readonly runId: string;
  /** All that is recorded of the run's iteration. */
  readonly rows: readonly StepRow[];
  /** Names of steps that may be recorded without being asked for. */
  readonly removed: ReadonlySet<string>;
  /** The most that one iteration may ask for. */
  readonly maxHistory: number;
  /** Told of each ask. */
  readonly onAsk?: ((key: string, kind: StepKind) => void) | undefined;
}

/** Code that does not fit what is recorded: the run blocks before anything runs. */
export interface Mismatch {
  readonly message: string;
}

/**
 * The replay of one run, as pure bookkeeping: what the handler asked for, what is recorded, and which
 * recorded outcome comes next. It never decides when: `deliver` is called by the execution, one
 * outcome at a time, each when the code has come to rest after the one before.
 */
export class Journal<TPlan> {
  readonly #options: JournalOptions;
  readonly #rows = new Map<string, StepRow>();
  readonly #recorded: readonly StepRow[];
  readonly #asks = new Map<string, Ask<TPlan>>();
  readonly #occurrences = new Map<string, number>();
  readonly #unasked = new Set<string>();
  #fresh: Ask<TPlan>[] = [];
  #cursor = 0;
  #delivered = 0;
  #mismatch: Mismatch | null = null;

  constructor(options: JournalOptions) {
    this.#options = options;
    for (const row of options.rows) {
      this.#rows.set(row.key, row);
      if (isBinding(row) && !options.removed.has(row.name)) this.#unasked.add(row.key);
    }
    this.#recorded = options.rows.filter(hasOutcome).toSorted((a, b) => a.seq - b.seq);
  }

  /** How much was asked for so far; at rest it stays the same for a turn of the event loop. */
  get asked(): number {
    return this.#asks.size;
  }

  /** Place of the last outcome that was delivered. */
  get delivered(): number {
    return this.#delivered;
  }

  /** A step that was asked for as another kind than it is recorded as. */
  get mismatch(): Mismatch | null {
    return this.#mismatch;
  }

  /** The next recorded outcome that is not delivered; `undefined` once all are. */
  get next(): StepRow | undefined {
    return this.#recorded[this.#cursor];
  }

  get(key: string): Ask<TPlan> | undefined {
    return this.#asks.get(key);
  }

  /** All that was asked for, in that order. */
  get asks(): Iterable<Ask<TPlan>> {
    return this.#asks.values();
  }

  /** Whether something recorded, open timers and waits too, has not been asked for by this execution. */
  get hasUnasked(): boolean {
    return this.#unasked.size > 0;
  }

  /** What was asked for since the last call, in that order. */
  takeFresh(): Ask<TPlan>[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /**
   * Whether something was asked for since then that nothing is recorded of, or something recorded is
   * asked for before the outcome that it came after.
   */
  get hasNew(): boolean {
    return (
      this.#fresh.some((ask) => ask.row === null) ||
      this.#pending().some(({ row }) => row !== null && row.askedAfter > this.#delivered)
    );
  }

  /** Whether the code waits for something that is recorded. */
  get hasPending(): boolean {
    return this.#pending().some((ask) => ask.row !== null);
  }

  #pending(): Ask<TPlan>[] {
    return [...this.#asks.values()].filter((ask) => !ask.delivered);
  }

  /** Registers what the handler asks for; the promise is the handler's, and never rejects unhandled. */
  ask(kind: StepKind, name: string, plan: TPlan): Promise<unknown> {
    if (this.#asks.size >= this.#options.maxHistory)
      return guarded(Promise.reject(this.#tooLong()));
    const occurrence = (this.#occurrences.get(name) ?? 0) + 1;
    this.#occurrences.set(name, occurrence);
    const key = stepKey(name, occurrence);
    const row = this.#rows.get(key) ?? null;
    if (row !== null && row.kind !== kind) this.#mismatch ??= wrongKind(this.#options, row, kind);
    this.#unasked.delete(key);
    let settle!: Settle;
    const promise = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    const ask: Ask<TPlan> = {
      key,
      name,
      kind,
      position: row?.position ?? this.#asks.size,
      askedAfter: row?.askedAfter ?? this.#delivered,
      plan,
      row,
      delivered: false,
      settle,
    };
    this.#asks.set(key, ask);
    if (row === null || row.seq === null) this.#fresh.push(ask);
    this.#options.onAsk?.(key, kind);
    return guarded(promise);
  }

  /** Refuses a second wait for an event while one under the same name is pending. */
  refuseWait(name: string, isSame: (plan: TPlan) => boolean): Promise<never> | null {
    for (const ask of this.#asks.values()) {
      if (ask.delivered || ask.kind !== "event" || ask.name !== name || !isSame(ask.plan)) continue;
      const message =
        `Run ${this.#options.runId} waits for "${name}" already (${ask.key}): a second wait would take ` +
        "what the first is for. Hold on to the first promise, use `timeout`, or give each wait a `key`.";
      return guarded(Promise.reject(new PendingWaitError(message, { runId: this.#options.runId })));
    }
    return null;
  }

  /** Hands the outcome at place `seq` to the handler; the caller then lets the code come to rest. */
  deliver(ask: Ask<TPlan>, seq: number, hand: (settle: Settle) => void): void {
    ask.delivered = true;
    this.#delivered = seq;
    if (this.next?.key === ask.key) this.#cursor += 1;
    hand(ask.settle);
  }

  /** Passes over a recorded outcome of a step that the definition says was removed. */
  skipRemoved(): boolean {
    const row = this.next;
    if (row === undefined || !this.#options.removed.has(row.name)) return false;
    this.#cursor += 1;
    this.#delivered = row.seq ?? this.#delivered;
    return true;
  }

  #tooLong(): HistoryTooLongError {
    const { runId, maxHistory } = this.#options;
    const message =
      `Run ${runId} asks for more than ${maxHistory} steps (maxHistory): begin an empty history with ` +
      "`continueAsNew`, or do more in each step.";
    return new HistoryTooLongError(message, { runId });
  }

  /** What is recorded, and not asked for, as an operator should read it. */
  describeUnasked(found: "asks" | "ends"): Mismatch {
    const expected = [...this.#unasked].slice(0, 3).map((key) => describeRow(this.#rows.get(key)));
    const asked = this.#pending().map((ask) => `${ask.kind} "${ask.key}"`);
    const instead =
      found === "ends" || asked.length === 0 ? "ends" : `asks for ${asked.slice(0, 3).join(", ")}`;
    return {
      message:
        `The code of ${this.#options.workflow} no longer fits this run: recorded ${expected.join(", ")} ` +
        `${expected.length === 1 ? "is" : "are"} not asked for, and the code ${instead} instead. Deploy the ` +
        "code that the run began with, list removed steps in `removed`, guard new code with `patched`, or " +
        "use a new version.",
    };
  }
}

/** Whether replay must meet this row: an outcome, a begun undoable step, an open timer, wait or child. */
export function isBinding(row: StepRow): boolean {
  return row.seq !== null || row.undoable || row.status === "waiting";
}

function hasOutcome(row: StepRow): row is StepRow & { readonly seq: number } {
  return row.seq !== null;
}

function wrongKind(options: JournalOptions, row: StepRow, kind: StepKind): Mismatch {
  return {
    message:
      `The code of ${options.workflow} no longer fits this run: "${row.key}" is recorded as ${row.kind} and ` +
      `is now asked for as ${kind}. Deploy the code that the run began with, give the new step another name ` +
      "under `patched`, or use a new version.",
  };
}

function describeRow(row: StepRow | undefined): string {
  return row === undefined ? "a step" : `${row.kind} "${row.key}"`;
}

/** A promise of ours that nobody awaits must not take the process down. */
function guarded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
