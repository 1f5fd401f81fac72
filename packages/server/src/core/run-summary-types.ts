import type { RunError } from "./run-error-types.js";
import type { EndedPhase, PublicRunStatus } from "./status.js";
import type { AnyWorkflow, WorkflowTypes } from "./workflow-types.js";

/** Where a run stands; `completed`, `failed`, `cancelled` and `compensated` are its ends. */
export type RunStatus = PublicRunStatus;

/** The status of a run that has ended. */
export type EndedRunStatus = EndedPhase;

/** What a waiting run waits for; `until` is missing where nothing but the awaited ends the wait. */
export interface WaitingFor {
  kind: "sleep" | "event" | "child" | "retry";
  name: string;
  until?: Date | undefined;
}

/** Why a blocked run cannot go on. */
export interface BlockedBy {
  kind: "noWorker" | "codeMismatch";
  message: string;
}

/** What ended a run, or began its undo. */
export type RunCause = "error" | "timeout" | "cancel";

/** What every run shows, whatever its status. What is not set is `null`. */
export interface RunHead<TName, TVersion> {
  id: string;
  workflow: TName;
  version: TVersion;
  /** Raised by each commit of the run, over `retry` too. */
  revision: number;
  /** Counts the `retry`s from 1. */
  attempt: number;
  /** Counts the `continueAsNew`s from 1. */
  iteration: number;
  owner: string | null;
  tags: string[];
  idempotencyKey: string | null;
  traceId: string | null;
  /** Higher first. */
  priority: number;
  /** The run and step that invoked this one. */
  parent: { id: string; step: string } | null;
  createdAt: Date;
  /** When it may begin: its creation, unless `delay` or `startAt` said otherwise. */
  startAt: Date;
  /** When a worker first executed it. */
  startedAt: Date | null;
  updatedAt: Date;
  /** When its `timeout` passes. */
  deadlineAt: Date | null;
  stepCount: number;
}

/** A run that is due, or in execution. */
export interface ActiveRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "pending" | "running";
  endedAt: null;
  error: null;
  cause: null;
  waitingFor: null;
  blockedBy: null;
}

/** A run that holds neither memory nor a slot until what it waits for comes. */
export interface WaitingRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "waiting";
  endedAt: null;
  error: null;
  cause: null;
  waitingFor: WaitingFor;
  blockedBy: null;
}

/** A run that starts nothing until `resume`; it has a `cause` where its undo is held up. */
export interface PausedRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "paused";
  endedAt: null;
  error: RunError | null;
  cause: RunCause | null;
  waitingFor: WaitingFor | null;
  blockedBy: null;
}

/** A run that cannot go on; it has a `cause` where its undo is held up. */
export interface BlockedRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "blocked";
  endedAt: null;
  error: RunError | null;
  cause: RunCause | null;
  waitingFor: WaitingFor | null;
  blockedBy: BlockedBy;
}

/** A run that is being undone; `error` is `null` where it was cancelled. */
export interface CompensatingRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "compensating";
  endedAt: null;
  error: RunError | null;
  cause: RunCause;
  waitingFor: null;
  blockedBy: null;
}

/** A run whose handler returned. */
export interface CompletedRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "completed";
  endedAt: Date;
  error: null;
  cause: null;
  waitingFor: null;
  blockedBy: null;
}

/** A run that failed with nothing to undo, or whose undo failed. */
export interface FailedRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "failed";
  endedAt: Date;
  error: RunError;
  cause: RunCause;
  waitingFor: null;
  blockedBy: null;
}

/** A run that was cancelled with nothing undone. */
export interface CancelledRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "cancelled";
  endedAt: Date;
  error: RunError | null;
  cause: "cancel";
  waitingFor: null;
  blockedBy: null;
}

/** A run that was undone; `error` is `null` where it was cancelled. */
export interface CompensatedRunSummary<TName, TVersion> extends RunHead<TName, TVersion> {
  status: "compensated";
  endedAt: Date;
  error: RunError | null;
  cause: RunCause;
  waitingFor: null;
  blockedBy: null;
}

/** The summaries of runs by a bag of types, or by a union of bags. */
export type RunSummaryOf<T> = T extends WorkflowTypes
  ? | ActiveRunSummary<T["name"], T["version"]>
    | WaitingRunSummary<T["name"], T["version"]>
    | PausedRunSummary<T["name"], T["version"]>
    | BlockedRunSummary<T["name"], T["version"]>
    | CompensatingRunSummary<T["name"], T["version"]>
    | CompletedRunSummary<T["name"], T["version"]>
    | FailedRunSummary<T["name"], T["version"]>
    | CancelledRunSummary<T["name"], T["version"]>
    | CompensatedRunSummary<T["name"], T["version"]>
  : never;

/** A run as `list` has it: without `input`, `output`, `progress` and `steps`. */
export type WorkflowRunSummary<TWorkflow extends AnyWorkflow = AnyWorkflow> = RunSummaryOf<
  TWorkflow["~types"]
>;
