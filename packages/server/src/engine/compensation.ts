import type { WorkflowDefinition } from "../core/definition.js";
import { NonRetryableError } from "../core/errors.js";
import { nextDelay } from "../core/retry.js";
import { CHILD_EVENT, type StepRow } from "../core/rows.js";
import { createSeeded } from "../core/seeded.js";
import type { CompensateContext } from "../core/step-types.js";
import type { RunTransition, UndoUpdate } from "../store/store.js";
import { LazyAbort, runAttempt } from "./attempt.js";
import type { EngineTimer } from "./clock.js";
import type { Draft } from "./draft.js";
import type { ExecutionHost } from "./execution-host.js";
import { executionScope } from "./execution-scope.js";
import { runInfoOf } from "./handler-args.js";
import { addCall, createPublisher, type Publisher } from "./handler-calls.js";
import type { Ledger } from "./ledger.js";
import { parentNotice, readNotice } from "./operations/end-run.js";
import { undoGeneration } from "./operations/forget-steps.js";
import { undoOf, type UndoPlan } from "./plan.js";
import { Replay } from "./replay.js";

export interface CompensationOptions {
  readonly host: ExecutionHost;
  readonly definition: WorkflowDefinition;
  readonly ledger: Ledger;
  readonly ctx: unknown;
  /** Whether the worker wants its lease back. */
  readonly isStopping: () => boolean;
}

/**
 * The undo of a run whose end is recorded: waits for the ends of its children, replays the handler to
 * find the undos again, and runs them one at a time in reverse order of step start. The outcome of an
 * undo and the start of the next are one commit.
 */
export class Compensation {
  readonly #options: CompensationOptions;
  readonly #abort = new LazyAbort();
  readonly #handlerAbort = new LazyAbort();
  #replay: Replay | null = null;
  #timer: EngineTimer | null = null;

  constructor(options: CompensationOptions) {
    this.#options = options;
  }

  /** Aborts the undo that runs. */
  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  poke(): void {
    this.#replay?.poke();
  }

  /** Runs until all is undone, or the lease is given up. */
  async run(): Promise<void> {
    const { ledger } = this.#options;
    try {
      if (!(await this.#areChildrenEnded())) return;
      const steps = this.#undoable();
      if (steps.length > 0 && !(await this.#findUndos(steps))) return;
      let draft = ledger.draft();
      for (const { key } of steps) {
        const next = await this.#undo(key, draft);
        if (next === null) return;
        draft = next;
      }
      await this.#write(draft, this.#end(draft));
    } finally {
      this.#timer?.cancel();
    }
  }

  /** What began and is to be undone, the last one first. */
  #undoable(): StepRow[] {
    const { ledger } = this.#options;
    if (ledger.run.skipUndo) return [];
    return [...ledger.rows.values()]
      .filter(
        (row) => row.undoable && row.undoStatus !== "completed" && row.undoStatus !== "failed",
      )
      .toSorted((a, b) => b.position - a.position);
  }

  /** Children are cancelled with the run; its undo waits for their ends. */
  async #areChildrenEnded(): Promise<boolean> {
    const { ledger } = this.#options;
    if (ledger.isInboxStale) await ledger.refreshInbox();
    for (;;) {
      const ended = new Set(
        ledger.inbox
          .filter((event) => event.name === CHILD_EVENT)
          .map((event) => readNotice(event.payload).childId),
      );
      const open = [...ledger.rows.values()].find(
        (row) =>
          row.kind === "child" &&
          row.seq === null &&
          row.childId !== null &&
          !ended.has(row.childId),
      );
      if (open === undefined) return true;
      const waiting = { kind: "child", name: open.name, until: null } as const;
      const outcome = await this.#write(ledger.draft(), {
        kind: "park",
        wakes: ledger.wakes,
        dueAt: null,
        waiting,
      });
      if (outcome !== "applied") return false;
      await ledger.refreshInbox();
    }
  }

  /** Replays the handler to the last record; blocks the run when the code does not ask for what began. */
  async #findUndos(steps: readonly StepRow[]): Promise<boolean> {
    const { host, definition, ledger, ctx } = this.#options;
    const replay = new Replay({
      definition,
      newest: definition,
      run: ledger.run,
      rows: [...ledger.rows.values()],
      ctx,
      codec: host.codec,
      maxHistory: host.settings.maxHistory,
      abort: this.#handlerAbort,
      now: host.clock.now,
      onLate: () => {},
      onAsk: host.observeAsks(ledger.run),
    });
    this.#replay = replay;
    await replay.begin();
    const wanted = steps.filter((row) => !definition.removed.has(row.name));
    const isStopped = (): boolean => this.#isInterrupted;
    const areFound = (): boolean =>
      isStopped() || wanted.every((row) => replay.journal.get(row.key) !== undefined);
    const mismatch = (await replay.catchUp(isStopped)) ?? (await replay.findMismatch(areFound));
    // Not earlier: code that looks at its signal would take another way than it took before.
    this.#handlerAbort.abort(new Error(`Run ${ledger.runId} is being undone.`));
    if (mismatch !== null) {
      await this.#write(ledger.draft(), { kind: "block", message: mismatch.message });
      return false;
    }
    if (!this.#isInterrupted) return true;
    // What was not come to yet is not what the code has no undo of.
    await this.#write(ledger.draft(), { kind: "yield" });
    return false;
  }

  /** Runs one undo to its end; `null` when the lease was given up or lost. */
  async #undo(key: string, begun: Draft): Promise<Draft | null> {
    const { host, definition, ledger } = this.#options;
    const ask = this.#replay?.journal.get(key);
    const plan = ask === undefined ? null : undoOf(ask.plan);
    let draft = begun;
    if (plan === null) {
      const why = definition.removed.has(this.#row(key).name)
        ? "stands in `removed`"
        : "has no `compensate` any more";
      const error = new NonRetryableError(
        `Step "${key}" of run ${ledger.runId} was begun, but ${why}: it was not undone.`,
      );
      this.#put(draft, key, {
        undoStatus: "failed",
        undoEndedAt: host.clock.now(),
        undoError: host.codec.encodeError(error),
      });
      return draft;
    }
    for (;;) {
      const row = this.#row(key);
      const waitsUntil = row.undoStatus === "waiting" ? (row.undoUntil ?? 0) : null;
      if (waitsUntil !== null && !(await this.#waitUntil(waitsUntil, row, draft))) return null;
      if (this.#isInterrupted) {
        await this.#write(draft, { kind: "yield" });
        return null;
      }
      const attempt = row.undoStatus === "running" ? row.undoAttempt : row.undoAttempt + 1;
      const startedAt = row.undoStartedAt ?? host.clock.now();
      // Written once: an undo that takes workers down must not look like progress.
      if (row.undoStatus !== "running") {
        this.#put(draft, key, {
          undoStatus: "running",
          undoAttempt: attempt,
          undoStartedAt: startedAt,
          undoUntil: null,
        });
      }
      if (!draft.isEmpty && (await this.#write(draft, null)) !== "applied") return null;
      draft = ledger.draft();
      const failure = await this.#attempt(key, plan, attempt);
      if (!ledger.isHeld) return null;
      const now = host.clock.now();
      if (failure === null) {
        this.#put(draft, key, { undoStatus: "completed", undoEndedAt: now, undoError: null });
        return draft;
      }
      const undoError = host.codec.encodeError(failure.error);
      const delayMs = delayOf(plan, attempt, failure.error, host.random);
      if (delayMs === null) {
        this.#put(draft, key, { undoStatus: "failed", undoEndedAt: now, undoError });
        return draft;
      }
      this.#put(draft, key, { undoStatus: "waiting", undoUntil: now + delayMs, undoError });
      const isApplied = (await this.#write(draft, null)) === "applied";
      if (!isApplied) return null;
      draft = ledger.draft();
    }
  }

  /** Waits for a back-off: in memory for a moment, else parked. */
  async #waitUntil(until: number, row: StepRow, draft: Draft): Promise<boolean> {
    const { host, ledger } = this.#options;
    const leftMs = until - host.clock.now();
    if (leftMs <= 0) return true;
    if (leftMs > host.settings.lingerMs) {
      const waiting = { kind: "retry", name: row.name, until } as const;
      await this.#write(draft, { kind: "park", wakes: ledger.wakes, dueAt: until, waiting });
      if (ledger.isHeld) await ledger.refreshInbox();
      return ledger.isHeld && this.#waitUntil(until, row, ledger.draft());
    }
    await new Promise<void>((resolve) => {
      this.#timer = host.clock.setTimeout(resolve, leftMs);
    });
    return ledger.isHeld;
  }

  async #attempt(
    key: string,
    plan: UndoPlan,
    attempt: number,
  ): Promise<{ readonly error: unknown } | null> {
    const { host, ledger } = this.#options;
    const abort = new LazyAbort();
    const onAbort = (): void => abort.abort(this.#abort.signal.reason);
    this.#abort.signal.addEventListener("abort", onAbort, { once: true });
    const result = await runAttempt({
      what: `The undo of step "${key}" of run ${ledger.runId}`,
      runId: ledger.runId,
      timeoutMs: plan.timeoutMs,
      settleMs: host.settings.settleMs,
      abort,
      clock: host.clock,
      call: () => this.#call(key, plan, attempt, abort),
      isLast: (error) => delayOf(plan, attempt, error, host.random) === null,
    });
    this.#abort.signal.removeEventListener("abort", onAbort);
    return result.ok ? null : { error: result.error };
  }

  #call(key: string, plan: UndoPlan, attempt: number, abort: LazyAbort): Promise<void> {
    const { host, ledger } = this.#options;
    const { codec } = host;
    const { run, runId } = ledger;
    const row = this.#row(key);
    const seeded = createSeeded(run.seed);
    const generation = run.generations[key] ?? 0;
    const failure = row.error ?? (row.seq === null ? row.attempts.at(-1)?.error : null) ?? null;
    const context: CompensateContext = {
      idempotencyKey: seeded.undoKey(key, run.iteration, run.generations[undoGeneration(key)] ?? 0),
      step: {
        key,
        idempotencyKey: seeded.idempotencyKey(key, run.iteration, generation),
        error: failure === null ? null : codec.decodeError(failure),
      },
      get signal() {
        return abort.signal;
      },
      error: run.error === null ? null : codec.decodeError(run.error),
      run: runInfoOf(run),
    };
    const hasOutput =
      (row.status === "completed" || row.status === "skipped") && row.output !== null;
    const output = hasOutput && row.output !== null ? codec.decode(row.output) : undefined;
    const inside = {
      what: `the undo of "${key}"`,
      isTransaction: false,
      ...this.#publisher(key, attempt, abort),
    };
    const scope = { runId, fail: () => {}, inside };
    return executionScope.run(scope, async () => void (await plan.run(output, context)));
  }

  #publisher(key: string, attempt: number, abort: LazyAbort): Publisher {
    const { host, definition, ledger } = this.#options;
    return createPublisher({
      definition,
      runId: ledger.runId,
      codec: host.codec,
      now: host.clock.now,
      origin: { step: key, attempt },
      accepts: () => !abort.aborted && ledger.isHeld,
      store: (call) =>
        void ledger.inTurn(async () => {
          const draft = ledger.draft();
          addCall(draft, call);
          if (ledger.isHeld) await ledger.write(draft, null);
        }),
    });
  }

  /** The outcome: honest about what could not be undone. */
  #end(draft: Draft): RunTransition {
    const { ledger } = this.#options;
    const { run } = ledger;
    const undone = [...ledger.rows.values()].map((row) => ({
      ...row,
      ...draft.undos.get(row.key),
    }));
    const failed = undone.find((row) => row.undoStatus === "failed");
    const isUndone = undone.some((row) => row.undoStatus === "completed");
    const nothing = run.cause === "cancel" ? "cancelled" : "failed";
    const status = failed !== undefined ? "failed" : isUndone ? "compensated" : nothing;
    const error = run.error ?? failed?.undoError ?? null;
    const ended = { status, cause: run.cause, output: null, error } as const;
    return {
      kind: "end",
      ...ended,
      failedSteps: run.failedSteps,
      notice: parentNotice(run, ended),
    };
  }

  get #isInterrupted(): boolean {
    const { ledger, isStopping } = this.#options;
    return !ledger.isHeld || ledger.isPaused || isStopping();
  }

  #row(key: string): StepRow {
    const row = this.#options.ledger.rows.get(key);
    if (row === undefined)
      throw new TypeError(`Run ${this.#options.ledger.runId} has no step ${key}.`);
    return row;
  }

  #put(draft: Draft, key: string, changes: Partial<UndoUpdate>): void {
    const row = { ...this.#row(key), ...draft.undos.get(key) };
    const { undoStatus, undoAttempt, undoStartedAt, undoEndedAt, undoUntil, undoError } = row;
    draft.putUndo({
      key,
      undoStatus: undoStatus ?? "running",
      undoAttempt,
      undoStartedAt,
      undoEndedAt,
      undoUntil,
      undoError,
      ...changes,
    });
  }

  #write(draft: Draft, transition: RunTransition | null) {
    const { ledger } = this.#options;
    return ledger.inTurn(() => ledger.write(draft, transition));
  }
}

function delayOf(
  plan: UndoPlan,
  attempt: number,
  error: unknown,
  random: () => number,
): number | null {
  try {
    return nextDelay(plan.policy, attempt, error, random);
  } catch {
    return null;
  }
}
