import type { Ask } from "../core/journal.js";
import type { WaitingKind } from "../core/rows.js";
import type { Waiting } from "../store/store.js";
import type { Plan } from "./plan.js";

/** Until when something that is asked for now waits; `null` where no time ends it. */
export function untilOf(plan: Plan, now: number): number | null {
  if (plan.kind === "event") return plan.timeoutMs === null ? null : now + plan.timeoutMs;
  if (plan.kind !== "sleep") return null;
  return "at" in plan.wake ? plan.wake.at : now + plan.wake.afterMs;
}

/** When the first of what is open, or the deadline, falls due; `null` where no time does anything. */
export function nextDueAt(open: Iterable<Ask<Plan>>, deadlineAt: number | null): number | null {
  let next = deadlineAt;
  for (const { row } of open) {
    const until = row?.until ?? null;
    if (until !== null && (next === null || until < next)) next = until;
  }
  return next;
}

/** What a run with this open waits for: what falls due first, else what was asked for first. */
export function waitingFor(open: Iterable<Ask<Plan>>): Waiting | null {
  let first: Ask<Plan> | null = null;
  for (const ask of open) {
    if (first === null || (ask.row?.until ?? Infinity) < (first.row?.until ?? Infinity))
      first = ask;
  }
  if (first === null) return null;
  return { kind: waitingKind(first.plan), name: first.name, until: first.row?.until ?? null };
}

function waitingKind({ kind }: Plan): WaitingKind {
  return kind === "sleep" || kind === "event" || kind === "child" ? kind : "retry";
}
