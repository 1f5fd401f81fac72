import { randomUUID } from "node:crypto";
import { type EndedPhase, isEnded, type RunPhase } from "../../core/status.js";
import type { StepRow } from "../../core/rows.js";
import type {
  ChangeableRun,
  ListQuery,
  NewEvent,
  NewLog,
  NewRun,
  NewStreamPart,
  RunRecord,
  RunTransition,
  RunWrite,
  Store,
  SweepRequest,
} from "../../store/store.js";

/** When runs of these tests were created: long ago, so that they are due on any clock. */
export const CREATED_AT = 1_000_000;

/** The lease token of `startClaimed`. */
export const TOKEN = "token-1";

/** The worker of `startClaimed`; it never beats, so that its leases have lapsed for others. */
export const WORKER = "worker-1";

export function newRun(of: Partial<NewRun> & { readonly id: string }): NewRun {
  const createdAt = of.createdAt ?? CREATED_AT;
  return {
    workflow: "checkout",
    version: "1",
    owner: "",
    tags: [],
    idempotencyKey: null,
    inputHash: "hash",
    priority: 0,
    traceId: null,
    parentId: null,
    parentKey: null,
    detached: false,
    seed: "seed",
    format: 1,
    input: '{"amount":1}',
    createdAt,
    startAt: createdAt,
    deadlineAt: null,
    claim: null,
    ...of,
  };
}

/** Inserts a run that `WORKER` holds under `TOKEN`. */
export async function startClaimed(
  store: Store,
  id: string,
  of: Partial<NewRun> = {},
): Promise<void> {
  const claim = { workerId: WORKER, leaseToken: TOKEN, leaseMs: 60_000 };
  await store.insertRuns([newRun({ claim, ...of, id })]);
}

/** Inserts a run that is parked under `TOKEN`. */
export async function startWaiting(
  store: Store,
  id: string,
  of: Partial<NewRun> & { readonly dueAt?: number | null } = {},
): Promise<void> {
  const { dueAt = null, ...run } = of;
  await startClaimed(store, id, run);
  await store.record([newRecord(id, { transition: park({ dueAt }) })]);
}

export function newRecord(runId: string, of: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    token: TOKEN,
    phase: "running",
    commit: 1,
    steps: [],
    undos: [],
    takes: [],
    children: [],
    logs: [],
    parts: [],
    outcomes: 0,
    calls: 0,
    progress: null,
    patches: null,
    progressed: false,
    transition: null,
    ...of,
  };
}

type TransitionOf<TKind extends RunTransition["kind"]> = Extract<RunTransition, { kind: TKind }>;

export function park(of: Partial<TransitionOf<"park">> = {}): RunTransition {
  return { kind: "park", wakes: 0, dueAt: null, waiting: null, ...of };
}

export function undo(of: Partial<TransitionOf<"undo">> = {}): RunTransition {
  return { kind: "undo", cause: "error", error: '"boom"', failedSteps: [], ...of };
}

export function end(status: EndedPhase, of: Partial<TransitionOf<"end">> = {}): RunTransition {
  const nothing = { cause: null, output: null, error: null, failedSteps: [], notice: null };
  return { kind: "end", status, ...nothing, ...of };
}

export function continueAs(of: Partial<TransitionOf<"continue">> = {}): RunTransition {
  return { kind: "continue", version: "2", input: '"next"', deadlineAt: null, ...of };
}

export function newStep(key: string, of: Partial<StepRow> = {}): StepRow {
  return {
    key,
    name: key,
    kind: "step",
    status: "completed",
    position: 0,
    askedAfter: 0,
    seq: 1,
    attempt: 1,
    attempts: [],
    startedAt: CREATED_AT,
    endedAt: CREATED_AT + 1,
    until: null,
    event: null,
    childId: null,
    undoable: false,
    timedOut: false,
    format: 1,
    output: `"${key}"`,
    error: null,
    undoStatus: null,
    undoAttempt: 0,
    undoStartedAt: null,
    undoEndedAt: null,
    undoUntil: null,
    undoError: null,
    ...of,
  };
}

/** A step without an outcome. */
export function openStep(key: string, of: Partial<StepRow> = {}): StepRow {
  return newStep(key, { status: "running", seq: null, endedAt: null, output: null, ...of });
}

export function newEvent(runId: string, of: Partial<NewEvent> = {}): NewEvent {
  const id = of.id ?? randomUUID();
  return { id, runId, name: "approved", format: 1, payload: "null", dedupeKey: null, ...of };
}

export function newLog(message: string, of: Partial<NewLog> = {}): NewLog {
  const where = { step: null, attempt: null };
  return { at: CREATED_AT, level: "info", message, format: 1, data: null, ...where, ...of };
}

export function newPart(value: string, of: Partial<NewStreamPart> = {}): NewStreamPart {
  return { stream: "tokens", step: null, attempt: null, format: 1, value, first: false, ...of };
}

export function sweepRequest(of: Partial<SweepRequest> = {}): SweepRequest {
  return {
    workerId: "worker-2",
    startedAt: CREATED_AT,
    token: randomUUID(),
    leaseMs: 60_000,
    maxLeaseMs: 600_000,
    definitions: ["checkout@1"],
    running: 0,
    slots: 100,
    ...of,
  };
}

/** Ids of what one sweep claims, in its order. */
export async function claimedIds(store: Store, of: Partial<SweepRequest> = {}): Promise<string[]> {
  const { claimed } = await store.sweep(sweepRequest(of));
  return claimed.map(({ run }) => run.id);
}

export function newWrite(of: Partial<RunWrite> = {}): RunWrite {
  return {
    run: {},
    deleteSteps: [],
    putSteps: [],
    releaseEvents: [],
    deleteEvents: [],
    putEvents: [],
    logs: [],
    changeChildren: null,
    notice: null,
    ...of,
  };
}

/** Writes columns of a run, as an operator would. */
export async function setRun(store: Store, id: string, run: Partial<ChangeableRun>): Promise<void> {
  await store.change(id, () => ({ result: undefined, write: newWrite({ run }) }));
}

export function pauseRun(store: Store, id: string): Promise<void> {
  return setRun(store, id, { paused: true, queue: null, dueAt: null });
}

export function blockRun(store: Store, id: string): Promise<void> {
  const blocked = { blockedKind: "codeMismatch", blockedMessage: "other code" } as const;
  return setRun(store, id, { ...blocked, queue: null, dueAt: null });
}

/** Columns of an unleased run in a phase, on no hold, ready where it has not ended. */
export function inPhase(status: RunPhase): Partial<ChangeableRun> {
  const hasEnded = isEnded(status);
  const ready = { queue: 0, dueAt: CREATED_AT, endedAt: null };
  const over = { queue: null, dueAt: null, endedAt: CREATED_AT, expiresAt: null };
  return { status, workerId: null, ...(hasEnded ? over : ready) };
}

/** Columns of a run in a phase that `WORKER` holds, as far as the phase can be held. */
export function heldInPhase(status: RunPhase): Partial<ChangeableRun> {
  const workerId = isEnded(status) ? null : WORKER;
  return { ...inPhase(status), queue: null, dueAt: null, workerId };
}

export function listQuery(of: Partial<ListQuery> = {}): ListQuery {
  return {
    workflow: null,
    statuses: [],
    owner: null,
    tags: [],
    createdAfter: null,
    createdBefore: null,
    search: null,
    limit: 200,
    after: null,
    ...of,
  };
}

/** Text that breaks naive SQL, JSON or separators. */
export const HOSTILE_TEXTS = [
  `"`,
  `\\`,
  `\\"`,
  `,`,
  `x,`,
  `,y`,
  `","`,
  `\n`,
  `\\n`,
  `\u0000`,
  `%`,
  `_`,
  `'; DROP TABLE workflow_run; --`,
  `$1`,
  `?`,
  `é😀`,
  `[]`,
] as const;
