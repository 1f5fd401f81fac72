import { phaseAfter } from "./phase-after.js";
import type { RunRow } from "../core/rows.js";
import type { NewRun } from "./store.js";

/** The row that a new run begins as: ready, due at its `startAt`, or claimed at birth. */
export function newRunRow(run: NewRun): RunRow {
  const { claim } = run;
  const isDelayed = run.startAt > run.createdAt;
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    owner: run.owner,
    tags: run.tags,
    idempotencyKey: run.idempotencyKey,
    inputHash: run.inputHash,
    priority: run.priority,
    traceId: run.traceId,
    parentId: run.parentId,
    parentKey: run.parentKey,
    detached: run.detached,
    seed: run.seed,
    format: run.format,
    input: run.input,
    createdAt: run.createdAt,
    startAt: run.startAt,
    deadlineAt: run.deadlineAt,
    status: claim === null ? "pending" : phaseAfter(run.id, "pending", "claim"),
    paused: false,
    blockedKind: null,
    blockedMessage: null,
    revision: 1,
    wakes: 0,
    outcomes: 0,
    calls: 0,
    attempt: 1,
    iteration: 1,
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
    // Minus zero would be another value than the 0 that a database gives back.
    queue: claim !== null || isDelayed ? null : 0 - run.priority,
    dueAt: claim === null ? Math.max(run.startAt, run.createdAt) : null,
    expiresAt: run.deadlineAt,
    workerId: claim?.workerId ?? null,
    leaseToken: claim?.leaseToken ?? null,
    leaseMs: claim?.leaseMs ?? 0,
    commits: 0,
    progressed: false,
    recoveries: 0,
    startedAt: claim === null ? null : run.createdAt,
    iterationAt: claim === null ? null : run.createdAt,
    updatedAt: run.createdAt,
    endedAt: null,
  };
}
