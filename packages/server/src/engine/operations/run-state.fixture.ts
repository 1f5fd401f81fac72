import type { EventRow, RunRow, StepRow } from "../../core/rows.js";
import { isEnded, type RunPhase } from "../../core/status.js";
import { createCodec } from "../../core/values/codec.js";
import type { RunChange, RunState } from "../../store/store.js";
import type { RunEnd } from "./end-run.js";

/** The time of all states here. */
export const NOW = 1_000_000;

export const codec = createCodec();

/** Who operates in tests; `eventId` and `timeoutMs` are for the operations that take them. */
export const operator = {
  codec,
  actor: "ada",
  reason: "test",
  eventId: "event-1",
  timeoutMs: null,
};

/** A run in a phase that is on no hold, executed where it is running, with the columns that go with it. */
export function runIn(status: RunPhase, columns: Partial<RunRow> = {}): RunRow {
  const run = { ...PENDING, status, ...columns };
  const isLeased = status === "running" || run.workerId !== null;
  const isIdle = !isLeased && !isEnded(status) && !run.paused && run.blockedKind === null;
  const hasCause = status !== "completed" && (isEnded(status) || status === "compensating");
  const cause = hasCause ? "error" : null;
  const expiresAt = isEnded(status) || hasCause ? null : run.deadlineAt;
  return {
    ...run,
    cause,
    expiresAt,
    endedAt: isEnded(status) ? NOW - 100 : null,
    queue: isIdle ? -7 : null,
    dueAt: isIdle ? NOW - 50 : null,
    ...(isLeased ? LEASE : {}),
    ...(status === "waiting" ? WAITING : {}),
    ...(status === "waiting" && isIdle ? { queue: null, dueAt: NOW + 9_000 } : {}),
    ...columns,
  };
}

/** The columns of a run that somebody executes. */
export const LEASE = { workerId: "worker-1", leaseToken: "token-1" } as const;

/** The columns of a blocked run. */
export const BLOCKED = { blockedKind: "codeMismatch", blockedMessage: "changed" } as const;

/** A step under `key` that is recorded as completed, unless the columns say otherwise. */
export function stepOf(key: string, columns: Partial<StepRow> = {}): StepRow {
  return { ...COMPLETED, key, name: key.split("#")[0] ?? key, ...columns };
}

/** A step without an outcome. */
export function openStep(key: string, columns: Partial<StepRow> = {}): StepRow {
  return stepOf(key, { seq: null, status: "waiting", output: null, endedAt: null, ...columns });
}

/** The state of a run at `NOW`; `outcomes` follow from the steps. */
export function stateOf(
  run: RunRow,
  steps: readonly StepRow[] = [],
  inbox: readonly EventRow[] = [],
): RunState {
  const outcomes = Math.max(run.outcomes, ...steps.map((step) => step.seq ?? 0));
  const placed = steps.map((step, index): StepRow => ({ ...step, position: index }));
  return { now: NOW, run: { ...run, outcomes }, steps: placed, inbox };
}

/** A pending inbox row. */
export function eventOf(id: string, name: string, payload: string): EventRow {
  return {
    id,
    name,
    format: 1,
    payload,
    seq: 1,
    dedupeKey: null,
    createdAt: 0,
    acceptedAt: 0,
  };
}

/** The end of a child, as text of a notice. */
export function childEnd(childId: string, status: RunEnd["status"]): string {
  return JSON.stringify({ childId, status, cause: null, output: null, error: null });
}

/** The run as it is after a change. */
export function runAfter(state: RunState, change: RunChange<unknown>): RunRow {
  return { ...state.run, ...change.write?.run };
}

const PENDING: RunRow = {
  id: "run-1",
  workflow: "checkout",
  version: "1",
  status: "pending",
  paused: false,
  blockedKind: null,
  blockedMessage: null,
  revision: 3,
  wakes: 0,
  outcomes: 0,
  calls: 0,
  attempt: 1,
  iteration: 1,
  owner: "",
  tags: [],
  idempotencyKey: null,
  inputHash: "hash",
  priority: 7,
  traceId: null,
  parentId: null,
  parentKey: null,
  detached: false,
  seed: "seed",
  format: 1,
  input: "1",
  output: null,
  progress: null,
  error: null,
  cause: null,
  failedSteps: [],
  skipUndo: false,
  patches: {},
  generations: {},
  waitingKind: null,
  waitingName: null,
  waitingUntil: null,
  queue: null,
  dueAt: null,
  expiresAt: null,
  workerId: null,
  leaseToken: null,
  leaseMs: 15_000,
  commits: 0,
  progressed: false,
  recoveries: 0,
  createdAt: NOW - 1_000,
  startAt: NOW - 1_000,
  startedAt: NOW - 900,
  iterationAt: NOW - 900,
  updatedAt: NOW - 50,
  deadlineAt: null,
  endedAt: null,
};

const WAITING = { waitingKind: "sleep", waitingName: "settle", waitingUntil: NOW + 9_000 } as const;

const COMPLETED: StepRow = {
  key: "step",
  name: "step",
  kind: "step",
  status: "completed",
  position: 0,
  askedAfter: 0,
  seq: 1,
  attempt: 1,
  attempts: [],
  startedAt: NOW - 800,
  endedAt: NOW - 700,
  until: null,
  event: null,
  childId: null,
  undoable: false,
  timedOut: false,
  format: 1,
  output: "1",
  error: null,
  undoStatus: null,
  undoAttempt: 0,
  undoStartedAt: null,
  undoEndedAt: null,
  undoUntil: null,
  undoError: null,
};
