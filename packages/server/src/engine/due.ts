import type { Ask } from "../core/journal.js";
import { CHILD_EVENT, type EventRow, type StepRow } from "../core/rows.js";
import { ChildRunError } from "../core/errors.js";
import type { Codec } from "../core/values/codec.js";
import {
  readSkipCommand,
  readWakeCommand,
  SKIP_COMMAND,
  WAKE_COMMAND,
} from "./operations/commands.js";
import { readNotice } from "./operations/end-run.js";
import type { Plan } from "./plan.js";

/** An outcome but for its place in the order. */
export type OutcomeChanges = Partial<StepRow> & Pick<StepRow, "status">;

/** What fell due: the run's deadline, or something open. */
export type Due = { readonly kind: "deadline"; readonly at: number } | DueAsk;

/** `take` is the inbox row that goes with it. */
export type DueAsk =
  /** The next attempt of a step. */
  | { readonly kind: "retry"; readonly at: number; readonly ask: Ask<Plan>; readonly take: null }
  /** An operator ended a sleep or a back-off: it is due now. */
  | { readonly kind: "wake"; readonly at: number; readonly ask: Ask<Plan>; readonly take: string }
  | {
      readonly kind: "outcome";
      readonly at: number;
      readonly ask: Ask<Plan>;
      readonly take: string | null;
      readonly changes: OutcomeChanges;
    };

/**
 * What fell due first, in the order of the times at which it did: timers and timeouts at theirs, events
 * and ends of children when they were accepted. An event goes to the oldest wait for it whose time had
 * not passed then.
 */
export function findDue(
  open: Iterable<Ask<Plan>>,
  inbox: readonly EventRow[],
  taken: readonly { readonly eventId: string }[],
  now: number,
  deadlineAt: number | null,
  codec: Codec,
): Due | null {
  const gone = new Set(taken.map((take) => take.eventId));
  let first: Due | null =
    deadlineAt !== null && deadlineAt <= now ? { kind: "deadline", at: deadlineAt } : null;
  for (const ask of open) {
    const due = dueOf(ask, inbox, gone, now, codec);
    if (due === null) continue;
    // The event is spoken for: a younger wait must not see it.
    if (due.take !== null) gone.add(due.take);
    if (first === null || due.at < first.at) first = due;
  }
  return first;
}

function dueOf(
  ask: Ask<Plan>,
  inbox: readonly EventRow[],
  gone: ReadonlySet<string>,
  now: number,
  codec: Codec,
): DueAsk | null {
  const until = ask.row?.until ?? null;
  for (const event of inbox) {
    if (gone.has(event.id)) continue;
    const due = answer(ask, event, until, codec);
    if (due !== null) return due;
  }
  return until !== null && until <= now ? elapsed(ask, until, codec) : null;
}

/** What an inbox row does to something open, if anything. */
function answer(
  ask: Ask<Plan>,
  event: EventRow,
  until: number | null,
  codec: Codec,
): DueAsk | null {
  const { plan } = ask;
  const at = event.acceptedAt ?? event.createdAt;
  const take = event.id;
  const outcome = (changes: OutcomeChanges): DueAsk => ({
    kind: "outcome",
    at,
    ask,
    take,
    changes,
  });
  switch (event.name) {
    case CHILD_EVENT: {
      if (plan.kind !== "child") return null;
      const notice = readNotice(event.payload);
      return notice.childId === ask.row?.childId ? outcome(childOutcome(notice, codec)) : null;
    }
    case SKIP_COMMAND: {
      const { step, output } = readSkipCommand(event.payload, codec);
      if (step !== ask.key) return null;
      return outcome({ status: "skipped", output: codec.encode(output, "output") });
    }
    case WAKE_COMMAND: {
      const isTimer = until !== null && plan.kind !== "event";
      return isTimer && readWakeCommand(event.payload, codec) === ask.key
        ? { kind: "wake", at, ask, take }
        : null;
    }
    default: {
      const isMine =
        plan.kind === "event" && plan.event === event.name && (until === null || at <= until);
      return isMine
        ? outcome({ status: "completed", output: event.payload, format: event.format })
        : null;
    }
  }
}

function elapsed(ask: Ask<Plan>, until: number, codec: Codec): DueAsk {
  const base = { at: until, ask, take: null };
  if (ask.plan.kind === "step") return { kind: "retry", ...base };
  const timedOut = ask.plan.kind === "event";
  const output = codec.encode(timedOut ? null : undefined, "output");
  return { kind: "outcome", ...base, changes: { status: "completed", timedOut, output } };
}

function childOutcome(
  { childId, status, output, error }: ReturnType<typeof readNotice>,
  codec: Codec,
): OutcomeChanges {
  if (status === "completed") return { status: "completed", output };
  const cause = error === null ? undefined : codec.decodeError(error);
  const failure = new ChildRunError(`Child run ${childId} ended as ${status}.`, {
    runId: childId,
    cause,
  });
  return { status: "failed", error: codec.encodeError(failure) };
}
