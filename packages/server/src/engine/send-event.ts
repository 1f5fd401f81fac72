import type { WorkflowDefinition } from "../core/definition.js";
import { EventValidationError, RunEndedError, WorkflowNotFoundError } from "../core/errors.js";
import { assertKey, isRunId } from "../core/names.js";
import { isEnded, type RunPhase } from "../core/status.js";
import { parseWith } from "../core/schema.js";
import type { Codec } from "../core/values/codec.js";
import { FORMAT } from "../core/values/tags.js";
import type { Store } from "../store/store.js";
import type { EngineClock } from "./clock.js";
import type { Definitions } from "./definitions.js";
import { unknownEvent } from "./handler-args.js";
import { NO_STEPS } from "./reading/step-windows.js";
import { runNotFound } from "./reading/run-not-found.js";
import type { SendEventOptions } from "./start-types.js";
import { uuidv7 } from "./start-run.js";

export interface SendEventDeps {
  readonly store: Store;
  readonly codec: Codec;
  readonly clock: EngineClock;
  readonly definitions: Definitions;
}

export interface EventToSend {
  readonly runId: string;
  readonly event: string;
  readonly payload: unknown;
  /** Parses it where this process lists no version of the run's workflow. */
  readonly fallback: WorkflowDefinition | null;
}

/** Parses an event as the run's workflow declares it, and has it accepted. */
export async function sendEvent(
  { store, codec, clock, definitions }: SendEventDeps,
  { runId, event, payload, fallback }: EventToSend,
  { dedupeKey, tx }: SendEventOptions,
): Promise<void> {
  if (dedupeKey !== undefined) assertKey(dedupeKey, "dedupeKey");
  const rows = isRunId(runId) ? await store.readRun(runId, NO_STEPS, tx) : null;
  if (rows === null) throw runNotFound(runId);
  const { run } = rows;
  if (isEnded(run.status)) throw ended(runId, run.status);
  const definition =
    definitions.get(run.workflow, run.version) ?? definitions.last(run.workflow) ?? fallback;
  if (definition === null || definition === undefined) {
    throw new WorkflowNotFoundError(
      `Run ${runId} is of workflow "${run.workflow}", of which this engine lists no version: it cannot check the event.`,
      { runId },
    );
  }
  const schema = typeof event === "string" ? definition.events[event] : undefined;
  if (schema === undefined) throw unknownEvent(definition, event, runId);
  const parsed = await parseWith(schema, payload, (summary, issues) => {
    const message = `The payload of event "${event}" for run ${runId} does not fit its schema: ${summary}.`;
    return new EventValidationError(message, { runId, issues });
  });
  const outcome = await store.sendEvent(
    {
      id: uuidv7(clock.now()),
      runId,
      name: event,
      format: FORMAT,
      payload: codec.encode(parsed, "payload"),
      dedupeKey: dedupeKey ?? null,
    },
    tx,
  );
  if (outcome.kind === "unknown") throw runNotFound(runId);
  if (outcome.kind === "ended") throw ended(runId, outcome.status);
}

function ended(runId: string, status: RunPhase): RunEndedError {
  const message = `Run ${runId} has ended (${status}): it takes no more events.`;
  return new RunEndedError(message, { runId, status });
}
