import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createPostgresDatabase,
  createSqliteDatabase,
  type PostgresClient,
  type TestDatabase,
} from "@trpc-workflow/test-databases";
import { vi } from "vitest";
import { createWorkflowEngine } from "../create-workflow-engine.js";
import { type BuiltProgram, buildProgram } from "./build-program.fixture.js";
import type { ProgramOptions } from "./program.fixture.js";
import { hasty, openWorld, script } from "./script.fixture.js";
import { spawnProgram, type Program } from "./spawn-program.fixture.js";

// Processes start, leases lapse, and the machine may have other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

export const PROVIDERS = ["postgresql", "sqlite"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** A database, a folder of effects and gates, and the worker processes on both. */
export interface Scene extends AsyncDisposable {
  /** The client of either database; what these tests call is the same on both. */
  readonly database: TestDatabase<PostgresClient>;
  /** An engine of this process; it has no worker. */
  readonly engine: SceneEngine;
  /** One more engine of this process, with a client of its own. */
  readonly createEngine: (options?: { listen?: string }) => SceneEngine;
  /** Starts a worker process; resolves once it takes runs. */
  readonly spawn: (
    name: string,
    options?: Partial<ProgramOptions>,
    nodeFlags?: readonly string[],
  ) => Promise<Program>;
  /** What the run's functions did so far, `begin charge` for one, and in which process. */
  readonly effects: (runId: string) => Promise<readonly Effect[]>;
  readonly openGate: (gate: string) => Promise<void>;
}
export interface Effect {
  readonly runId: string;
  readonly name: string;
  readonly what: string;
}
export type SceneEngine = ReturnType<typeof engineOn>;

/** Sets the stage on a database of that kind. */
export async function openScene(provider: Provider): Promise<Scene> {
  const undo: (() => PromiseLike<void>)[] = [];
  const program: BuiltProgram = await buildProgram();
  undo.push(() => program[Symbol.asyncDispose]());
  const folder = await mkdtemp(join(tmpdir(), "trpc-workflow-processes-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "effects"), "");
  const database = await openDatabase(provider);
  undo.push(() => database[Symbol.asyncDispose]());

  const createEngine: Scene["createEngine"] = (options = {}) => {
    const engine = engineOn(database.connect(), folder, options);
    undo.push(() => engine.stop());
    return engine;
  };
  return {
    database,
    engine: createEngine(),
    createEngine,
    spawn: async (name, options = {}, nodeFlags = []) => {
      const spawned = await spawnProgram(
        program.file,
        {
          name,
          folder,
          provider,
          url: database.url,
          lease: "2s",
          maxRecoveries: 20,
          concurrency: 64,
          listen: null,
          ...options,
        },
        nodeFlags,
      );
      undo.push(() => spawned.kill());
      return spawned;
    },
    effects: async (runId) => {
      const lines = (await readFile(join(folder, "effects"), "utf8")).split("\n").slice(0, -1);
      const effects = lines.map((line) => JSON.parse(line) as Effect);
      return effects.filter((effect) => effect.runId === runId);
    },
    openGate: (gate) => writeFile(join(folder, `gate-${gate}`), ""),
    [Symbol.asyncDispose]: async () => {
      for (const step of undo.splice(0).toReversed()) await step();
    },
  };
}

/** Resolves once `check` does not throw; within 30 seconds. */
export function eventually<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval: 25 });
}

async function openDatabase(provider: Provider): Promise<TestDatabase<PostgresClient>> {
  if (provider === "postgresql") return createPostgresDatabase();
  // The same models: the clients differ in what their types say of isolation levels and the like.
  return (await createSqliteDatabase()) as unknown as TestDatabase<PostgresClient>;
}

function engineOn(prisma: PostgresClient, folder: string, options: { listen?: string }) {
  return createWorkflowEngine({
    prisma,
    workflows: [script, hasty],
    context: () => openWorld(folder, "test", () => {}),
    ...options,
  });
}
