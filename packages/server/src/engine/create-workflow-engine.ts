import { randomBytes } from "node:crypto";
import { openStore } from "../store/open-store.js";
import { createDatabaseClock } from "./database-clock.js";
import type { AnyEngineOptions } from "./engine-ground.js";
import { assembleEngine } from "./engine.js";
import type { CreateWorkflowEngine } from "./engine-types.js";

/**
 * Creates the engine on the app's own Prisma client. It opens nothing and starts nothing by itself:
 * runs are executed where `startWorker` or `work` is called.
 *
 * @throws {UnsupportedDatabaseError} for a client of anything but PostgreSQL or SQLite.
 * @throws {InvalidArgumentError} for an option that is out of range, or a version listed twice.
 *
 * @example
 * ```ts
 * export const engine = createWorkflowEngine({ prisma, workflows: [checkout, shipping] });
 * await engine.startWorker();
 * const run = await engine.start(checkout, { orderId, amount: 120 });
 * ```
 */
export const createWorkflowEngine: CreateWorkflowEngine = (options) => {
  const { logger } = options;
  const store = openStore(options.prisma, {
    onCorrupt: (error) => logger?.error("A row of the workflow tables cannot be read.", { error }),
  });
  const erased: AnyEngineOptions = options;
  const { engine } = assembleEngine(erased, {
    store,
    clock: createDatabaseClock(),
    pollMs: POLL_MS,
    lingerMs: LINGER_MS,
    seed: () => randomBytes(24).toString("base64url"),
    random: Math.random,
    onStepStart: () => {},
    observeAsks: () => undefined,
  });
  return engine as never;
};

/** One statement a second when idle. */
const POLL_MS = 1_000;

/** Parking and claiming again costs two statements; what is due within this is waited for. */
const LINGER_MS = 100;
