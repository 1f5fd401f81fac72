import type { Logger } from "../../core/logger.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import {
  isEnded,
  publicRunStatus,
  RUN_EVENTS,
  RUN_STATUSES,
  RUN_TRANSITIONS,
  type RunPhase,
} from "../../core/status.js";
import type { RunRecord, RunWrite, Store } from "../../store/store.js";
import type { Call } from "./raced-workflow.fixture.js";

/** What is known of one run. */
interface Story {
  readonly seen: RunRow[];
  /** Idempotency keys of the last call of each function. */
  readonly keys: Map<string, string>;
  /** Functions whose success is recorded, with their keys. */
  readonly recorded: Set<string>;
  readonly ends: Set<string>;
  /** Payloads of accepted events, encoded as they were sent. */
  readonly accepted: number[];
  retries: number;
  changedEnds: number;
}

/**
 * Watches what a race does to its runs, and says what must not be. Findings are collected, so that one
 * test shows all of them.
 */
export class Audit {
  readonly findings: string[] = [];
  readonly #store: Store;
  readonly #stories = new Map<string, Story>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What an engine complains of is a finding. */
  get logger(): Logger {
    const find = (message: string, data?: unknown): void =>
      this.find(`logged: ${message} ${describeData(data)}`);
    return { debug: () => {}, info: () => {}, warn: find, error: find };
  }

  find(finding: string): void {
    this.findings.push(finding);
  }

  /** A function is called; `isStalled` where its worker was stopped beyond its lease by the test. */
  begin(call: Call, isStalled: boolean): void {
    const story = this.#story(call.runId);
    const name = nameOf(call.step, call.isUndo);
    story.keys.set(name, call.idempotencyKey);
    if (story.recorded.has(`${name} ${call.idempotencyKey}`) && !isStalled) {
      this.find(`${name} ran again although its success was recorded`);
    }
  }

  recorded(record: RunRecord): void {
    const story = this.#story(record.runId);
    for (const step of record.steps) {
      if (step.seq !== null && step.status === "completed") remember(story, step.key, false);
    }
    for (const undo of record.undos) {
      if (undo.undoStatus === "completed") remember(story, undo.key, true);
    }
    // A record that is repeated under its number is one.
    if (record.transition?.kind === "end") story.ends.add(`${record.token} ${record.commit}`);
  }

  changed(runId: string, { run }: RunWrite): void {
    const story = this.#story(runId);
    if (run.endedAt === null) story.retries += 1;
    if (typeof run.endedAt === "number") story.changedEnds += 1;
  }

  accepted(runId: string, payload: number): void {
    this.#story(runId).accepted.push(payload);
  }

  /** Reads a run and checks it by itself and against how it was seen before. */
  async look(runId: string): Promise<RunRow> {
    const rows = await this.#store.readRun(runId, { kind: "all" });
    if (rows === null) throw new Error(`Run ${runId} is gone.`);
    const { run } = rows;
    const story = this.#story(runId);
    for (const fault of faultsOfColumns(run)) this.find(`${run.status}: ${fault}`);
    const before = story.seen.at(-1);
    if (before !== undefined) {
      for (const fault of faultsOfPath(before, run)) this.find(fault);
    }
    story.seen.push(run);
    return run;
  }

  /** Checks a run of which nothing more is to come. */
  async conclude(runId: string): Promise<void> {
    const run = await this.look(runId);
    const story = this.#story(runId);
    if (!isEnded(run.status)) return this.find(`it did not end: ${describe(run)}`);
    const rows = await this.#store.readRun(runId, { kind: "all" });
    const steps = rows?.steps ?? [];
    for (const fault of faultsOfEnd(run, steps)) this.find(`${run.status}: ${fault}`);

    const ends = story.ends.size + story.changedEnds;
    if (ends !== story.retries + 1) this.find(`${ends} outcomes after ${story.retries} retries`);
    for (const fault of await this.#faultsOfEvents(runId, story, steps)) this.find(fault);
  }

  async #faultsOfEvents(
    runId: string,
    { accepted }: Story,
    steps: readonly StepRow[],
  ): Promise<readonly string[]> {
    const events = (await this.#store.readEvents(runId)).filter(({ name }) => name === "go");
    const wait = steps.find(({ key }) => key === "go");
    const taken = events.filter(({ stepKey }) => stepKey !== null);
    const faults: string[] = [];
    if (events.length !== accepted.length) {
      faults.push(`${accepted.length} events were accepted, ${events.length} are kept`);
    }
    if (new Set(events.map(({ seq }) => seq)).size !== events.length) {
      faults.push("two events have one place in the order");
    }
    if (events.some(({ seq }) => seq === null)) faults.push("an event was never accepted");
    const isTaken = wait !== undefined && wait.seq !== null;
    if (taken.length !== (isTaken ? 1 : 0)) {
      faults.push(`${taken.length} events are taken, the wait ${isTaken ? "ended" : "is open"}`);
    }
    const oldest = events.toSorted((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity))[0];
    if (isTaken && (oldest?.stepKey !== "go" || oldest.payload !== wait.output)) {
      faults.push("the wait did not take the oldest event");
    }
    return faults;
  }

  #story(runId: string): Story {
    const known = this.#stories.get(runId);
    if (known !== undefined) return known;
    const story: Story = {
      seen: [],
      keys: new Map(),
      recorded: new Set(),
      ends: new Set(),
      accepted: [],
      retries: 0,
      changedEnds: 0,
    };
    this.#stories.set(runId, story);
    return story;
  }
}

/** What a finding shows of a run. */
export function describe(run: RunRow): string {
  const { status, paused, blockedKind, blockedMessage, workerId, queue, dueAt, cause } = run;
  const { waitingKind, waitingName, deadlineAt, wakes, commits } = run;
  return JSON.stringify({
    status,
    paused,
    blockedKind,
    blockedMessage,
    workerId,
    queue,
    dueAt,
    cause,
    waitingKind,
    waitingName,
    deadlineAt,
    wakes,
    commits,
  });
}

function nameOf(key: string, isUndo: boolean): string {
  return isUndo ? `the undo of ${key}` : key;
}

function remember(story: Story, key: string, isUndo: boolean): void {
  const name = nameOf(key, isUndo);
  story.recorded.add(`${name} ${story.keys.get(name) ?? ""}`);
}

function describeData(data: unknown): string {
  const error: unknown = data instanceof Object && "error" in data ? data.error : data;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}

/** What a row must be by itself, at every commit. */
function* faultsOfColumns(run: RunRow): Iterable<string> {
  const ended = isEnded(run.status);
  const isHeld = run.paused || run.blockedKind !== null;
  const isLeased = run.workerId !== null;
  if (!RUN_STATUSES.includes(publicRunStatus(run))) yield `unknown status ${run.status}`;
  if (run.queue !== null && run.queue !== 0 - run.priority) yield `queue is ${run.queue}`;
  if (run.queue !== null && run.dueAt === null) yield "ready since no time";
  if ((ended || isHeld || isLeased) && (run.queue !== null || run.dueAt !== null)) {
    yield `due although ended, held or leased: ${describe(run)}`;
  }
  const isReadyPhase = run.status === "pending" || run.status === "running";
  if (!ended && !isHeld && !isLeased && run.dueAt === null && isReadyPhase) {
    yield `never due: ${describe(run)}`;
  }
  if (run.status === "running" && !isLeased) yield "running without a lease";
  if ((run.status === "pending" || run.status === "waiting") && isLeased) yield "leased";
  if (isLeased && run.leaseToken === null) yield "leased without a token";
  if (run.expiresAt !== (run.cause === null && !ended ? run.deadlineAt : null)) {
    yield `expires at ${run.expiresAt}, its deadline is ${run.deadlineAt}, cause ${run.cause}`;
  }
  if ((run.endedAt !== null) !== ended) yield `endedAt is ${run.endedAt}`;
  if (ended && (isLeased || isHeld)) yield "ended and leased or held";
  if (run.waitingKind !== null && (isLeased || ended)) yield `waits for ${run.waitingKind}`;
  if (run.status === "compensating" && run.cause === null) yield "undoes for no cause";
  if (!ended && run.status !== "compensating" && run.cause !== null) yield `has a cause`;
}

/** What may have become of a row since it was seen before. */
function* faultsOfPath(before: RunRow, run: RunRow): Iterable<string> {
  if (run.revision < before.revision) yield `revision ${before.revision} became ${run.revision}`;
  if (run.wakes < before.wakes) yield `wakes ${before.wakes} became ${run.wakes}`;
  const isRetried = run.attempt > before.attempt;
  if (!reachable(isRetried).get(before.status)?.has(run.status)) {
    yield `${before.status} became ${run.status}`;
  }
  if (isRetried) return;
  if (before.cause !== null && run.cause !== before.cause) {
    yield `cause ${before.cause} became ${run.cause}`;
  }
  if (isEnded(before.status) && run.revision !== before.revision) yield "changed after its end";
}

function* faultsOfEnd(run: RunRow, steps: readonly StepRow[]): Iterable<string> {
  const { status, cause, error, output } = run;
  const charge = steps.find(({ key }) => key === "charge");
  const isUndone = charge?.undoStatus === "completed";
  switch (status) {
    case "completed":
      if (cause !== null || error !== null || output === null) yield "completed with an error";
      if ((charge?.undoStatus ?? null) !== null) yield "completed with an undo";
      break;
    case "failed":
      if (cause !== "error" && cause !== "timeout") yield `failed by ${cause}`;
      if (error === null) yield "failed without an error";
      if (charge !== undefined) yield "failed with something not undone";
      break;
    case "cancelled":
      if (cause !== "cancel") yield `cancelled by ${cause}`;
      if (charge !== undefined) yield "cancelled with something not undone";
      break;
    default:
      if (cause === null || !isUndone) yield `compensated by ${cause}, undone: ${isUndone}`;
  }
  const places = steps.flatMap(({ seq }) => (seq === null ? [] : [seq]));
  if (new Set(places).size !== places.length) yield "two outcomes have one place";
  if (places.length !== run.outcomes && run.attempt === 1) {
    yield `${places.length} outcomes are kept, ${run.outcomes} counted`;
  }
}

/** Phases that can follow on a phase by any number of transitions. */
function reachable(isRetried: boolean): ReadonlyMap<RunPhase, ReadonlySet<RunPhase>> {
  return isRetried ? WITH_RETRY : WITHOUT_RETRY;
}

function closure(withRetry: boolean): ReadonlyMap<RunPhase, ReadonlySet<RunPhase>> {
  const events = RUN_EVENTS.filter(
    (event) => withRetry || (event !== "retry" && event !== "retryUndo"),
  );
  const phases = Object.keys(RUN_TRANSITIONS) as RunPhase[];
  return new Map(
    phases.map((start) => {
      const found = new Set<RunPhase>([start]);
      for (const phase of found) {
        for (const event of events) {
          const next = RUN_TRANSITIONS[phase][event];
          if (next !== null) found.add(next);
        }
      }
      return [start, found];
    }),
  );
}

const WITHOUT_RETRY = closure(false);
const WITH_RETRY = closure(true);
