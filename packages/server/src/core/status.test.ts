import { describe, expect, it } from "vitest";
import {
  ENDED_PHASES,
  isEnded,
  publicRunStatus,
  publicStepStatus,
  RUN_EVENTS,
  RUN_PHASES,
  RUN_TRANSITIONS,
  type RunEvent,
  type RunPhase,
  type StoredStepStatus,
  STORED_STEP_STATUSES,
  UNDO_STATUSES,
} from "./status.js";

/** All that may happen to a run, phase by phase; what is not here is refused. */
const ALLOWED: Record<RunPhase, Partial<Record<RunEvent, RunPhase>>> = {
  pending: {
    claim: "running",
    fail: "failed",
    cancel: "cancelled",
    undo: "compensating",
  },
  running: {
    claim: "running",
    park: "waiting",
    yield: "pending",
    complete: "completed",
    fail: "failed",
    cancel: "cancelled",
    undo: "compensating",
    continue: "pending",
  },
  waiting: {
    claim: "running",
    fail: "failed",
    cancel: "cancelled",
    undo: "compensating",
  },
  compensating: {
    claim: "compensating",
    park: "compensating",
    yield: "compensating",
    fail: "failed",
    cancel: "cancelled",
    settle: "compensated",
  },
  completed: {},
  failed: { retry: "pending", retryUndo: "compensating" },
  cancelled: { retry: "pending" },
  compensated: { retry: "pending" },
};

const PAIRS = RUN_PHASES.flatMap((phase) => RUN_EVENTS.map((event) => [phase, event] as const));

describe("RUN_TRANSITIONS", () => {
  it.each(PAIRS)("of a run that is %s says what `%s` makes of it", (phase, event) => {
    expect(RUN_TRANSITIONS[phase][event]).toBe(ALLOWED[phase][event] ?? null);
  });

  it("has every phase and every event, and no others", () => {
    expect(Object.keys(RUN_TRANSITIONS).toSorted()).toEqual([...RUN_PHASES].toSorted());
    for (const row of Object.values(RUN_TRANSITIONS)) {
      expect(Object.keys(row).toSorted()).toEqual([...RUN_EVENTS].toSorted());
    }
  });

  it("lets an outcome change by a retry only, and a completion by nothing", () => {
    const changes = ENDED_PHASES.flatMap((phase) =>
      RUN_EVENTS.filter((event) => RUN_TRANSITIONS[phase][event] !== null),
    );
    expect(new Set(changes)).toEqual(new Set(["retry", "retryUndo"]));
    expect(Object.values(RUN_TRANSITIONS.completed).every((next) => next === null)).toBe(true);
  });

  it("leads from every live phase to an end", () => {
    for (const phase of RUN_PHASES.filter((one) => !isEnded(one))) {
      const reached = new Set<RunPhase>([phase]);
      for (const each of reached) {
        for (const next of Object.values(RUN_TRANSITIONS[each]))
          if (next !== null) reached.add(next);
      }
      expect([...reached].some(isEnded)).toBe(true);
    }
  });

  it("leads to every phase from `pending`, and never from an undo back to work", () => {
    const reached = new Set<RunPhase>(["pending"]);
    for (const each of reached) {
      for (const next of Object.values(RUN_TRANSITIONS[each])) if (next !== null) reached.add(next);
    }
    expect(reached).toEqual(new Set(RUN_PHASES));
    const { compensating } = RUN_TRANSITIONS;
    const live: (RunPhase | null)[] = ["pending", "running", "waiting", "completed"];
    expect(Object.values(compensating).filter((next) => live.includes(next))).toEqual([]);
  });
});

describe("publicRunStatus", () => {
  it.each(RUN_PHASES)("shows a hold of a %s run unless it has ended", (status) => {
    const free = { status, paused: false, blockedKind: null };
    expect(publicRunStatus(free)).toBe(status);
    const blocked = { ...free, blockedKind: "noWorker" };
    expect(publicRunStatus(blocked)).toBe(isEnded(status) ? status : "blocked");
    // A pause outlasts a block: `resume` ends both.
    const paused = { ...blocked, paused: true };
    expect(publicRunStatus(paused)).toBe(isEnded(status) ? status : "paused");
  });
});

function isOpen(status: StoredStepStatus): boolean {
  return status === "running" || status === "waiting";
}

describe("publicStepStatus", () => {
  it.each(STORED_STEP_STATUSES)("shows a %s step as that, and what its undo came to", (status) => {
    const step = { status, seq: isOpen(status) ? null : 1 };
    const shown = { completed: "compensated", failed: "compensationFailed" } as const;
    expect(publicStepStatus({ ...step, undoStatus: null }, false)).toBe(status);
    for (const undoStatus of UNDO_STATUSES) {
      const expected = undoStatus in shown ? shown[undoStatus as keyof typeof shown] : status;
      expect(publicStepStatus({ ...step, undoStatus }, false)).toBe(expected);
    }
  });

  it.each(STORED_STEP_STATUSES)(
    "shows a %s step without an outcome as abandoned at the end",
    (status) => {
      const step = { status, seq: isOpen(status) ? null : 1, undoStatus: null };
      expect(publicStepStatus(step, true)).toBe(isOpen(status) ? "abandoned" : status);
      expect(publicStepStatus({ ...step, undoStatus: "completed" }, true)).toBe("compensated");
    },
  );
});
