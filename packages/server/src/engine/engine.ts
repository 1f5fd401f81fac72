import { type Duration, parseDuration } from "../core/duration.js";
import { TransactionRequiredError } from "../core/errors.js";
import { assertStepName, isRunId } from "../core/names.js";
import type { PrismaRaw } from "../core/prisma-like.js";
import { type Codec, createCodec } from "../core/values/codec.js";
import type { RunState } from "../store/store.js";
import { createDefinitions } from "./definitions.js";
import type { AnyEngineOptions, EngineGround } from "./engine-ground.js";
import type { WorkflowEngine } from "./engine-types.js";
import type { ExecutionHost } from "./execution-host.js";
import { executionScope } from "./execution-scope.js";
import type { OnCommit } from "./ledger.js";
import { createHints } from "./listen.js";
import type { PruneOptions, StopOptions, StreamOptions, WorkerOptions } from "./operation-types.js";
import { expireRun } from "./operations/expire.js";
import type { OperationChange } from "./operations/operation.js";
import { createOperators } from "./operators.js";
import { pruneRuns } from "./prune-runs.js";
import { createReader } from "./reading/create-reader.js";
import { runNotFound } from "./reading/run-not-found.js";
import { createRecorder } from "./recorder.js";
import { type EventToSend, sendEvent } from "./send-event.js";
import { CONSOLE_LOGGER, readLease, readSettings } from "./settings.js";
import { startRun } from "./start-run.js";
import type { SendEventOptions, StartOptions } from "./start-types.js";
import { createWorkerPool } from "./worker-pool.js";
import type { Worker } from "./worker.js";

/** The engine with what the test kit needs beside it. */
export interface EngineParts {
  readonly engine: WorkflowEngine;
  readonly startWorker: (options?: WorkerOptions) => Promise<Worker>;
  readonly codec: Codec;
}

/** Puts an engine together. */
export function assembleEngine(options: AnyEngineOptions, ground: EngineGround): EngineParts {
  const { store, clock, pollMs, lingerMs, seed, random, onStepStart, observeAsks } = ground;
  const settings = readSettings(options, lingerMs);
  const leaseMs = readLease(options.lease);
  const definitions = createDefinitions(options.workflows);
  const codec = createCodec(options);
  const logger = options.logger ?? CONSOLE_LOGGER;
  const reader = createReader({ store, codec, clock, logger, isExecuting });
  const recorder = createRecorder(store, logger);
  const context = once(async () => options.context?.());
  const readClockOnce = once(() => readClock());
  const pool = createWorkerPool({
    deps: { store, clock, logger, host, expire, notify },
    definitions,
    clock,
    leaseMs,
    pollMs,
    getReady,
  });
  const operators = createOperators({ codec, clock, definitions, operate });
  const hints =
    options.listen === undefined
      ? null
      : createHints({ connectionString: options.listen, logger, onHint });

  let isClockRead = false;

  function isExecuting(runId: string): boolean {
    return pool.isExecuting(runId);
  }

  /** On SQLite nothing else of the client goes on before a caller's transaction ends: it asks itself. */
  async function getReady(tx?: PrismaRaw): Promise<void> {
    if (tx === undefined) await readClockOnce();
    else if (!isClockRead) await readClock(tx);
  }

  async function readClock(tx?: PrismaRaw): Promise<void> {
    const askedAt = performance.now();
    clock.observe(await store.now(tx), askedAt);
    isClockRead = true;
  }

  function host(worker: Worker): ExecutionHost {
    return {
      store,
      codec,
      clock,
      logger,
      settings,
      prisma: options.prisma,
      context,
      random,
      seed,
      onStepStart,
      observeAsks,
      definitionOf: definitions.get,
      newestOf: definitions.newest,
      record: recorder.record,
      sendEvent: ({ dedupeKey, definition, ...event }) =>
        send({ ...event, fallback: definition }, { dedupeKey }),
      confirmLease: () => worker.confirmLease(),
      onCommit,
    };
  }

  /** Tells the readers, and the workers where other runs have something to do now. */
  function onCommit(...[record, { revision }]: Parameters<OnCommit>): void {
    const { runId, transition, children } = record;
    const ended = transition?.kind === "end";
    const output = ended && transition.status === "completed" ? transition.output : null;
    reader.feed.committed({ runId, revision, ended, output: output ?? undefined });
    hints?.send([runId]);
    switch (transition?.kind) {
      case "park":
        if (transition.dueAt !== null) pool.main()?.alarm(transition.dueAt);
        break;
      case "end":
        if (transition.notice !== null) pool.kick();
        break;
      case "undo":
      case "continue":
        pool.kick();
        break;
      default:
    }
    if (children.length > 0) pool.kick();
  }

  /** This process changed these runs. */
  function notify(runIds: readonly string[]): void {
    reader.feed.notify(runIds);
    hints?.send(runIds);
  }

  /** Another process changed these runs, or any. */
  function onHint(runIds: readonly string[] | null): void {
    for (const runId of runIds ?? []) {
      reader.feed.hint(runId);
      pool.onInbox(runId);
    }
    pool.kick();
  }

  /** This process put something into the inbox of a run, or set its flags. */
  function onChanged(runId: string): void {
    notify([runId]);
    pool.onInbox(runId);
    pool.kick();
  }

  /** What a caller's transaction commits is there a moment later. */
  function lookAgainSoon(): void {
    for (const afterMs of [10, 50, 250]) clock.setTimeout(pool.kick, afterMs);
  }

  async function operate(
    runId: string,
    decide: (state: RunState) => OperationChange,
  ): Promise<void> {
    await getReady();
    const isChanged = isRunId(runId) ? await store.change(runId, decide) : undefined;
    if (isChanged === undefined) throw runNotFound(runId);
    if (isChanged) onChanged(runId);
  }

  function expire(runId: string): Promise<void> {
    return operate(runId, (state) => expireRun(state, { codec }));
  }

  async function send(event: EventToSend, sendOptions: SendEventOptions): Promise<void> {
    assertTransaction("sendEvent", sendOptions.tx);
    await getReady(sendOptions.tx);
    await sendEvent({ store, codec, clock, definitions }, event, sendOptions);
    onChanged(event.runId);
    if (sendOptions.tx !== undefined) lookAgainSoon();
  }

  async function start(reference: unknown, input: unknown, startOptions: StartOptions = {}) {
    assertTransaction("start", startOptions.tx);
    const definition = definitions.resolve(reference);
    await getReady(startOptions.tx);
    const deps = { store, codec, clock, seed, insert: recorder.insert, worker: pool.main };
    const { id, created } = await startRun(deps, definition, input, startOptions);
    if (created) notify([id]);
    if (startOptions.tx !== undefined) lookAgainSoon();
    return { ...getHandle(id), created };
  }

  function getHandle(runId: string) {
    return {
      id: runId,
      get: reader.get.bind(null, runId),
      result: reader.result.bind(null, runId),
      watch: reader.watch.bind(null, runId),
      cancel: operators.cancel.bind(null, runId),
      sendEvent: (event: string, payload?: unknown, sendOptions: SendEventOptions = {}) =>
        send({ runId, event, payload, fallback: null }, sendOptions),
    };
  }

  const engine = {
    workflows: options.workflows,
    start,
    sendEvent: (runId: string, event: string, payload?: unknown, sendOptions?: SendEventOptions) =>
      getHandle(runId).sendEvent(event, payload, sendOptions),
    ...operators,
    get: reader.get,
    list: reader.list,
    watch: reader.watch,
    stream: (runId: string, stream: string, streamOptions?: StreamOptions) => {
      assertStepName(stream, "The name of a stream");
      return reader.stream(runId, stream, streamOptions);
    },
    logs: reader.logs,
    export: reader.export,
    stats: reader.stats,
    getHandle,
    startWorker: async (workerOptions?: WorkerOptions) => void (await pool.start(workerOptions)),
    work: pool.work,
    stop: async ({ drain = "10s" satisfies Duration }: StopOptions = {}) => {
      await pool.stop(parseDuration(drain, "drain"));
      reader.close();
      await hints?.close();
    },
    prune: async (pruneOptions: PruneOptions) => {
      await getReady();
      return pruneRuns(store, clock.now(), pruneOptions);
    },
  };

  return {
    // The types of the workflows are added by the caller; at run time there are none.
    engine: engine as unknown as WorkflowEngine,
    startWorker: pool.start,
    codec,
  };
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

/** Makes once what succeeds, and again what failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    }));
}
