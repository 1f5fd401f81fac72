import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../core/logger.js";
import type { Claim, ClaimedRun, HeldRun, RunChange, RunState, Store } from "../store/store.js";
import type { EngineTimer } from "./clock.js";
import type { DatabaseClock } from "./database-clock.js";
import { Execution } from "./execution.js";
import type { ExecutionHost } from "./execution-host.js";
import { readyColumns } from "./operations/end-run.js";
import { changed } from "./operations/operation.js";
import { SeenSince } from "./seen-since.js";

export interface WorkerSettings {
  readonly id: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** `name@version` of all that it can execute. */
  readonly definitions: readonly string[];
  /** How often it looks for what is due and renews its leases; `null` looks only when kicked. */
  readonly pollMs: number | null;
}

export interface WorkerDeps {
  readonly store: Store;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly host: (worker: Worker) => ExecutionHost;
  /** Ends a run whose deadline passed. */
  readonly expire: (runId: string) => Promise<void>;
  /** Told of runs that others may see changed. */
  readonly notify: (runIds: readonly string[]) => void;
}

/**
 * Claims runs that are due and executes them, as many side by side as it has slots. One statement a
 * second renews all its leases, claims, and tells what others did to its runs.
 */
export class Worker {
  readonly id: string;
  readonly #settings: WorkerSettings;
  readonly #deps: WorkerDeps;
  readonly #host: ExecutionHost;
  readonly #executions = new Set<Execution>();
  #reserved = 0;
  #executed = 0;
  #startedAt = 0;
  #renewedAt = -Infinity;
  #isStopping = false;
  #isStopped = false;
  /** Runs in execution here that are past their deadline. */
  readonly #overdue = new SeenSince(OWN_DEADLINE_MS);
  /** Leases of this worker that no execution has. */
  readonly #orphans = new SeenSince(ORPHANED_AFTER_MS);
  #sweeping: Promise<void> | null = null;
  #isSweeping = false;
  #isKicked = false;
  #mayHaveMore = false;
  #poll: EngineTimer | null = null;
  #alarm: { readonly at: number; readonly timer: EngineTimer } | null = null;
  #housekeptAt = -Infinity;
  #idle: (() => void)[] = [];

  constructor(settings: WorkerSettings, deps: WorkerDeps) {
    this.id = settings.id;
    this.#settings = settings;
    this.#deps = deps;
    this.#host = deps.host(this);
  }

  /** How many executions it began. */
  get executed(): number {
    return this.#executed;
  }

  /** Joins: blocked runs that it may be able to execute are tried again; resolves once it claims. */
  async start(): Promise<void> {
    const { store, clock } = this.#deps;
    await this.#host.context();
    this.#startedAt = clock.now();
    await store.unblock(this.#settings.definitions);
    await this.#sweep();
    this.#schedulePoll();
    if (this.#isKicked) this.kick();
  }

  /** Looks for what is due, soon. */
  kick(): void {
    if (this.#isStopped) return;
    this.#isKicked = true;
    if (this.#isSweeping || this.#startedAt === 0) return;
    void this.#sweepWhileKicked();
  }

  /** Whether it executes this run, and nobody else can. */
  isExecuting(runId: string): boolean {
    for (const execution of this.#executions) {
      if (execution.runId === runId && execution.isHeld) return true;
    }
    return false;
  }

  /** Something was put into the inbox of a run. */
  onInbox(runId: string): void {
    for (const execution of this.#executions) if (execution.runId === runId) execution.onInbox();
  }

  /** Looks for what is due at that time, if no earlier time is known. */
  alarm(at: number): void {
    if (this.#isStopping || (this.#alarm !== null && this.#alarm.at <= at)) return;
    this.#alarm?.timer.cancel();
    const timer = this.#deps.clock.setTimeout(
      () => {
        this.#alarm = null;
        this.kick();
      },
      Math.max(0, at - this.#deps.clock.now()),
    );
    this.#alarm = { at, timer };
  }

  /** A run was inserted that begins then. */
  wakeFor(startAt: number): void {
    if (startAt > this.#deps.clock.now()) this.alarm(startAt);
    else this.kick();
  }

  /** A claim for a run that is about to be inserted, if there is a free slot; `adopt` or `release` it. */
  reserve(definition: string): Claim | null {
    if (this.#isStopping || this.#startedAt === 0 || this.#freeSlots === 0) return null;
    if (!this.#settings.definitions.includes(definition)) return null;
    if (this.confirmLease() !== null) return null;
    this.#reserved += 1;
    return { workerId: this.id, leaseToken: freshToken(), leaseMs: this.#settings.leaseMs };
  }

  release(): void {
    this.#reserved -= 1;
    if (this.#mayHaveMore) this.kick();
  }

  adopt(claimed: ClaimedRun): void {
    this.#reserved -= 1;
    void this.#execute(claimed);
  }

  /** `null` while all leases were renewed within their time, else the renewal. */
  confirmLease(): Promise<void> | null {
    return this.#isRenewed ? null : this.#renew();
  }

  /** Resolves once it executes nothing and found nothing due. */
  async whenIdle(): Promise<void> {
    while (this.isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Claims no more, lets what runs end within `drainMs`, and gives all leases up. */
  async stop(drainMs: number): Promise<void> {
    const { store, clock } = this.#deps;
    this.#isStopping = true;
    this.#alarm?.timer.cancel();
    for (const execution of this.#executions) execution.stop();
    let timer: EngineTimer | null = null;
    const drained = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, drainMs);
    });
    await Promise.race([this.#whenEmpty(), drained]);
    (timer as EngineTimer | null)?.cancel();
    this.#isStopped = true;
    this.#poll?.cancel();
    for (const execution of this.#executions) {
      execution.abort(new Error("The worker is stopping."));
      execution.observe(null);
      await this.#giveUp(execution.runId, execution.token);
    }
    await this.#sweeping;
    await store.retireWorker(this.id);
    this.#wakeIdle();
  }

  /** As if the process had died: nothing is recorded any more, and no lease is given up. */
  kill(): void {
    this.#isStopping = true;
    this.#isStopped = true;
    this.#poll?.cancel();
    this.#alarm?.timer.cancel();
    for (const execution of this.#executions) {
      execution.observe(null);
      execution.abort(new Error("The worker was killed."));
    }
    this.#executions.clear();
  }

  get #isRenewed(): boolean {
    return performance.now() - this.#renewedAt < this.#settings.leaseMs;
  }

  /** A sweep under way may have been asked too long ago as well, and one may fail: neither tells of now. */
  async #renew(): Promise<void> {
    while (!this.#isRenewed && !this.#isStopped) {
      await this.#sweep();
      if (!this.#isRenewed) await sleep(RENEW_AGAIN_MS);
    }
  }

  get #freeSlots(): number {
    // A slot is free once the lease is given up, a moment before the execution is over.
    let taken = this.#reserved;
    for (const execution of this.#executions) if (execution.isHeld) taken += 1;
    return Math.max(0, this.#settings.concurrency - taken);
  }

  /** Whether it executes something or looks for what is due. */
  get isBusy(): boolean {
    return (
      !this.#isStopping &&
      (this.#isSweeping || this.#isKicked || this.#executions.size + this.#reserved > 0)
    );
  }

  async #sweepWhileKicked(): Promise<void> {
    while (this.#isKicked && !this.#isSweeping) {
      this.#isKicked = false;
      await this.#sweep();
    }
    this.#schedulePoll();
    if (!this.isBusy) this.#wakeIdle();
  }

  #schedulePoll(): void {
    const { pollMs } = this.#settings;
    this.#poll?.cancel();
    if (pollMs === null || (this.#isStopping && this.#executions.size === 0)) return;
    this.#poll = this.#deps.clock.setTimeout(() => this.kick(), pollMs);
  }

  #sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepOnce().finally(() => {
      this.#sweeping = null;
      this.#isSweeping = false;
      if (this.#isKicked) void this.#sweepWhileKicked();
    });
    return this.#sweeping;
  }

  async #sweepOnce(): Promise<void> {
    const { store, clock, logger } = this.#deps;
    this.#isSweeping = true;
    const slots = this.#isStopping ? 0 : this.#freeSlots;
    const known = [...this.#executions].map((execution) => ({ execution, token: execution.token }));
    const askedAt = performance.now();
    try {
      const result = await store.sweep({
        workerId: this.id,
        startedAt: this.#startedAt,
        token: freshToken(),
        leaseMs: this.#settings.leaseMs,
        maxLeaseMs: Math.max(MAX_LEASE_MS, this.#settings.leaseMs),
        definitions: this.#settings.definitions,
        running: this.#executions.size,
        slots,
      });
      this.#renewedAt = askedAt;
      clock.observe(result.now, askedAt);
      this.#observe(known, result.held);
      if (result.nextDueAt !== null) this.alarm(result.nextDueAt);
      this.#mayHaveMore = slots === 0 || result.claimed.length === slots;
      for (const claimed of result.claimed) void this.#execute(claimed);
      if (result.claimed.length > 0) this.#deps.notify(result.claimed.map(({ run }) => run.id));
      await this.#attend(result.expired, result.unaccepted);
      await this.#giveUpOrphans(result.held);
    } catch (error) {
      logger.warn(`Worker ${this.id} could not look for what is due; it tries again.`, { error });
    }
  }

  /** Tells executions what the sweep saw of them; one that took its run anew meanwhile is left alone. */
  #observe(
    known: readonly { readonly execution: Execution; readonly token: string }[],
    held: readonly HeldRun[],
  ): void {
    const byId = new Map(held.map((run) => [run.id, run]));
    for (const { execution, token } of known) {
      if (execution.token === token) execution.observe(byId.get(execution.runId) ?? null);
    }
  }

  /**
   * Gives up leases that no execution has had for a while: one broke off, or an answer was lost. While
   * this worker beats they would not lapse by themselves.
   */
  async #giveUpOrphans(held: readonly HeldRun[]): Promise<void> {
    const tokens = new Set([...this.#executions].map((execution) => execution.token));
    const orphans = held.filter((run) => !tokens.has(run.leaseToken));
    const lasting = this.#orphans.lasting(orphans.map(leaseOf));
    for (const run of orphans) {
      if (lasting.has(leaseOf(run))) await this.#giveUp(run.id, run.leaseToken);
    }
  }

  /** What a sweep found to be done for others. */
  async #attend(expired: readonly string[], unaccepted: boolean): Promise<void> {
    const { store, clock, notify } = this.#deps;
    for (const runId of this.#leftToExpire(expired)) {
      await this.#deps.expire(runId);
      this.#isKicked = true;
    }
    if (unaccepted) {
      const woken = await store.acceptEvents();
      for (const runId of woken) this.onInbox(runId);
      notify(woken);
      if (woken.length > 0) this.#isKicked = true;
    }
    if (clock.now() - this.#housekeptAt < HOUSEKEEPING_MS) return;
    this.#housekeptAt = clock.now();
    notify(await store.blockStranded(STRANDED_AFTER_MS, this.#settings.leaseMs));
  }

  /** An execution ends its run by itself, in the order of what fell due before the deadline: it goes first. */
  #leftToExpire(expired: readonly string[]): readonly string[] {
    const own = new Set(expired.filter((id) => this.isExecuting(id)));
    const late = this.#overdue.lasting([...own]);
    return expired.filter((id) => !own.has(id) || late.has(id));
  }

  async #execute(claimed: ClaimedRun): Promise<void> {
    const { run } = claimed;
    const definition = this.#host.definitionOf(run.workflow, run.version);
    if (definition === undefined)
      throw new TypeError(`Run ${run.id} was claimed without its code.`);
    const execution = new Execution(this.#host, definition, claimed, await this.#host.context());
    if (this.#isStopping) execution.stop();
    await this.#attendTo(execution, () => execution.run());
  }

  async #attendTo(execution: Execution, run: () => Promise<void>): Promise<void> {
    this.#executions.add(execution);
    this.#executed += 1;
    try {
      await run();
    } catch (error) {
      this.#deps.logger.error(
        `The execution of run ${execution.runId} broke off; its lease is given up.`,
        { error },
      );
    }
    this.#executions.delete(execution);
    if (execution.isParked) execution.onLateActivity(() => void this.#revive(execution));
    if (this.#mayHaveMore && !this.#isStopping) this.kick();
    if (!this.isBusy || (this.#isStopping && this.#executions.size === 0)) this.#wakeIdle();
  }

  /** The handler of a parked run went on by itself: takes the run back, unless somebody else has it. */
  async #revive(execution: Execution): Promise<void> {
    if (this.#isStopping || this.#executions.has(execution)) return;
    await this.#attendTo(execution, () =>
      execution.revive(async (parkedToken) => {
        const claim = {
          workerId: this.id,
          leaseToken: freshToken(),
          leaseMs: this.#settings.leaseMs,
        };
        const isMine = await this.#deps.store.reclaim(execution.runId, parkedToken, claim);
        return isMine ? claim.leaseToken : null;
      }),
    );
  }

  /** Gives a lease up for others to take; like a takeover it counts against `maxRecoveries`. */
  async #giveUp(runId: string, token: string): Promise<void> {
    await this.#deps.store.change(runId, ({ run, now }: RunState): RunChange<boolean> => {
      if (run.leaseToken !== token || run.workerId === null) return { result: false, write: null };
      const status = run.status === "running" ? "pending" : run.status;
      const recoveries = this.#isStopping || run.progressed ? run.recoveries : run.recoveries + 1;
      const released = { status, workerId: null, recoveries } as const;
      return changed({ run: { ...released, ...readyColumns({ ...run, ...released }, now) } });
    });
  }

  async #whenEmpty(): Promise<void> {
    while (this.#executions.size > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Past this a lease is not doubled any more. */
const MAX_LEASE_MS = 600_000;

/** While the database does not answer in time, no step starts. */
const RENEW_AGAIN_MS = 20;

/** How long an execution has to notice that its deadline passed. */
const OWN_DEADLINE_MS = 500;

/** A lease that is new, or whose answer is on its way, is not an orphan. */
const ORPHANED_AFTER_MS = 2_000;

/** A run whose code no worker had for this long is blocked. */
const STRANDED_AFTER_MS = 60_000;

const HOUSEKEEPING_MS = 10_000;

function leaseOf({ id, leaseToken }: HeldRun): string {
  return `${id} ${leaseToken}`;
}

function freshToken(): string {
  return randomBytes(16).toString("base64url");
}
