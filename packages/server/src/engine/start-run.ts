import { randomBytes } from "node:crypto";
import type { WorkflowDefinition } from "../core/definition.js";
import { parseDuration } from "../core/duration.js";
import { IdempotencyConflictError, InvalidArgumentError, RunExistsError } from "../core/errors.js";
import { assertKey, assertOwner, assertPriority, assertRunId, assertTags } from "../core/names.js";
import { createUuidv7 } from "../core/uuid.js";
import type { Codec } from "../core/values/codec.js";
import type { InsertedRun, NewRun, Store } from "../store/store.js";
import type { EngineClock } from "./clock.js";
import { assertDate, parseInput } from "./handler-args.js";
import { createNewRun } from "./new-run.js";
import { newRunRow } from "../store/new-run-row.js";
import type { StartOptions } from "./start-types.js";
import type { Worker } from "./worker.js";

export interface StartRunDeps {
  readonly store: Store;
  readonly codec: Codec;
  readonly clock: EngineClock;
  readonly seed: (runId: string) => string;
  /** Inserts together with what others start at the same time. */
  readonly insert: (run: NewRun) => Promise<InsertedRun>;
  /** The worker of this process, if it has one. */
  readonly worker: () => Worker | null;
}

export interface StartedRun {
  readonly id: string;
  readonly created: boolean;
}

/** UUIDv7 of this process, ascending. */
export const uuidv7 = createUuidv7((bytes) => randomBytes(bytes));

/** Starts a run: parses, then commits; the worker of this process takes it at once if it has a free slot. */
export async function startRun(
  deps: StartRunDeps,
  definition: WorkflowDefinition,
  input: unknown,
  options: StartOptions,
): Promise<StartedRun> {
  const settings = readStartOptions(options);
  const parsed = await parseInput(definition, input);
  const now = deps.clock.now();
  const id = options.id ?? uuidv7(now);
  const run = createNewRun({
    id,
    seed: deps.seed(id),
    definition,
    input: deps.codec.encode(parsed, "input"),
    now,
    startAt: settings.startAt ?? now + settings.delayMs,
    owner: options.owner ?? "",
    tags: options.tags ?? [],
    idempotencyKey: options.idempotencyKey ?? null,
    priority: options.priority ?? 0,
    traceId: null,
    parent: null,
  });
  if (options.tx !== undefined) {
    const [inserted] = await deps.store.insertRuns([run], options.tx);
    return toStarted(run, inserted);
  }
  return insertNow(deps, run, options.id !== undefined || options.idempotencyKey !== undefined);
}

/** A start with a key or an id of its own may have to wait for another transaction: it goes alone. */
async function insertNow(deps: StartRunDeps, run: NewRun, isKeyed: boolean): Promise<StartedRun> {
  const worker = deps.worker();
  const claim =
    run.startAt > run.createdAt
      ? null
      : (worker?.reserve(`${run.workflow}@${run.version}`) ?? null);
  const claimed = { ...run, claim };
  let isAdopted = false;
  try {
    const inserted = isKeyed
      ? (await deps.store.insertRuns([claimed]))[0]
      : await deps.insert(claimed);
    if (inserted?.kind === "created" && claim !== null) {
      worker?.adopt({ run: newRunRow(claimed), steps: [], inbox: [] });
      isAdopted = true;
    }
    const started = toStarted(run, inserted);
    if (claim === null) worker?.wakeFor(run.startAt);
    return started;
  } finally {
    if (claim !== null && !isAdopted) worker?.release();
  }
}

function toStarted(run: NewRun, inserted: InsertedRun | undefined): StartedRun {
  switch (inserted?.kind) {
    case "created":
      return { id: run.id, created: true };
    case "existing":
      if (inserted.inputHash === run.inputHash) return { id: inserted.id, created: false };
      throw new IdempotencyConflictError(
        `Run ${inserted.id} of "${run.workflow}" has the idempotency key "${run.idempotencyKey}" with ` +
          "another input: use another key, or start with the same input.",
        { runId: inserted.id },
      );
    case "taken":
      throw new RunExistsError(
        `A run with the id ${run.id} exists: leave the id out, or use another.`,
        {
          runId: run.id,
        },
      );
    default:
      throw new TypeError("The store did not answer for a run that it was to insert.");
  }
}

function readStartOptions(options: StartOptions): { delayMs: number; startAt: number | null } {
  const { id, idempotencyKey, owner, tags, priority, delay, startAt } = options;
  if (id !== undefined) assertRunId(id);
  if (idempotencyKey !== undefined) assertKey(idempotencyKey, "idempotencyKey");
  if (owner !== undefined) assertOwner(owner);
  if (tags !== undefined) assertTags(tags);
  if (priority !== undefined) assertPriority(priority);
  if (delay !== undefined && startAt !== undefined) {
    throw new InvalidArgumentError("start takes `delay` or `startAt`, not both.");
  }
  return {
    delayMs: delay === undefined ? 0 : parseDuration(delay, "delay"),
    startAt: startAt === undefined ? null : assertDate(startAt, "startAt"),
  };
}
