import type { WorkflowDefinition } from "../core/definition.js";
import type { Ask, Mismatch } from "../core/journal.js";
import { createSeeded } from "../core/seeded.js";
import type { ClaimedRun, HeldRun, RunTransition } from "../store/store.js";
import { LazyAbort, within } from "./attempt.js";
import type { EngineTimer } from "./clock.js";
import { Compensation } from "./compensation.js";
import type { Draft } from "./draft.js";
import type { ExecutionHost } from "./execution-host.js";
import { Flights } from "./flights.js";
import { addCall, type Call } from "./handler-calls.js";
import { type CommitOutcome, Ledger } from "./ledger.js";
import { nextDueAt, waitingFor } from "./open-asks.js";
import { cancelChild } from "./operations/cancel.js";
import { hasUndo } from "./operations/end-run.js";
import { timeoutOf } from "./operations/expire.js";
import type { Plan } from "./plan.js";
import { Replay } from "./replay.js";
import { endOf, endOfHandler, recoveryLimit, type RunEnd } from "./run-end.js";
import { StepRunner } from "./step-runner.js";
import { Turn } from "./turn.js";

/** What the loop does after a turn. */
type Next = "again" | "wait" | "behind" | "suspect" | "undo" | "over";

/**
 * One lease on one run, from the claim to the end of the run, or until it parks.
 *
 * The loop: deliver an outcome, let the code come to rest, go on while more is ready, then commit the
 * outcomes together with all that they led to, and only then start what was asked for.
 */
export class Execution {
  readonly runId: string;
  readonly #host: ExecutionHost;
  readonly #definition: WorkflowDefinition;
  readonly #abort = new LazyAbort();
  readonly #replay: Replay;
  readonly #runner: StepRunner;
  #ledger: Ledger;
  readonly #flights: Flights;
  /** Timers, waits, children and back-offs that are open. */
  readonly #open = new Set<Ask<Plan>>();
  /** What was to start when a pause, or a doubt about the code, came between. */
  readonly #deferred: Ask<Plan>[] = [];
  readonly #published: Call[] = [];
  #timer: EngineTimer | null = null;
  #showTimer: EngineTimer | null = null;
  #isShowDue = false;
  #isStopping = false;
  #mismatch: Mismatch | null = null;
  #compensation: Compensation | null = null;
  #onLate: (() => void) | null = null;

  constructor(
    host: ExecutionHost,
    definition: WorkflowDefinition,
    claimed: ClaimedRun,
    ctx: unknown,
  ) {
    const { run } = claimed;
    this.#host = host;
    this.#definition = definition;
    this.runId = run.id;
    this.#ledger = this.#openLedger(claimed);
    this.#replay = new Replay({
      definition,
      newest: host.newestOf(run.workflow) ?? definition,
      run,
      rows: claimed.steps,
      ctx,
      codec: host.codec,
      maxHistory: host.settings.maxHistory,
      abort: this.#abort,
      now: host.clock.now,
      onLate: () => this.#onLate?.(),
      onAsk: host.observeAsks(run),
    });
    this.#flights = new Flights({
      runId: run.id,
      clock: host.clock,
      logger: host.logger,
      onEnd: () => this.#poke(),
    });
    this.#runner = new StepRunner({
      host,
      ledger: () => this.#ledger,
      seeded: createSeeded(run.seed),
      scope: this.#replay.scope,
      workflow: definition,
      onStraggler: (ended) => this.#flights.addStraggler(ended),
      publish: (call) => this.#publish(call),
      addPending: (draft) => this.#addPending(draft),
    });
  }

  get token(): string {
    return this.#ledger.token;
  }

  get isHeld(): boolean {
    return this.#ledger.isHeld;
  }

  /** Whether it gave its lease up to wait, and might go on by itself. */
  get isParked(): boolean {
    return this.#ledger.isParked;
  }

  /** Takes note of what a sweep saw of the run. */
  observe(held: HeldRun | null): void {
    this.#ledger.observe(held);
    if (this.#ledger.isLost) this.#abortAll();
    if (this.#ledger.isEndedByOthers) this.#abort.abort(new Error(`Run ${this.runId} was ended.`));
    this.#poke();
  }

  /** Something was put into the run's inbox. */
  onInbox(): void {
    this.#ledger.markInboxStale();
    this.#poke();
  }

  /** Lets what runs end, records it, and gives the lease up. */
  stop(): void {
    this.#isStopping = true;
    this.#poke();
  }

  /** Aborts the signals of what still runs. */
  abort(reason: Error): void {
    this.#flights.abort(reason);
    this.#compensation?.abort(reason);
  }

  /** Executes until the run ends, parks, or is given up. */
  async run(): Promise<void> {
    try {
      await this.#execute();
    } catch (error) {
      await this.#blockBy(error);
    } finally {
      this.#timer?.cancel();
      this.#showTimer?.cancel();
      if (!this.isParked)
        this.#abort.abort(new Error(`The execution of run ${this.runId} is over.`));
    }
  }

  /**
   * Goes on after parking, when the handler did something by itself: `claim` tells the new token, or
   * that somebody else has the run.
   */
  async revive(claim: (parkedToken: string) => Promise<string | null>): Promise<void> {
    const parked = this.#ledger;
    const token = await claim(parked.token);
    if (token === null) return;
    this.#replay.reopen();
    this.#ledger = this.#openLedger({
      run: { ...parked.run, ...parked.counters(), leaseToken: token, status: "running" },
      steps: [...parked.rows.values()],
      inbox: [],
    });
    this.#ledger.markInboxStale();
    try {
      await this.#loop();
    } finally {
      this.#timer?.cancel();
      this.#showTimer?.cancel();
    }
  }

  /** Has `onLate` called when the handler does something after the run parked. */
  onLateActivity(onLate: () => void): void {
    this.#onLate = onLate;
    this.#replay.close();
  }

  async #execute(): Promise<void> {
    const { run } = this.#ledger;
    if (run.recoveries > this.#host.settings.maxRecoveries) return this.#giveUp();
    if (this.#ledger.phase === "compensating") return this.#undo();
    await this.#replay.begin();
    this.#mismatch = await this.#replay.catchUp(() => this.#isInterrupted);
    await this.#loop();
  }

  get #isInterrupted(): boolean {
    return (
      !this.#ledger.isHeld ||
      this.#ledger.isEndedByOthers ||
      this.#isStopping ||
      this.#ledger.isPaused
    );
  }

  async #loop(): Promise<void> {
    for (;;) {
      const next = await this.#ledger.inTurn(() => this.#advance());
      if (next === "over") {
        if (this.#ledger.isLost) this.#abortAll();
        return;
      }
      if (next === "undo") return this.#undo();
      if (next === "behind") {
        this.#mismatch = await this.#replay.catchUp(() => this.#isInterrupted);
      }
      if (next === "suspect") {
        const { journal } = this.#replay;
        this.#mismatch = await this.#replay.findMismatch(
          () => this.#isInterrupted || !journal.hasUnasked,
        );
      }
      if (next === "wait") await this.#replay.activity(null);
    }
  }

  /** One turn: all that is ready, in one commit. */
  async #advance(): Promise<Next> {
    const ledger = this.#ledger;
    if (!ledger.isHeld) return "over";
    if (ledger.isEndedByOthers) return "undo";
    if (this.#mismatch !== null)
      return this.#end({ kind: "block", message: this.#mismatch.message });
    if (this.#isStopping || ledger.isPaused) return this.#windDown();
    // A pause that did not last cut the replay short.
    if (this.#replay.journal.next !== undefined) return "behind";
    if (ledger.isInboxStale) await ledger.refreshInbox();

    const turn = this.#turn(this.#deferred.splice(0));
    const stop = await turn.deliverReady();
    const { end, isSuspect, journal } = this.#replay;
    this.#mismatch = journal.mismatch;
    if (isSuspect) {
      this.#deferred.push(...turn.starts);
      return this.#commit(turn.draft, "suspect");
    }
    if (stop !== "deadline" && end === null) return this.#goOn(turn, stop === "more");
    turn.dropStarts();
    // Past the deadline no end but that is recorded, though what led to another fell due before it.
    if (stop === "deadline" || end === null || this.#isExpired)
      return this.#finish(turn, this.#timedOut());
    return this.#finish(
      turn,
      await endOfHandler(end, this.#definition, this.runId, this.#host.codec),
    );
  }

  #turn(starts?: Ask<Plan>[]): Turn {
    const { codec, clock } = this.#host;
    const parts = {
      ledger: this.#ledger,
      replay: this.#replay,
      flights: this.#flights,
      codec,
      clock,
    };
    return new Turn({ ...parts, open: this.#open }, starts);
  }

  /** Commits what was learned, parks if there is nothing else to do, and starts what was asked for. */
  async #goOn({ draft, starts }: Turn, isMore: boolean): Promise<Next> {
    const isIdle =
      !isMore &&
      starts.length === 0 &&
      this.#flights.isEmpty &&
      !this.#flights.hasEnded &&
      this.#open.size > 0;
    const park = isIdle ? this.#parking() : null;
    if (this.#isShowDue) this.#flights.show(draft);
    const isShown = this.#isShowDue && this.#replay.hasCalls;
    if (!draft.isEmpty || park !== null || isShown || this.#replay.hasPatches) {
      const outcome = await this.#write(draft, park);
      if (outcome !== "applied") return outcome === "ended" ? "undo" : "over";
      if (park !== null) return "again";
    }
    if (starts.length > 0) await this.#start(starts);
    if (isMore || this.#flights.hasEnded || this.#ledger.isInboxStale) return "again";
    this.#armTimer();
    return "wait";
  }

  async #start(starts: readonly Ask<Plan>[]): Promise<void> {
    const confirmed = this.#host.confirmLease();
    if (confirmed !== null) {
      await confirmed;
      if (this.#isInterrupted) {
        this.#deferred.push(...starts);
        return;
      }
    }
    for (const ask of starts) this.#flights.start(ask, this.#runner);
    this.#showLater();
  }

  /** A pause or a stop: what runs is recorded as it ends, nothing is delivered, then the lease is given up. */
  async #windDown(): Promise<Next> {
    const turn = this.#turn();
    const recorded = turn.putEnded();
    const { draft } = turn;
    const isOver = this.#flights.isEmpty;
    const isNeeded = !draft.isEmpty || isOver;
    const outcome = isNeeded
      ? await this.#write(draft, isOver ? { kind: "yield" } : null)
      : "applied";
    if (outcome !== "applied") return outcome === "ended" ? "undo" : "over";
    // A pause may end before the lease is given up: then the handler is told after all.
    this.#flights.putBack(...recorded);
    return "wait";
  }

  /** Commits the end together with the last outcomes, or the end with its undo still to do. */
  async #finish(turn: Turn, end: RunEnd): Promise<Next> {
    const ledger = this.#ledger;
    const { draft } = turn;
    // What had succeeded when the handler ended is kept: a retry would do it again.
    for (const { ask, changes } of this.#flights.takeSuccesses()) turn.putOutcome(ask, changes);
    // What is in flight shows as abandoned, or is what `settle` waits for.
    this.#flights.show(draft);
    const rows = [...ledger.rows.values(), ...draft.steps.values()];
    const transition = endOf(end, {
      run: ledger.run,
      codec: this.#host.codec,
      hasUndo: rows.some((row) => row.undoable),
      failedSteps: end.kind === "threw" ? this.#replay.originsOf(end.error) : [],
      now: this.#host.clock.now(),
    });
    const hasChildren =
      rows.some((row) => row.kind === "child" && row.childId !== null) || draft.children.length > 0;
    return this.#end(transition, draft, hasChildren);
  }

  async #end(
    transition: RunTransition,
    draft = this.#ledger.draft(),
    cancelsChildren = false,
  ): Promise<Next> {
    const outcome = await this.#write(draft, transition, { cancelsChildren });
    if (outcome === "ended" || (outcome === "applied" && transition.kind === "undo")) return "undo";
    this.#flights.abort(new Error(`Run ${this.runId} has ended.`));
    return "over";
  }

  /** The end is recorded: what runs is settled and recorded, then the undos are found again and run. */
  async #undo(): Promise<void> {
    const reason = new Error(`Run ${this.runId} is being ended.`);
    this.#abort.abort(reason);
    this.#flights.abort(reason);
    this.#timer?.cancel();
    if (this.#ledger.isEndedByOthers) await this.#ledger.reload();
    await this.#settle();
    if (!this.#ledger.isHeld) return;
    this.#compensation = new Compensation({
      host: this.#host,
      definition: this.#definition,
      ledger: this.#ledger,
      ctx: await this.#host.context(),
      isStopping: () => this.#isStopping,
    });
    await this.#compensation.run();
  }

  /** With undo to do, what runs has its time to end; else the end of the run does not wait for it. */
  async #settle(): Promise<void> {
    const { run, rows } = this.#ledger;
    const allEnded = this.#flights.whenAllEnded();
    if (allEnded !== null && !run.skipUndo && hasUndo([...rows.values()])) {
      await within(allEnded, this.#host.settings.settleMs, this.#host.clock);
    } else if (allEnded !== null) {
      // What heeds its signal has ended by then.
      await this.#replay.rest();
    }
    await this.#ledger.inTurn(async () => {
      const turn = this.#turn();
      turn.putSettled();
      const { draft } = turn;
      // What goes on shows as abandoned.
      this.#flights.show(draft);
      if (!draft.isEmpty && this.#ledger.isHeld) await this.#ledger.write(draft, null);
    });
  }

  async #giveUp(): Promise<void> {
    const { run } = this.#ledger;
    const error = recoveryLimit(run, this.#host.settings.maxRecoveries);
    const transition = endOf(
      { kind: "threw", error },
      {
        run,
        codec: this.#host.codec,
        hasUndo: false,
        failedSteps: run.failedSteps,
        now: this.#host.clock.now(),
      },
    );
    await this.#ledger.inTurn(() => this.#end(transition, this.#ledger.draft(), true));
  }

  /** What cannot be executed at all, such as a payload that cannot be read, is blocked where it stands. */
  async #blockBy(error: unknown): Promise<void> {
    this.#host.logger.error(`Run ${this.runId} cannot be executed.`, { error });
    const why = error instanceof Error ? error.message : String(error);
    const message = `Run ${this.runId} cannot be executed: ${why}`;
    await this.#ledger.inTurn(() =>
      this.#ledger.write(this.#ledger.draft(), { kind: "block", message }),
    );
  }

  async #commit(draft: Draft, next: Next): Promise<Next> {
    if (draft.isEmpty) return this.#mismatch === null ? next : "again";
    const outcome = await this.#write(draft, null);
    if (outcome !== "applied") return outcome === "ended" ? "undo" : "over";
    return this.#mismatch === null ? next : "again";
  }

  /** Commits a draft together with what the handler published and `patched` answered meanwhile. */
  async #write(
    draft: Draft,
    transition: RunTransition | null,
    options?: { readonly cancelsChildren: boolean },
  ): Promise<CommitOutcome> {
    this.#isShowDue = false;
    // What a sweep saw since this turn began: the draft belongs to the phase before it.
    if (this.#ledger.isEndedByOthers) {
      this.#takeBack(draft);
      return "ended";
    }
    const onStored = this.#addPending(draft);
    const outcome = await this.#ledger.write(draft, transition, options);
    if (outcome === "applied" || outcome === "released") onStored();
    if (outcome === "ended") this.#takeBack(draft);
    return outcome;
  }

  /** What steps came to just when somebody else ended the run is recorded beside that end. */
  #takeBack(draft: Draft): void {
    for (const row of draft.steps.values()) {
      const ask = this.#replay.journal.get(row.key);
      if (ask?.plan.kind !== "step") continue;
      if (row.status === "waiting") this.#flights.putBack({ kind: "backoff", ask, row });
      if (row.seq === null) continue;
      const { status, attempt, attempts, output, error, timedOut } = row;
      const changes = { status, attempt, attempts, output, error, timedOut };
      this.#flights.putBack({ kind: "outcome", ask, changes, child: null });
    }
  }

  #addPending(draft: Draft): () => void {
    const onStored = [this.#replay.addPatches(draft), this.#replay.addCalls(draft)];
    return () => onStored.forEach((tell) => tell());
  }

  /** A park, unless something falls due in a moment. */
  #parking(): Extract<RunTransition, { kind: "park" }> | null {
    const { clock, settings } = this.#host;
    const next = nextDueAt(this.#open, this.#deadlineAt);
    if (next !== null && next - clock.now() <= settings.lingerMs) return null;
    return {
      kind: "park",
      wakes: this.#ledger.wakes,
      dueAt: next,
      waiting: waitingFor(this.#open),
    };
  }

  get #deadlineAt(): number | null {
    return this.#ledger.run.deadlineAt;
  }

  #timedOut(): RunEnd {
    const deadlineAt = this.#deadlineAt ?? this.#host.clock.now();
    return { kind: "timedOut", error: timeoutOf(this.runId, deadlineAt) };
  }

  get #isExpired(): boolean {
    return this.#deadlineAt !== null && this.#deadlineAt <= this.#host.clock.now();
  }

  #armTimer(): void {
    this.#timer?.cancel();
    const next = nextDueAt(this.#open, this.#deadlineAt);
    this.#timer =
      next === null
        ? null
        : this.#host.clock.setTimeout(
            () => this.#poke(),
            Math.max(0, next - this.#host.clock.now()),
          );
    if (this.#replay.hasCalls) this.#showLater();
  }

  /** What takes longer than a moment is shown: running steps, and what the handler published. */
  #showLater(): void {
    if (this.#showTimer !== null) return;
    this.#showTimer = this.#host.clock.setTimeout(() => {
      this.#showTimer = null;
      this.#isShowDue = true;
      this.#poke();
    }, SHOW_AFTER_MS);
  }

  /** Stores what a step published, at once: what comes meanwhile rides on the same commit. */
  #publish(call: Call): void {
    this.#published.push(call);
    if (this.#published.length > 1) return;
    void this.#ledger.inTurn(async () => {
      const draft = this.#ledger.draft();
      for (const published of this.#published.splice(0)) addCall(draft, published);
      if (this.#ledger.isHeld) await this.#ledger.write(draft, null);
    });
  }

  /** Another worker has the run: whatever is still done here is void. */
  #abortAll(): void {
    const reason = new Error(`The lease on run ${this.runId} was lost.`);
    this.#abort.abort(reason);
    this.abort(reason);
  }

  #openLedger(claimed: ClaimedRun): Ledger {
    return new Ledger({
      claimed,
      record: this.#host.record,
      store: this.#host.store,
      changeChildren: cancelChild({ codec: this.#host.codec }),
      onCommit: this.#host.onCommit,
    });
  }

  #poke(): void {
    this.#replay.poke();
    this.#compensation?.poke();
  }
}

/** A step in flight for longer than this is shown. */
const SHOW_AFTER_MS = 200;
