import type { WorkflowDefinition } from "../core/definition.js";
import { type Duration, parseDuration } from "../core/duration.js";
import { InvalidArgumentError, TransactionRequiredError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { assertStepName, isRunId } from "../core/names.js";
import type { PrismaLike } from "../core/prisma-like.js";
import { ENDED_PHASES, type EndedPhase } from "../core/status.js";
import { type Codec, createCodec } from "../core/values/codec.js";
import type {
  InsertedRun,
  NewRun,
  RecordAnswer,
  RunRecord,
  RunState,
  Store,
} from "../store/store.js";
import type { DatabaseClock } from "./database-clock.js";
import { createDefinitions, keyOf } from "./definitions.js";
import type { EngineOptions, EngineTuning } from "./engine-options.js";
import type { WorkflowEngine } from "./engine-types.js";
import type { ExecutionHost, ExecutionSettings } from "./execution-host.js";
import { executionScope } from "./execution-scope.js";
import { createGroupCommit } from "./group-commit.js";
import type { OnCommit } from "./ledger.js";
import { createHints } from "./listen.js";
import { cancelRun } from "./operations/cancel.js";
import { expireRun } from "./operations/expire.js";
import type { OperationChange } from "./operations/operation.js";
import { pauseRun } from "./operations/pause.js";
import { resumeRun } from "./operations/resume.js";
import { retryRun } from "./operations/retry.js";
import { skipStep } from "./operations/skip-step.js";
import { wakeRun } from "./operations/wake.js";
import type { OperatorOptions, PruneOptions, WorkerOptions } from "./operation-types.js";
import { createReader, type Reader } from "./reading/create-reader.js";
import { runNotFound } from "./reading/run-not-found.js";
import { sendEvent } from "./send-event.js";
import { startRun, uuidv7 } from "./start-run.js";
import type { SendEventOptions, StartOptions } from "./start-types.js";
import { guardStrayRejections } from "./stray-rejections.js";
import { Worker } from "./worker.js";

/** What an engine runs on; tests bring a store in memory and a virtual clock. */
export interface EngineGround {
  readonly store: Store;
  readonly clock: DatabaseClock;
  /** `null` has workers look for what is due only when something happens in this process. */
  readonly pollMs: number | null;
  readonly lingerMs: number;
  /** Draws the secret of a new run. */
  readonly seed: (runId: string) => string;
  /** From 0 (included) to 1 (excluded): how far a back-off is drawn out. */
  readonly random: () => number;
  readonly onStepStart: ExecutionHost["onStepStart"];
  readonly observeAsks: ExecutionHost["observeAsks"];
}

export type AnyEngineOptions = EngineTuning &
  Pick<EngineOptions<readonly never[]>, "listen"> & {
    readonly prisma: PrismaLike | null;
    readonly workflows: readonly unknown[];
    readonly context?: (() => unknown) | undefined;
  };

/** The engine with what the test kit needs beside it. */
export interface EngineParts {
  readonly engine: WorkflowEngine;
  readonly startWorker: (options?: WorkerOptions) => Promise<Worker>;
  readonly codec: Codec;
}

/** Puts an engine together. */
export function assembleEngine(options: AnyEngineOptions, ground: EngineGround): EngineParts {
  const { store, clock } = ground;
  const settings = readSettings(options, ground.lingerMs);
  const leaseMs = readLease(options.lease);
  const definitions = createDefinitions(options.workflows);
  const codec = createCodec(options);
  const logger = options.logger ?? CONSOLE_LOGGER;
  const reader = createReader({ store, codec, clock, logger });
  const workers = new Set<Worker>();
  const hints =
    options.listen === undefined
      ? null
      : createHints({ connectionString: options.listen, logger, onHint: receiveHint });
  let worker: Worker | null = null;
  let ready: Promise<void> | null = null;

  const records = createGroupCommit<RunRecord, RecordAnswer>({
    write: (items) => store.record(items),
    isLeftOut: (answer) => !answer.applied && answer.reason === "locked",
    sizeOf: sizeOfRecord,
    logger,
  });
  const inserts = createGroupCommit<NewRun, InsertedRun>({
    // A start that is repeated finds the run that its first try inserted after all.
    write: async (items, isRetry) => {
      const answers = await store.insertRuns(items);
      return isRetry
        ? answers.map((answer) => (answer.kind === "taken" ? CREATED : answer))
        : answers;
    },
    isLeftOut: () => false,
    sizeOf: (run) => run.input.length,
    logger,
  });
  const context = once(async () => options.context?.());

  /** Reads the database's clock before the first time that it is needed. */
  const getReady = (): Promise<void> =>
    (ready ??= readClock().catch((error: unknown) => {
      ready = null;
      throw error;
    }));

  async function readClock(): Promise<void> {
    const askedAt = performance.now();
    clock.observe(await store.now(), askedAt);
  }

  const onCommit: OnCommit = ({ runId, transition, children }, { revision }) => {
    const isEnd = transition?.kind === "end";
    reader.feed.committed({ runId, revision, ended: isEnd });
    hints?.send([runId]);
    if (transition?.kind === "park" && transition.dueAt !== null) worker?.alarm(transition.dueAt);
    const concernsOthers =
      children.length > 0 ||
      isEnd ||
      transition?.kind === "continue" ||
      transition?.kind === "undo";
    if (
      concernsOthers &&
      (children.length > 0 || transition?.kind !== "end" || transition.notice !== null)
    )
      kick();
  };

  /** Another process changed these runs, or any. */
  function receiveHint(runIds: readonly string[] | null): void {
    for (const runId of runIds ?? []) {
      reader.feed.hint(runId);
      for (const each of workers) each.onInbox(runId);
    }
    kick();
  }

  /** This process changed these runs. */
  function notify(runIds: readonly string[]): void {
    reader.feed.notify(runIds);
    hints?.send(runIds);
  }

  function kick(): void {
    for (const each of workers) each.kick();
  }

  function host(owner: Worker): ExecutionHost {
    return {
      store,
      codec,
      clock,
      logger,
      settings,
      prisma: options.prisma,
      context,
      random: ground.random,
      seed: ground.seed,
      onStepStart: ground.onStepStart,
      observeAsks: ground.observeAsks,
      definitionOf: definitions.get,
      newestOf: definitions.newest,
      record: records.submit,
      sendEvent: ({ runId, event, payload, definition, dedupeKey }) =>
        send(runId, event, payload, { dedupeKey }, definition),
      confirmLease: () => owner.confirmLease(),
      onCommit,
    };
  }

  async function operate(
    runId: string,
    decide: (state: RunState) => OperationChange,
  ): Promise<void> {
    await getReady();
    const result = isRunId(runId) ? await store.change(runId, decide) : undefined;
    if (result === undefined) throw runNotFound(runId);
    if (!result) return;
    notify([runId]);
    for (const each of workers) each.onInbox(runId);
    kick();
  }

  async function send(
    runId: string,
    event: string,
    payload: unknown,
    sendOptions: SendEventOptions,
    fallback: WorkflowDefinition | null = null,
  ): Promise<void> {
    assertTransaction("sendEvent", sendOptions.tx);
    await getReady();
    await sendEvent(
      { store, codec, clock, definitions },
      { runId, event, payload, fallback },
      sendOptions,
    );
    notify([runId]);
    for (const each of workers) each.onInbox(runId);
    kick();
    if (sendOptions.tx !== undefined) lookAgainSoon();
  }

  /** What a caller's transaction commits is there a moment later. */
  function lookAgainSoon(): void {
    for (const afterMs of [10, 50, 250]) worker?.alarm(clock.now() + afterMs);
  }

  async function start(reference: unknown, input: unknown, startOptions: StartOptions = {}) {
    assertTransaction("start", startOptions.tx);
    const definition = definitions.resolve(reference);
    await getReady();
    const deps = {
      store,
      codec,
      clock,
      seed: ground.seed,
      insert: inserts.submit,
      worker: () => worker,
    };
    const { id, created } = await startRun(deps, definition, input, startOptions);
    if (created) notify([id]);
    if (startOptions.tx !== undefined) lookAgainSoon();
    return { ...handle(id), created };
  }

  function handle(runId: string) {
    return {
      id: runId,
      get: engine.get.bind(null, runId),
      result: reader.result.bind(null, runId),
      watch: reader.watch.bind(null, runId),
      cancel: engine.cancel.bind(null, runId),
      sendEvent: (event: string, payload?: unknown, sendOptions: SendEventOptions = {}) =>
        send(runId, event, payload, sendOptions),
    };
  }

  async function createWorker(
    { concurrency = 64 }: WorkerOptions,
    isMain: boolean,
  ): Promise<Worker> {
    assertConcurrency(concurrency);
    await getReady();
    const created = new Worker(
      {
        id: uuidv7(clock.now()),
        concurrency,
        leaseMs,
        definitions: definitions.all.map(keyOf),
        pollMs: ground.pollMs === null ? null : Math.min(ground.pollMs, leaseMs / 3),
      },
      {
        store,
        clock,
        logger,
        host,
        expire: (runId) => operate(runId, (state) => expireRun(state, { codec })),
        notify,
      },
    );
    const release = guardStrayRejections();
    workers.add(created);
    if (isMain) worker = created;
    try {
      await created.start();
    } catch (error) {
      await retire(created, 0);
      throw error;
    } finally {
      releases.set(created, release);
    }
    return created;
  }

  const releases = new Map<Worker, () => void>();

  async function retire(each: Worker, drainMs: number): Promise<void> {
    if (worker === each) worker = null;
    await each.stop(drainMs);
    workers.delete(each);
    releases.get(each)?.();
    releases.delete(each);
  }

  async function work({ until, ...workerOptions }: { until: "idle" | Duration } & WorkerOptions) {
    const endsAt = until === "idle" ? null : clock.now() + parseDuration(until, "until");
    const temporary = await createWorker(workerOptions, false);
    if (endsAt === null) await temporary.whenIdle();
    else
      await new Promise<void>(
        (resolve) => void clock.setTimeout(resolve, Math.max(0, endsAt - clock.now())),
      );
    const { executed } = temporary;
    await retire(temporary, DEFAULT_DRAIN_MS);
    return { executed: temporary.executed > executed ? temporary.executed : executed };
  }

  async function prune({ olderThan, status }: PruneOptions): Promise<number> {
    await getReady();
    const before =
      olderThan instanceof Date
        ? olderThan.getTime()
        : clock.now() - parseDuration(olderThan, "olderThan");
    if (Number.isNaN(before))
      throw new InvalidArgumentError("prune: olderThan is not a valid date.");
    const phases = readPhases(status);
    for (let total = 0; ;) {
      const pruned = await store.prune(before, phases, PRUNE_BATCH);
      total += pruned;
      if (pruned < PRUNE_BATCH) return total;
    }
  }

  const by = (operator: OperatorOptions = {}) => ({
    codec,
    actor: operator.actor,
    reason: operator.reason,
  });

  const engine = {
    workflows: options.workflows,
    start,
    sendEvent: (
      runId: string,
      event: string,
      payload: unknown,
      sendOptions: SendEventOptions = {},
    ) => send(runId, event, payload, sendOptions),
    cancel: (runId: string, cancel: OperatorOptions & { compensate?: boolean } = {}) =>
      operate(runId, (state) => cancelRun(state, { ...by(cancel), compensate: cancel.compensate })),
    retry: (runId: string, retry: OperatorOptions & { from?: string } = {}) =>
      operate(runId, (state) => {
        const { workflow, version } = state.run;
        const definition = definitions.get(workflow, version) ?? definitions.last(workflow);
        const timeoutMs = definition === undefined ? keptTimeout(state) : definition.timeoutMs;
        return retryRun(state, { ...by(retry), from: retry.from, timeoutMs });
      }),
    pause: (runId: string, operator?: OperatorOptions) =>
      operate(runId, (state) => pauseRun(state, by(operator))),
    resume: (runId: string, operator?: OperatorOptions) =>
      operate(runId, (state) => resumeRun(state, by(operator))),
    skipStep: (runId: string, step: string, output?: unknown, operator?: OperatorOptions) =>
      operate(runId, (state) =>
        skipStep(state, {
          ...by(operator),
          step,
          output,
          eventId: uuidv7(clock.now()),
          timeoutMs: keptTimeout(state),
        }),
      ),
    wake: (runId: string, wake: OperatorOptions & { step?: string } = {}) =>
      operate(runId, (state) =>
        wakeRun(state, { ...by(wake), step: wake.step, eventId: uuidv7(clock.now()) }),
      ),
    get: reader.get,
    list: reader.list,
    watch: reader.watch,
    stream: (runId: string, stream: string, streamOptions?: Parameters<Reader["stream"]>[2]) => {
      assertStepName(stream, "The name of a stream");
      return reader.stream(runId, stream, streamOptions);
    },
    logs: reader.logs,
    export: reader.export,
    stats: reader.stats,
    getHandle: handle,
    startWorker: async (workerOptions: WorkerOptions = {}) => {
      if (worker !== null) throw new InvalidArgumentError("This engine has a worker already.");
      await createWorker(workerOptions, true);
    },
    work,
    stop: async ({ drain = "10s" as Duration } = {}) => {
      const drainMs = parseDuration(drain, "drain");
      await Promise.all([...workers].map((each) => retire(each, drainMs)));
      reader.close();
      await hints?.close();
    },
    prune,
  };

  return {
    // The types of the workflows are added by the caller; at run time there are none.
    engine: engine as unknown as WorkflowEngine,
    startWorker: (workerOptions = {}) => createWorker(workerOptions, true),
    codec,
  };
}

const CREATED: InsertedRun = { kind: "created" };
const PRUNE_BATCH = 500;
const DEFAULT_DRAIN_MS = 10_000;

/** Silent but for what somebody should look at. */
const CONSOLE_LOGGER: Logger = {
  debug: () => {},
  info: () => {},
  // oxlint-disable-next-line no-console -- the default logger
  warn: (message, data) =>
    console.warn(`[trpc-workflow] ${message}`, ...(data === undefined ? [] : [data])),
  // oxlint-disable-next-line no-console -- the default logger
  error: (message, data) =>
    console.error(`[trpc-workflow] ${message}`, ...(data === undefined ? [] : [data])),
};

function readSettings(options: EngineTuning, lingerMs: number): ExecutionSettings {
  return {
    settleMs: parseDuration(options.settle ?? "30s", "settle"),
    maxRecoveries: readCount(options.maxRecoveries ?? 20, "maxRecoveries"),
    maxHistory: readCount(options.maxHistory ?? 10_000, "maxHistory"),
    lingerMs,
  };
}

function readLease(lease: Duration = "15s"): number {
  const leaseMs = parseDuration(lease, "lease");
  if (leaseMs < 100) throw new InvalidArgumentError("lease must be at least 100 ms.");
  return leaseMs;
}

function readCount(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(
    `${what} must be an integer of at least 0; given was ${String(value)}.`,
  );
}

function assertConcurrency(concurrency: number): void {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return;
  throw new InvalidArgumentError(
    `concurrency must be an integer of at least 1; given was ${String(concurrency)}.`,
  );
}

function assertTransaction(what: string, tx: unknown): void {
  const scope = executionScope.getStore();
  if (tx !== undefined || scope?.inside?.isTransaction !== true) return;
  throw new TransactionRequiredError(
    `${what} was called inside ${scope.inside.what} of run ${scope.runId} without \`tx\`: pass the transaction's, ` +
      "so that it happens if and only if the transaction commits.",
    { runId: scope.runId },
  );
}

/** The length of a run's timeout where its code is not here. */
function keptTimeout({ run }: RunState): number | null {
  return run.deadlineAt === null ? null : run.deadlineAt - run.startAt;
}

function readPhases(status: PruneOptions["status"]): readonly EndedPhase[] {
  if (status === undefined) return ENDED_PHASES;
  const phases = typeof status === "string" ? [status] : status;
  for (const phase of phases) {
    if (!ENDED_PHASES.includes(phase)) {
      throw new InvalidArgumentError(
        `prune: status must be one of ${ENDED_PHASES.join(", ")}; given was ${String(phase)}.`,
      );
    }
  }
  return phases;
}

function sizeOfRecord({ steps, parts, logs, progress, transition }: RunRecord): number {
  let size = 400 + (progress?.length ?? 0);
  for (const { output, error } of steps) size += 400 + (output?.length ?? 0) + (error?.length ?? 0);
  for (const { value } of parts) size += 100 + (value?.length ?? 0);
  for (const { data, message } of logs) size += 100 + message.length + (data?.length ?? 0);
  if (transition?.kind === "end") size += transition.output?.length ?? 0;
  return size;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    }));
}
