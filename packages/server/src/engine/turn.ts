import type { Ask } from "../core/journal.js";
import { CHILD_EVENT, type StepRow } from "../core/rows.js";
import type { Codec } from "../core/values/codec.js";
import type { EngineClock } from "./clock.js";
import type { Draft } from "./draft.js";
import { type DueAsk, findDue, type OutcomeChanges } from "./due.js";
import type { Flights } from "./flights.js";
import type { Ledger } from "./ledger.js";
import { untilOf } from "./open-asks.js";
import { readSkipCommand, SKIP_COMMAND } from "./operations/commands.js";
import { readNotice } from "./operations/end-run.js";
import type { Plan } from "./plan.js";
import type { Replay } from "./replay.js";
import { settledOutcome } from "./run-end.js";
import { openRow, outcomeRow } from "./step-rows.js";
import type { StepEnd } from "./step-runner.js";

/** What a turn works on. */
export interface TurnParts {
  readonly ledger: Ledger;
  readonly replay: Replay;
  readonly flights: Flights;
  /** Timers, waits, children and back-offs that are open. */
  readonly open: Set<Ask<Plan>>;
  readonly codec: Codec;
  readonly clock: EngineClock;
}

/** Why a turn delivers nothing more. */
export type Stop =
  /** Nothing else is ready, or the code decided something. */
  | "nothing"
  /** The run's deadline is what falls due next. */
  | "deadline"
  /** There is more, for the next commit. */
  | "more";

/**
 * One turn of an execution: outcomes are delivered one at a time, and with all that they lead to they
 * are put into one draft. What is to be started waits in `starts` until that is committed.
 */
export class Turn {
  readonly draft: Draft;
  readonly starts: Ask<Plan>[];
  readonly #parts: TurnParts;

  constructor(parts: TurnParts, starts: Ask<Plan>[] = []) {
    this.#parts = parts;
    this.draft = parts.ledger.draft();
    this.starts = starts;
  }

  /** Delivers what is ready until nothing is, or the code ended or does not fit. */
  async deliverReady(): Promise<Stop> {
    const { replay } = this.#parts;
    this.#takeStrayNotices();
    while (!replay.isSuspect && replay.end === null) {
      this.#openFresh();
      if (this.draft.steps.size >= MAX_STEPS_PER_COMMIT) return "more";
      const stop = await this.#deliverNext();
      if (stop !== "more") return stop;
    }
    return "nothing";
  }

  /** Gives an outcome its place in the order. */
  putOutcome(ask: Ask<Plan>, changes: OutcomeChanges): StepRow {
    this.draft.outcomes += 1;
    const row = outcomeRow(ask, this.draft.outcomes, this.#parts.clock.now(), changes);
    this.draft.put(row);
    return row;
  }

  /** Records what ended without telling the handler, and returns what a replay will hand to it. */
  putEnded(): StepEnd[] {
    const recorded: StepEnd[] = [];
    for (const end of this.#takeAllEnded()) {
      if (end.kind === "outcome") {
        const row = this.#putEndOutcome(end);
        recorded.push({ kind: "recorded", ask: end.ask, row });
      } else if (end.kind === "recorded") {
        recorded.push(end);
      } else {
        this.#putOpen(end);
      }
    }
    return recorded;
  }

  /** Records what ended beside the end of the run: nothing is tried again. */
  putSettled(): void {
    for (const end of this.#takeAllEnded()) {
      const changes = settledOutcome(end);
      if (changes !== null) this.putOutcome(end.ask, changes);
    }
  }

  /** What will not be started is not to be undone. */
  dropStarts(): void {
    const { rows } = this.#parts.ledger;
    for (const { key } of this.starts) if (!rows.has(key)) this.draft.steps.delete(key);
  }

  /** What was recorded by its transaction comes first, then what ended, then what fell due. */
  async #deliverNext(): Promise<Stop> {
    const { flights, open, ledger, clock, codec } = this.#parts;
    const end = flights.takeEnded();
    if (end !== undefined) {
      await this.#deliverEnd(end);
      return "more";
    }
    const { deadlineAt } = ledger.run;
    const due = findDue(open, ledger.inbox, this.draft.takes, clock.now(), deadlineAt, codec);
    if (due === null) return "nothing";
    if (due.kind === "deadline") return "deadline";
    await this.#deliverDue(due);
    return "more";
  }

  async #deliverEnd(end: StepEnd): Promise<void> {
    if (end.kind === "outcome") await this.#deliver(end.ask, this.#putEndOutcome(end));
    else if (end.kind === "recorded") await this.#deliver(end.ask, end.row);
    else this.#putOpen(end);
  }

  async #deliverDue(due: DueAsk): Promise<void> {
    const { open, clock } = this.#parts;
    const { ask, take } = due;
    if (take !== null) this.draft.takes.push({ eventId: take, stepKey: ask.key });
    if (due.kind === "wake") {
      this.#putRow(ask, openRow(ask, clock.now(), { until: clock.now() }));
    } else if (due.kind === "retry") {
      open.delete(ask);
      this.starts.push(ask);
    } else {
      await this.#deliver(ask, this.putOutcome(ask, due.changes));
    }
  }

  async #deliver(ask: Ask<Plan>, row: StepRow): Promise<void> {
    this.#parts.open.delete(ask);
    ask.row = row;
    await this.#parts.replay.deliver(ask, row);
  }

  #putEndOutcome(end: StepEnd & { readonly kind: "outcome" }): StepRow {
    if (end.child !== null) this.draft.children.push(end.child);
    return this.putOutcome(end.ask, end.changes);
  }

  /** A back-off or a child: it is open until it falls due. */
  #putOpen(end: Exclude<StepEnd, { kind: "outcome" | "recorded" }>): void {
    if (end.kind === "void") return;
    if (end.kind === "child") this.draft.children.push(end.child);
    this.#putRow(end.ask, end.row);
    this.#parts.open.add(end.ask);
  }

  #putRow(ask: Ask<Plan>, row: StepRow): void {
    ask.row = row;
    this.draft.put(row);
  }

  /** Ends of children that nothing waits for any more: of an iteration before, or of a forgotten step. */
  #takeStrayNotices(): void {
    const { inbox, rows } = this.#parts.ledger;
    const notices = inbox.filter((event) => event.name === CHILD_EVENT);
    if (notices.length === 0) return;
    const children = new Set([...rows.values()].map((row) => row.childId));
    for (const { id, payload } of notices) {
      if (!children.has(readNotice(payload).childId)) {
        this.draft.takes.push({ eventId: id, stepKey: NO_STEP });
      }
    }
  }

  /** Turns what was asked for into open rows, and into what is to be started. */
  #openFresh(): void {
    for (const ask of this.#parts.replay.journal.takeFresh()) this.#openOne(ask);
    this.#applySkips();
  }

  #openOne(ask: Ask<Plan>): void {
    const { open, clock } = this.#parts;
    const { plan } = ask;
    const now = clock.now();
    if (ask.row?.status === "waiting") {
      open.add(ask);
    } else if (plan.kind === "sleep" || plan.kind === "event") {
      this.#putRow(ask, openRow(ask, now, { status: "waiting", until: untilOf(plan, now) }));
      open.add(ask);
    } else {
      const beginsUndoable = ask.row === null && plan.kind === "step" && plan.undo !== null;
      if (beginsUndoable) this.#putRow(ask, openRow(ask, now, {}));
      this.starts.push(ask);
    }
  }

  /** An operator's outcome for a step that has not begun stands in for it. */
  #applySkips(): void {
    const { ledger, flights, codec } = this.#parts;
    for (const event of ledger.inbox) {
      if (event.name !== SKIP_COMMAND) continue;
      if (this.draft.takes.some((take) => take.eventId === event.id)) continue;
      const { step, output } = readSkipCommand(event.payload, codec);
      const index = this.starts.findIndex((ask) => ask.key === step);
      const [ask] = index < 0 ? [] : this.starts.splice(index, 1);
      if (ask === undefined) continue;
      this.draft.takes.push({ eventId: event.id, stepKey: step });
      const changes = { status: "skipped", output: codec.encode(output, "output") } as const;
      flights.putBack({ kind: "outcome", ask, changes, child: null });
    }
  }

  *#takeAllEnded(): Iterable<StepEnd> {
    const { flights } = this.#parts;
    for (let end = flights.takeEnded(); end !== undefined; end = flights.takeEnded()) yield end;
  }
}

/** Stands for the step that took an inbox row which no step waits for. */
const NO_STEP = "#none";

/** How many rows one commit may carry. */
const MAX_STEPS_PER_COMMIT = 200;
