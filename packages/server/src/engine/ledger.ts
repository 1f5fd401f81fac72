import type { EventRow, RunRow, StepRow } from "../core/rows.js";
import type {
  ClaimedRun,
  HeldRun,
  RecordAnswer,
  RunChange,
  RunRecord,
  RunState,
  RunTransition,
  Store,
} from "../store/store.js";
import { Draft } from "./draft.js";

/** What became of a commit. */
export type CommitOutcome =
  /** Written; the lease goes on. */
  | "applied"
  /** Written, and the lease given up. */
  | "released"
  /** Another claim was made: this execution is over, and nothing of it may be written. */
  | "lost"
  /** Somebody recorded an end first; nothing was written. */
  | "ended";

/** Hears of each commit that was written. */
export type OnCommit = (
  record: RunRecord,
  answer: Extract<RecordAnswer, { applied: true }>,
) => void;

export interface LedgerOptions {
  readonly claimed: ClaimedRun;
  readonly record: (record: RunRecord) => Promise<RecordAnswer>;
  readonly store: Pick<Store, "loadInbox" | "readRun" | "recordAndChangeChildren">;
  /** What to do to running children when the run ends or goes back. */
  readonly changeChildren: (state: RunState) => RunChange<void>;
  /** Called after each commit. */
  readonly onCommit: OnCommit;
}

/**
 * One lease on one run: what is recorded of it, what is in its inbox, and the one way to write to it.
 * Commits of a run go one after another, numbered, so that a repeated one is recognised.
 */
export class Ledger {
  readonly runId: string;
  readonly token: string;
  readonly rows = new Map<string, StepRow>();
  readonly #options: LedgerOptions;
  #run: RunRow;
  #phase: RunRecord["phase"];
  #inbox: readonly EventRow[];
  #inboxWakes: number;
  #wakes: number;
  #paused: boolean;
  #outcomes: number;
  #calls: number;
  #commits = 0;
  #state: "held" | "parked" | "released" | "lost" = "held";
  #ended = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerOptions) {
    const { run, steps, inbox } = options.claimed;
    if (run.leaseToken === null) throw new TypeError(`Run ${run.id} was claimed without a token.`);
    this.#options = options;
    this.#run = run;
    this.runId = run.id;
    this.token = run.leaseToken;
    this.#phase = run.status === "compensating" ? "compensating" : "running";
    this.#inbox = inbox;
    this.#inboxWakes = run.wakes;
    this.#wakes = run.wakes;
    this.#paused = run.paused;
    this.#outcomes = run.outcomes;
    this.#calls = run.calls;
    for (const row of steps) this.rows.set(row.key, row);
  }

  /** The run as claimed, with the cause of its end once that is known. */
  get run(): RunRow {
    return this.#run;
  }
  get phase(): RunRecord["phase"] {
    return this.#phase;
  }
  get isHeld(): boolean {
    return this.#state === "held";
  }
  get isLost(): boolean {
    return this.#state === "lost";
  }
  /** Whether the lease was given up to wait. */
  get isParked(): boolean {
    return this.#state === "parked";
  }
  get isPaused(): boolean {
    return this.#paused;
  }
  /** Whether an end was recorded by somebody else; the run is then in its undo. */
  get isEndedByOthers(): boolean {
    return this.#ended;
  }
  /** Calls of progress, emit and log by the handler that are stored. */
  get calls(): number {
    return this.#calls;
  }
  /** The wake counter up to which the inbox is complete. */
  get wakes(): number {
    return this.#inboxWakes;
  }
  get inbox(): readonly EventRow[] {
    return this.#inbox;
  }
  get isInboxStale(): boolean {
    return this.#wakes !== this.#inboxWakes;
  }

  /** What the run's row counts, as of the last commit. */
  counters(): Pick<RunRow, "outcomes" | "calls"> {
    return { outcomes: this.#outcomes, calls: this.#calls };
  }

  draft(): Draft {
    return new Draft({ outcomes: this.#outcomes, calls: this.#calls });
  }

  /** Takes note of what a sweep saw; `null` when the run is not among those held any more. */
  observe(held: HeldRun | null): void {
    if (held === null || held.leaseToken !== this.token) {
      if (this.#state === "held") this.#state = "lost";
      return;
    }
    this.#paused = held.paused;
    this.#wakes = Math.max(this.#wakes, held.wakes);
    if (held.status === "compensating" && this.#phase === "running") this.#enterUndo();
  }

  /** Something was put into the inbox by this process. */
  markInboxStale(): void {
    this.#inboxWakes = -1;
  }

  /** Re-reads the run: somebody else recorded why it ends. */
  async reload(): Promise<void> {
    const rows = await this.#options.store.readRun(this.runId, {
      kind: "page",
      after: 0,
      limit: 1,
    });
    if (rows === null) this.#state = "lost";
    else this.#run = rows.run;
  }

  /** Re-reads the inbox. */
  async refreshInbox(): Promise<void> {
    const inbox = await this.#options.store.loadInbox(this.runId);
    if (inbox === null) {
      this.#state = "lost";
      return;
    }
    this.#inbox = inbox.events;
    this.#inboxWakes = inbox.wakes;
    this.#wakes = Math.max(this.#wakes, inbox.wakes);
  }

  /** Commits a draft and what becomes of the run; only within `inTurn`. */
  async write(
    draft: Draft,
    transition: RunTransition | null,
    { cancelsChildren = false }: { readonly cancelsChildren?: boolean } = {},
  ): Promise<CommitOutcome> {
    if (this.#state !== "held") return "lost";
    const record = draft.toRecord(this.fence(), transition);
    const answer = cancelsChildren
      ? await this.#options.store.recordAndChangeChildren(record, this.#options.changeChildren)
      : await this.#options.record(record);
    return this.settle(record, answer);
  }

  /** Runs `write` when no other commit of this run is under way. */
  inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(write);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The fence of the next commit; only within `inTurn`. */
  fence(): Pick<RunRecord, "runId" | "token" | "phase" | "commit"> {
    return {
      runId: this.runId,
      token: this.token,
      phase: this.#phase,
      commit: this.#commits + 1,
    };
  }

  /** Takes over what a commit wrote; only within `inTurn`. */
  settle(record: RunRecord, answer: RecordAnswer): CommitOutcome {
    if (!answer.applied) {
      if (answer.reason === "phase" && answer.status === "compensating") {
        this.#enterUndo();
        return "ended";
      }
      this.#state = "lost";
      return "lost";
    }
    this.#commits = record.commit;
    this.#outcomes = record.outcomes;
    this.#calls = record.calls;
    if (record.patches !== null) this.#run = { ...this.#run, patches: record.patches };
    this.#wakes = Math.max(this.#wakes, answer.wakes);
    this.#paused = answer.paused;
    for (const row of record.steps) this.rows.set(row.key, row);
    for (const { key, ...undo } of record.undos) {
      const row = this.rows.get(key);
      if (row !== undefined) this.rows.set(key, { ...row, ...undo });
    }
    if (record.takes.length > 0) {
      const taken = new Set(record.takes.map((take) => take.eventId));
      this.#inbox = this.#inbox.filter((event) => !taken.has(event.id));
    }
    if (answer.released) this.#state = record.transition?.kind === "park" ? "parked" : "released";
    if (record.transition?.kind === "undo") {
      const { cause, error, failedSteps } = record.transition;
      this.#run = { ...this.#run, cause, error, failedSteps };
      this.#phase = "compensating";
    }
    this.#options.onCommit(record, answer);
    if (answer.released) return "released";
    // It was written, and then another claim was seen: what it led to must not start here.
    return this.isLost ? "lost" : "applied";
  }

  #enterUndo(): void {
    this.#phase = "compensating";
    this.#ended = true;
  }
}
