import type { WorkflowDefinition } from "../core/definition.js";
import { isWorkflowError } from "../core/errors.js";
import { type Ask, Journal, type Mismatch, type Settle } from "../core/journal.js";
import type { RunRow, StepKind, StepRow } from "../core/rows.js";
import type { Codec } from "../core/values/codec.js";
import type { LazyAbort } from "./attempt.js";
import { executionScope, type ExecutionScope } from "./execution-scope.js";
import { createHandlerArgs } from "./handler-args.js";
import type { Draft } from "./draft.js";
import { addCall, type Call } from "./handler-calls.js";
import type { Plan } from "./plan.js";

/** How the handler ended. */
export type HandlerEnd =
  | { readonly kind: "returned"; readonly value: unknown }
  | { readonly kind: "threw"; readonly error: unknown }
  | {
      readonly kind: "continued";
      readonly definition: WorkflowDefinition;
      readonly input: unknown;
    };

/** What was asked for, and the place of the last outcome delivered before. */
export type OnAsk = (ask: { readonly key: string; readonly kind: StepKind }, after: number) => void;

export interface ReplayOptions {
  readonly definition: WorkflowDefinition;
  /** The newest version that is not deprecated, which `continueAsNew` goes to. */
  readonly newest: WorkflowDefinition;
  readonly run: RunRow;
  readonly rows: readonly StepRow[];
  readonly ctx: unknown;
  readonly codec: Codec;
  readonly maxHistory: number;
  readonly abort: LazyAbort;
  readonly now: () => number;
  /** Told when the handler does something after `close`: asks, or ends. */
  readonly onLate: () => void;
  /** Told of each ask; for tests. */
  readonly onAsk?: OnAsk | undefined;
}

/**
 * A handler that runs over what is recorded. It brings the code to the last recorded outcome and tells
 * what it asks for there; what happens next is up to its owner.
 */
export class Replay {
  readonly journal: Journal<Plan>;
  readonly #options: ReplayOptions;
  readonly #scope: ExecutionScope;
  /** The errors that were handed out, and the steps they came from. */
  readonly #origins = new WeakMap<object, string>();
  readonly #patches: Map<string, boolean>;
  #storedPatches: number;
  readonly #calls: Call[] = [];
  #callCount = 0;
  #storedCalls: number;
  #end: HandlerEnd | null = null;
  #now: number;
  #wake: (() => void) | null = null;
  #isPoked = false;
  #isClosed = false;

  constructor(options: ReplayOptions) {
    const { definition, run, rows, maxHistory, onAsk } = options;
    this.#options = options;
    this.#now = run.iterationAt ?? run.createdAt;
    this.#storedCalls = run.calls;
    this.#patches = new Map(Object.entries(run.patches));
    this.#storedPatches = this.#patches.size;
    this.#scope = {
      runId: run.id,
      fail: (error) => this.#finish({ kind: "threw", error }),
      inside: null,
    };
    this.journal = new Journal({
      workflow: `${definition.name}@${definition.version}`,
      runId: run.id,
      rows,
      removed: definition.removed,
      maxHistory,
      onAsk: onAsk && ((key, kind) => onAsk({ key, kind }, this.journal.delivered)),
    });
  }

  /** How the handler ended; `null` while it has not. */
  get end(): HandlerEnd | null {
    return this.#end;
  }

  /**
   * Whether something recorded was not asked for although the code asks for something new or ended, or
   * was asked for as another kind: nothing more is delivered before that is settled.
   */
  get isSuspect(): boolean {
    const { journal } = this;
    return (
      journal.mismatch !== null || (journal.hasUnasked && (journal.hasNew || this.#end !== null))
    );
  }

  /** What the functions of its steps run in. */
  get scope(): ExecutionScope {
    return this.#scope;
  }

  /** Calls the handler; it runs until it first comes to rest. */
  async begin(): Promise<void> {
    const { definition, newest, run, ctx, codec, abort, now } = this.#options;
    const args = createHandlerArgs({
      definition,
      newest,
      run,
      ctx,
      codec,
      abort,
      journal: this.journal,
      now: () => this.#now,
      clock: now,
      patched: (id) => this.#patched(id),
      acceptsCall: () => {
        this.#callCount += 1;
        return this.#callCount > this.#storedCalls && !this.#isKeptCall;
      },
      onCall: (call) => {
        this.#calls.push(call);
        this.poke();
      },
      onAsk: () => this.#onHandler(),
      onContinue: (target, input) => this.#finish({ kind: "continued", definition: target, input }),
    });
    executionScope.run(this.#scope, () => {
      void callHandler(definition, args).then(
        (value) => this.#finish({ kind: "returned", value }),
        (error: unknown) => this.#finish({ kind: "threw", error }),
      );
    });
    await this.rest();
  }

  /** Delivers all that is recorded, one outcome at a time, each when the code rests after the one before. */
  async catchUp(isStopped: () => boolean): Promise<Mismatch | null> {
    const { journal } = this;
    for (let row = journal.next; row !== undefined; row = journal.next) {
      if (isStopped()) return null;
      if (journal.mismatch !== null) return journal.mismatch;
      const ask = journal.get(row.key);
      if (ask !== undefined) {
        await this.deliver(ask, row);
      } else if (!journal.skipRemoved()) {
        const { key } = row;
        const isAsked = (): boolean => isStopped() || journal.get(key) !== undefined;
        const mismatch = await this.findMismatch(isAsked);
        if (mismatch !== null) return mismatch;
      }
    }
    return journal.mismatch;
  }

  /**
   * Waits until `isResolved`. The mismatch when the code asks for something new, or ends, and then
   * rests for a second, or when it rests longer on what is recorded: a branch may await I/O of its own.
   */
  async findMismatch(isResolved: () => boolean): Promise<Mismatch | null> {
    const { journal } = this;
    for (;;) {
      if (isResolved()) return null;
      if (journal.mismatch !== null) return journal.mismatch;
      const isSure = journal.hasNew || this.#end !== null;
      if (!isSure && !journal.hasPending) {
        await this.activity(null);
      } else if (await this.#restsFor(isSure ? MISMATCH_REST_MS : OPEN_REST_MS, isResolved)) {
        return journal.describeUnasked(this.#end === null ? "asks" : "ends");
      }
      await this.rest();
    }
  }

  /** Whether nothing was asked for in that time. */
  async #restsFor(ms: number, isResolved: () => boolean): Promise<boolean> {
    const { asked } = this.journal;
    const until = performance.now() + ms;
    for (let leftMs = ms; leftMs > 0; leftMs = until - performance.now()) {
      await this.activity(leftMs);
      if (this.journal.asked !== asked || isResolved()) return false;
    }
    return true;
  }

  /** Hands out an outcome, as decoded from its record, and lets the code come to rest. */
  async deliver(ask: Ask<Plan>, row: StepRow): Promise<void> {
    if (row.seq === null) throw new TypeError(`Step ${row.key} has no outcome to deliver.`);
    if (row.endedAt !== null) this.#now = row.endedAt;
    const hand = this.#decode(row);
    this.journal.deliver(ask, row.seq, hand);
    await this.rest();
  }

  /** Resolves when nothing was asked for during one turn of the event loop. */
  async rest(): Promise<void> {
    const { journal } = this;
    for (let asked = -1; asked !== journal.asked;) {
      asked = journal.asked;
      await turn();
    }
  }

  /** Resolves when something happens, or has since the last call, or after `ms` of real time. */
  activity(ms: number | null): Promise<void> {
    if (this.#isPoked) {
      this.#isPoked = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(resolve, ms);
      this.#wake = () => {
        if (timer !== null) clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  /** Something happened. */
  poke(): void {
    if (this.#wake === null) this.#isPoked = true;
    else this.#wake();
  }

  /** From now on the handler is on its own: what it still does is told by `onLate`. */
  close(): void {
    this.#isClosed = true;
  }

  /** The opposite of `close`. */
  reopen(): void {
    this.#isClosed = false;
  }

  /** A retry begins to count anew: what was called before the last outcome that it kept is stored. */
  get #isKeptCall(): boolean {
    const { run } = this.#options;
    return run.attempt > 1 && run.calls === 0 && this.journal.next !== undefined;
  }

  get hasPatches(): boolean {
    return this.#patches.size > this.#storedPatches;
  }

  get hasCalls(): boolean {
    return this.#calls.length > 0;
  }

  /** Puts what the handler published and is not stored yet into a draft; the return value says it was. */
  addCalls(draft: Draft): () => void {
    const { length } = this.#calls;
    const count = Math.max(this.#storedCalls, this.#callCount);
    for (const call of this.#calls) addCall(draft, call);
    draft.calls = count;
    return () => {
      this.#calls.splice(0, length);
      this.#storedCalls = Math.max(this.#storedCalls, count);
    };
  }

  /** Puts the answers of `patched` into a draft where there are new ones; the return value says it was. */
  addPatches(draft: Draft): () => void {
    const { size } = this.#patches;
    if (size === this.#storedPatches) return () => {};
    draft.patches = Object.fromEntries(this.#patches);
    draft.progressed = true;
    return () => {
      this.#storedPatches = size;
    };
  }

  /** Keys of the failed steps that an error is, or carries as `cause` or among `errors`. */
  originsOf(error: unknown): string[] {
    const keys = new Set<string>();
    const seen = new Set<unknown>();
    const pending = [error];
    while (pending.length > 0 && seen.size < MAX_CAUSES) {
      const next = pending.pop();
      if (typeof next !== "object" || next === null || seen.has(next)) continue;
      seen.add(next);
      const key = this.#origins.get(next);
      if (key !== undefined) keys.add(key);
      pending.push(...causesOf(next));
    }
    return [...keys];
  }

  #patched(id: string): boolean {
    const known = this.#patches.get(id);
    if (known !== undefined) return known;
    const answer = !this.journal.hasUnasked;
    this.#patches.set(id, answer);
    return answer;
  }

  #decode(row: StepRow): (settle: Settle) => void {
    const { codec } = this.#options;
    if (row.error !== null && row.output === null) {
      const error = codec.decodeError(row.error);
      this.#origins.set(error, row.key);
      return (settle) => settle.reject(error);
    }
    const value = row.output === null ? undefined : codec.decode(row.output);
    return (settle) => settle.resolve(value);
  }

  #finish(end: HandlerEnd): void {
    this.#end ??= end;
    this.#onHandler();
  }

  /** The handler asked for something, or ended. */
  #onHandler(): void {
    this.poke();
    if (this.#isClosed) this.#options.onLate();
  }
}

/** How long the code must rest on something new before it is told that it does not fit. */
const MISMATCH_REST_MS = 1_000;

/** How long it must rest on an open timer or wait alone: it might go on by itself, but not for ever. */
const OPEN_REST_MS = 10_000;

/** An error is followed through this many causes. */
const MAX_CAUSES = 1_000;

async function callHandler(definition: WorkflowDefinition, args: unknown): Promise<unknown> {
  return definition.run(args);
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Errors may be anything: getters that throw are as good as none. */
function causesOf(error: object): unknown[] {
  try {
    const { cause, errors } = error as { cause?: unknown; errors?: unknown };
    return Array.isArray(errors) ? [cause, ...errors] : [cause];
  } catch {
    return isWorkflowError(error) ? [error.cause] : [];
  }
}
