import { InputValidationError } from "../core/errors.js";
import type { Ask } from "../core/journal.js";
import { nextDelay } from "../core/retry.js";
import type { StepRow } from "../core/rows.js";
import { parseWith } from "../core/schema.js";
import type { Seeded } from "../core/seeded.js";
import type { StepContext } from "../core/step-types.js";
import type { NewRun } from "../store/store.js";
import { type AttemptResult, type LazyAbort, runAttempt } from "./attempt.js";
import type { Draft } from "./draft.js";
import type { OutcomeChanges } from "./due.js";
import type { ExecutionHost } from "./execution-host.js";
import { executionScope, type ExecutionScope } from "./execution-scope.js";
import { parseInput } from "./handler-args.js";
import { type Call, createPublisher } from "./handler-calls.js";
import type { Ledger } from "./ledger.js";
import { createNewRun } from "./new-run.js";
import type { ChildStart, Plan, StepPlan } from "./plan.js";
import { nextAttempt, openRow, outcomeRow, withFailure } from "./step-rows.js";
import { runTransaction } from "./transaction.js";

/** What came of something that ran. */
export type StepEnd =
  /** Its outcome, without a place in the order yet. */
  | {
      readonly kind: "outcome";
      readonly ask: Ask<Plan>;
      readonly changes: OutcomeChanges;
      readonly child: NewRun | null;
    }
  /** An outcome that its transaction recorded already. */
  | { readonly kind: "recorded"; readonly ask: Ask<Plan>; readonly row: StepRow }
  /** A failed attempt; the next one is due at the row's `until`. */
  | { readonly kind: "backoff"; readonly ask: Ask<Plan>; readonly row: StepRow }
  /** A child that is to be started and waited for. */
  | {
      readonly kind: "child";
      readonly ask: Ask<Plan>;
      readonly row: StepRow;
      readonly child: NewRun;
    }
  /** Nothing may be recorded any more. */
  | { readonly kind: "void"; readonly ask: Ask<Plan> };

export interface StepRunnerOptions {
  readonly host: ExecutionHost;
  readonly ledger: () => Ledger;
  readonly seeded: Seeded;
  readonly scope: ExecutionScope;
  readonly workflow: Parameters<typeof createPublisher>[0]["definition"];
  /** Told of functions that go on although their attempt is over. */
  readonly onStraggler: (ended: Promise<void>) => void;
  /** Stores what a step publishes, at once. */
  readonly publish: (call: Call) => void;
  /** Puts what the handler published into a draft; the return value says that it was stored. */
  readonly addPending: (draft: Draft) => () => void;
}

/** Runs what the handler asked for: attempts of steps and transactions, sends, and starts of children. */
export class StepRunner {
  readonly #options: StepRunnerOptions;

  constructor(options: StepRunnerOptions) {
    this.#options = options;
  }

  /**
   * Runs it and tells its end. A transaction commits its own record: until that is told, no other
   * commit of the run goes between, for its place in the order is taken.
   */
  run(ask: Ask<Plan>, abort: LazyAbort, tell: (end: StepEnd) => void): Promise<void> {
    const run = (): Promise<void> => this.#run(ask, abort).then(tell);
    return ask.kind === "transaction" ? this.#options.ledger().inTurn(run) : run();
  }

  #run(ask: Ask<Plan>, abort: LazyAbort): Promise<StepEnd> {
    const { plan } = ask;
    switch (plan.kind) {
      case "step":
        return this.#runStep(ask, plan, abort);
      case "send":
        return this.#guard(ask, async () => {
          const { runId, event, payload, definition } = plan;
          const dedupeKey = this.#idempotencyKey(ask);
          await this.#options.host.sendEvent({ runId, event, payload, definition, dedupeKey });
          return this.#completed(ask, undefined, null);
        });
      case "spawn":
        return this.#guard(ask, async () => {
          const child = await this.#newChild(ask, plan.child, true);
          return this.#completed(ask, child.id, child);
        });
      case "child":
        return this.#guard(ask, async () => {
          const child = await this.#newChild(ask, plan.child, false);
          const row = openRow(ask, this.#now(), { status: "waiting", childId: child.id });
          return { kind: "child", ask, row, child };
        });
      default:
        throw new TypeError(`A ${plan.kind} does not run.`);
    }
  }

  /** The key that a step hands out, over all its attempts. */
  #idempotencyKey({ key }: Ask<Plan>): string {
    const { run } = this.#options.ledger();
    return this.#options.seeded.idempotencyKey(key, run.iteration, run.generations[key] ?? 0);
  }

  async #runStep(ask: Ask<Plan>, plan: StepPlan, abort: LazyAbort): Promise<StepEnd> {
    const { host, ledger } = this.#options;
    const attempt = nextAttempt(ask.row);
    const { runId } = ledger();
    const startedAt = this.#now();
    const result = await runAttempt({
      what: `Step "${ask.key}" of run ${runId}`,
      runId,
      timeoutMs: plan.timeoutMs,
      settleMs: host.settings.settleMs,
      abort,
      clock: host.clock,
      call: () => this.#call(ask, plan, attempt, startedAt, abort),
      isLast: (error) => this.#delay(plan, attempt, error) === null,
    });
    if (result.ok) return result.value;
    if (result.straggler !== null) this.#options.onStraggler(result.straggler);
    return this.#failed(ask, plan, attempt, startedAt, result);
  }

  /** One attempt, with its own scope, publisher and signal. */
  #call(
    ask: Ask<Plan>,
    plan: StepPlan,
    attempt: number,
    startedAt: number,
    abort: LazyAbort,
  ): Promise<StepEnd> {
    const { host, ledger, scope, workflow, publish } = this.#options;
    const { call } = plan;
    host.onStepStart(scope.runId, ask.key);
    const isTransaction = call.kind === "transaction";
    const publisher = createPublisher({
      definition: workflow,
      runId: scope.runId,
      codec: host.codec,
      now: host.clock.now,
      origin: { step: ask.key, attempt },
      accepts: () => !abort.aborted && ledger().isHeld,
      store: publish,
    });
    const what = `${ask.kind} "${ask.key}"`;
    const idempotencyKey = lazy(() => this.#idempotencyKey(ask));
    const context: StepContext = {
      attempt,
      log: publisher.log,
      get signal() {
        return abort.signal;
      },
      get idempotencyKey() {
        return idempotencyKey();
      },
    };
    const succeed = (result: unknown): Promise<OutcomeChanges> =>
      this.#successOf(ask, plan, attempt, startedAt, result);
    return executionScope.run(
      { ...scope, inside: { what, isTransaction, ...publisher } },
      async (): Promise<StepEnd> => {
        if (call.kind === "plain") {
          return {
            kind: "outcome",
            ask,
            changes: await succeed(await call.fn(context)),
            child: null,
          };
        }
        const row = await runTransaction({
          host,
          ledger: ledger(),
          settings: { ...call, timeoutMs: plan.timeoutMs },
          abort,
          addPending: this.#options.addPending,
          fn: (tx) => call.fn(tx, context),
          toRow: async (seq, result) => outcomeRow(ask, seq, this.#now(), await succeed(result)),
        });
        return row === null ? { kind: "void", ask } : { kind: "recorded", ask, row };
      },
    );
  }

  async #successOf(
    ask: Ask<Plan>,
    plan: StepPlan,
    attempt: number,
    startedAt: number,
    result: unknown,
  ): Promise<OutcomeChanges> {
    const { host, ledger } = this.#options;
    const { runId } = ledger();
    const parsed =
      plan.output === undefined
        ? result
        : await parseWith(plan.output, result, (summary, issues) => {
            const message = `The result of step "${ask.key}" of run ${runId} does not fit its schema: ${summary}.`;
            return new InputValidationError(message, { runId, issues });
          });
    const output = host.codec.encode(parsed, "output");
    const attempts =
      attempt === 1
        ? []
        : withFailure(ask.row, { attempt, startedAt, endedAt: this.#now(), error: null });
    return { status: "completed", attempt, attempts, output };
  }

  #failed(
    ask: Ask<Plan>,
    plan: StepPlan,
    attempt: number,
    startedAt: number,
    failure: Extract<AttemptResult<StepEnd>, { ok: false }>,
  ): StepEnd {
    const { codec } = this.#options.host;
    const now = this.#now();
    const { error, timedOut } = failure;
    const text = codec.encodeError(error);
    const attempts = withFailure(ask.row, { attempt, startedAt, endedAt: now, error: text });
    const delayMs = this.#delay(plan, attempt, error);
    if (delayMs !== null) {
      const row = openRow(ask, now, {
        status: "waiting",
        attempt,
        attempts,
        until: now + delayMs,
        timedOut,
      });
      return { kind: "backoff", ask, row };
    }
    // An optional step hands out `undefined`; that this was so is recorded with the failure.
    const output = plan.optional ? codec.encode(undefined, "output") : null;
    const changes: OutcomeChanges = {
      status: "failed",
      attempt,
      attempts,
      error: text,
      output,
      timedOut,
    };
    return { kind: "outcome", ask, changes, child: null };
  }

  /** What `retryIf` throws ends the attempts as well. */
  #delay(plan: StepPlan, attempt: number, error: unknown): number | null {
    try {
      return nextDelay(plan.policy, attempt, error, this.#options.host.random);
    } catch {
      return null;
    }
  }

  #completed(ask: Ask<Plan>, value: unknown, child: NewRun | null): StepEnd {
    const output = this.#options.host.codec.encode(value, "output");
    const childId = child?.id ?? null;
    return { kind: "outcome", ask, changes: { status: "completed", output, childId }, child };
  }

  /** A send or a start that is refused fails at once: nothing about it changes by waiting. */
  async #guard(ask: Ask<Plan>, act: () => Promise<StepEnd>): Promise<StepEnd> {
    try {
      return await act();
    } catch (error) {
      const text = this.#options.host.codec.encodeError(error);
      return { kind: "outcome", ask, changes: { status: "failed", error: text }, child: null };
    }
  }

  async #newChild(ask: Ask<Plan>, start: ChildStart, detached: boolean): Promise<NewRun> {
    const { host, seeded, ledger } = this.#options;
    const { run } = ledger();
    const parsed = await parseInput(start.definition, start.input);
    const now = this.#now();
    const id = seeded.childId(ask.key, run.iteration, run.generations[ask.key] ?? 0);
    return createNewRun({
      id,
      seed: host.seed(id),
      definition: start.definition,
      input: host.codec.encode(parsed, "input"),
      now,
      startAt: start.startAt ?? now + start.delayMs,
      owner: run.owner,
      tags: start.tags,
      idempotencyKey: null,
      priority: start.priority ?? run.priority,
      traceId: run.traceId,
      parent: { id: run.id, key: ask.key, detached },
    });
  }

  #now(): number {
    return this.#options.host.clock.now();
  }
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
