import { describe, expect, it } from "vitest";
import type { WorkflowErrorCode } from "../../core/errors.js";
import type { RunRow, StepRow } from "../../core/rows.js";
import {
  isEnded,
  RUN_PHASES,
  RUN_TRANSITIONS,
  type RunEvent,
  type RunPhase,
} from "../../core/status.js";
import type { RunState } from "../../store/store.js";
import { cancelRun } from "./cancel.js";
import { expireRun } from "./expire.js";
import type { OperationChange } from "./operation.js";
import { pauseRun } from "./pause.js";
import { resumeRun } from "./resume.js";
import { retryRun } from "./retry.js";
import {
  BLOCKED,
  LEASE,
  NOW,
  openStep,
  operator,
  runAfter,
  runIn,
  stateOf,
  stepOf,
} from "./run-state.fixture.js";
import { skipStep } from "./skip-step.js";
import { wakeRun } from "./wake.js";

interface Operation {
  readonly apply: (state: RunState) => OperationChange;
  /** What it does to the phase, where it does anything to it. */
  readonly events: readonly RunEvent[];
  /** The phases that it refuses, and with what; all others it takes. */
  readonly refuses: Partial<Record<RunPhase, WorkflowErrorCode>>;
}

const ENDED = "RUN_ENDED";
const NOT_ENDED = "RUN_NOT_ENDED";
const ENDED_REFUSED = {
  completed: ENDED,
  failed: ENDED,
  cancelled: ENDED,
  compensated: ENDED,
} as const;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  cancel: {
    apply: (state) => cancelRun(state, operator),
    events: ["cancel", "undo"],
    refuses: ENDED_REFUSED,
  },
  "cancel without undo": {
    apply: (state) => cancelRun(state, { ...operator, compensate: false }),
    events: ["cancel", "undo"],
    refuses: ENDED_REFUSED,
  },
  expire: {
    apply: (state) => expireRun(state, operator),
    events: ["fail", "undo"],
    refuses: {},
  },
  pause: { apply: (state) => pauseRun(state, operator), events: [], refuses: ENDED_REFUSED },
  resume: { apply: (state) => resumeRun(state, operator), events: [], refuses: ENDED_REFUSED },
  wake: { apply: (state) => wakeRun(state, operator), events: [], refuses: ENDED_REFUSED },
  retry: {
    apply: (state) => retryRun(state, { ...operator, timeoutMs: 500 }),
    events: ["retry", "retryUndo"],
    refuses: {
      pending: NOT_ENDED,
      running: NOT_ENDED,
      waiting: NOT_ENDED,
      compensating: NOT_ENDED,
      completed: NOT_ENDED,
    },
  },
  "skip a sleep": {
    apply: (state) => skipStep(state, { ...operator, step: "nap", output: 1 }),
    events: [],
    refuses: {
      compensating: "STEP_ENDED",
      completed: ENDED,
      failed: "STEP_ENDED",
      cancelled: "STEP_ENDED",
      compensated: "STEP_ENDED",
    },
  },
  "skip the failure": {
    apply: (state) => skipStep(state, { ...operator, step: "failure", output: 1 }),
    events: ["retry"],
    refuses: {
      pending: "STEP_ENDED",
      running: "STEP_ENDED",
      waiting: "STEP_ENDED",
      compensating: "STEP_ENDED",
      completed: ENDED,
    },
  },
};

describe.each(Object.entries(OPERATIONS))("%s", (_, operation) => {
  it.each(states())("of a run that is $title", ({ state }) => {
    const { status } = state.run;
    const code = operation.refuses[status];
    if (code !== undefined) {
      expect(() => operation.apply(state)).toThrow(
        expect.objectContaining({ code, runId: "run-1" }),
      );
      return;
    }
    const change = operation.apply(state);
    const run = runAfter(state, change);
    const phases = operation.events.map((event) => RUN_TRANSITIONS[status][event]);
    expect(change.result && phases.length > 0 ? phases : [status]).toContain(run.status);
    expect(change.result).toBe(change.write !== null);
    expectSound(run);
    if (state.run.workerId !== null) {
      expect(run).toMatchObject(LEASE);
      expect(change.write?.putSteps ?? []).toEqual([]);
    }
  });
});

/** All phases with all holds that there are: what is executed is never blocked, what ended is on none. */
function states(): { title: string; state: RunState }[] {
  const both = [false, true];
  return RUN_PHASES.flatMap((phase) =>
    both.flatMap((paused) =>
      both.flatMap((blocked) =>
        both.flatMap((leased) => {
          if (isEnded(phase) && (paused || blocked || leased)) return [];
          if (leased && (blocked || (phase !== "running" && phase !== "compensating"))) return [];
          if (!leased && phase === "running") return [];
          return both.map((undoable) => {
            const flags = { paused, blocked, leased, undoable };
            const held = Object.entries(flags).filter(([, is]) => is);
            const title = [phase, ...held.map(([name]) => name)].join(", ");
            return { title, state: stateIn(phase, flags) };
          });
        }),
      ),
    ),
  );
}

interface Flags {
  readonly paused: boolean;
  readonly blocked: boolean;
  readonly leased: boolean;
  readonly undoable: boolean;
}

function stateIn(phase: RunPhase, { paused, blocked, leased, undoable }: Flags): RunState {
  const run = runIn(phase, {
    paused,
    ...(blocked ? BLOCKED : {}),
    ...(leased ? LEASE : {}),
    deadlineAt: NOW - 1,
    failedSteps: isEnded(phase) ? ["failure"] : [],
  });
  expectSound(run);
  const undo: Partial<StepRow> =
    phase === "compensating" ? { undoStatus: "waiting", undoUntil: NOW + 5 } : {};
  return stateOf(run, [
    stepOf("charge", { undoable: undoable || phase === "compensating", ...undo }),
    stepOf("failure", { seq: 2, status: "failed", askedAfter: 1 }),
    openStep("nap", { kind: "sleep", until: NOW + 9_000 }),
  ]);
}

/** What holds of every run at every commit, and what claims and sweeps rely on. */
function expectSound(run: RunRow): void {
  const hasEnded = isEnded(run.status);
  const isHeld = run.paused || run.blockedKind !== null;
  const isLive = !hasEnded && run.cause === null;
  expect(run.expiresAt).toBe(isLive ? run.deadlineAt : null);
  expect(run.endedAt === null).toBe(!hasEnded);
  expect(run.blockedKind === null).toBe(run.blockedMessage === null);
  if (run.status === "compensating") expect(run.cause).not.toBeNull();
  if (hasEnded) {
    expect(isHeld).toBe(false);
    expect(run).toMatchObject({ workerId: null, leaseToken: null, waitingKind: null });
  }
  if (hasEnded || isHeld || run.workerId !== null) {
    expect(run).toMatchObject({ queue: null, dueAt: null });
    return;
  }
  expect(run.dueAt).not.toBeNull();
  expect(run.queue).toBe(run.status === "waiting" && (run.dueAt ?? 0) > NOW ? null : -run.priority);
}
