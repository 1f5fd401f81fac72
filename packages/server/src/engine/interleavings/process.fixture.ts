import type { Store } from "../../store/store.js";
import { createPausingStore, type PausingStore } from "../../testing/pausing-store.js";
import type { PausingClient } from "../../testing/pausing-client.js";
import { createDatabaseClock } from "../database-clock.js";
import { assembleEngine } from "../engine.js";
import type { WorkflowEngine } from "../engine-types.js";
import type { Worker } from "../worker.js";
import type { Audit } from "./audit.fixture.js";
import type { Ground } from "./grounds.fixture.js";
import { noteWrites } from "./note-writes.fixture.js";
import type { Act, Hands } from "./raced-workflow.fixture.js";

export interface ProcessOptions {
  /** Which connection of the ground it has. */
  readonly n: number;
  readonly workflows: readonly unknown[];
  readonly audit: Audit;
  /** Milliseconds. @default 15 s */
  readonly lease?: number | undefined;
  /** How many answers to its first records are lost, after they were written. @default 0 */
  readonly loseAnswers?: number | undefined;
  /** What its racing step comes to. @default at once to "complete" */
  readonly act?: ((signal: AbortSignal) => Promise<Act>) | undefined;
}

/** An engine with a connection of its own, whose calls of the store stop where a test says. */
export interface Process extends AsyncDisposable {
  readonly engine: WorkflowEngine;
  readonly pausing: PausingStore;
  readonly client: PausingClient | null;
  /** Starts its worker, and waits until that has executed what it claimed. */
  readonly joinAndExecute: () => Promise<void>;
  /** Starts its worker. */
  readonly join: () => Promise<void>;
  /** Resolves when its worker, if it has one, executes nothing. */
  readonly whenIdle: () => Promise<void>;
  /** Others took over from it: its leases are not what it believes. */
  isStalled: boolean;
}

/** Nothing in it looks at the database but when it is told to. */
export function openProcess(ground: Ground, options: ProcessOptions): Process {
  const { store, client } = ground.connect(options.n);
  const { audit, act = async () => "complete" as const, lease = 15_000, loseAnswers = 0 } = options;
  const pausing = createPausingStore(loseFirst(noteWrites(store, audit), loseAnswers));
  let worker: Worker | null = null;
  const hands: Hands = {
    begin: (call) => audit.begin(call, opened.isStalled),
    act,
  };
  const { engine, startWorker } = assembleEngine(
    {
      prisma: client?.prisma ?? null,
      workflows: options.workflows,
      context: () => hands,
      logger: audit.logger,
      settle: "1s",
      lease,
    },
    {
      store: pausing.store,
      clock: createDatabaseClock(),
      pollMs: null,
      lingerMs: 0,
      seed: (runId) => `seed of ${runId}`,
      random: () => 0.5,
      onStepStart: () => {},
      observeAsks: () => undefined,
    },
  );
  const join = async (): Promise<void> => {
    worker = await startWorker();
  };
  const whenIdle = async (): Promise<void> => worker?.whenIdle();
  const opened: Process = {
    engine,
    pausing,
    client,
    join,
    whenIdle,
    joinAndExecute: async () => {
      await join();
      await whenIdle();
    },
    isStalled: false,
    [Symbol.asyncDispose]: () => engine.stop({ drain: 0 }),
  };
  return opened;
}

/** The same store, over a connection that breaks after the first writes and before their answers. */
function loseFirst(store: Store, count: number): Store {
  let left = count;
  const record: Store["record"] = async (records) => {
    const answers = await store.record(records);
    left -= 1;
    if (left >= 0) throw Object.assign(new Error("The connection was lost."), { code: "P1017" });
    return answers;
  };
  return new Proxy(store, {
    get: (target, verb) => (verb === "record" ? record : Reflect.get(target, verb)) as unknown,
  });
}
