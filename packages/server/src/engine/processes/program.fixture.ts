import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresClient } from "../../../../test-databases/generated/postgresql/client.js";
import { PrismaClient as SqliteClient } from "../../../../test-databases/generated/sqlite/client.js";
import type { PrismaLike } from "../../core/prisma-like.js";
import { createWorkflowEngine } from "../create-workflow-engine.js";
import { killAfterCommit } from "./kill-after-commit.fixture.js";
import { hasty, openWorld, script } from "./script.fixture.js";

/** What a worker process is told on its command line. */
export interface ProgramOptions {
  readonly name: string;
  readonly folder: string;
  readonly provider: "postgresql" | "sqlite";
  readonly url: string;
  readonly lease: string;
  readonly maxRecoveries: number;
  readonly concurrency: number;
  readonly listen: string | null;
}

/** A call of the engine, or of the process. */
export interface Request {
  readonly id: number;
  readonly method: "start" | "cancel" | "stop" | "heap";
  readonly args: readonly unknown[];
}
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const options = JSON.parse(String(process.argv[2])) as ProgramOptions;
const deadly = killAfterCommit(connect(options));
const engine = createWorkflowEngine({
  prisma: deadly.prisma,
  workflows: [script, hasty],
  context: () => openWorld(options.folder, options.name, deadly.arm),
  lease: options.lease as "2s",
  settle: "20s",
  maxRecoveries: options.maxRecoveries,
  // Warnings are of what these tests break on purpose.
  logger: { debug() {}, info() {}, warn() {}, error: console.error }, // oxlint-disable-line no-console -- of a child process
  ...(options.listen === null ? {} : { listen: options.listen }),
});
await engine.startWorker({ concurrency: options.concurrency });

process.on("disconnect", () => process.exit());
process.on("message", (request: Request) => {
  answer(request).then(
    (value) => process.send?.({ id: request.id, value } satisfies Reply),
    (error: unknown) => process.send?.({ id: request.id, error: String(error) } satisfies Reply),
  );
});
process.send?.("ready");

async function answer({ method, args }: Request): Promise<unknown> {
  const [first, second, third] = args as never[];
  switch (method) {
    case "start": {
      const { id, created } = await engine.start(
        first as unknown as typeof script,
        second as never,
        third,
      );
      return { id, created };
    }
    case "cancel":
      return engine.cancel(first as unknown as string);
    case "stop":
      return engine.stop();
    case "heap":
      // What finalizers let go of is collected by the next one.
      for (let round = 0; round < 3; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        globalThis.gc?.();
      }
      return process.memoryUsage().heapUsed;
  }
}

function connect({ provider, url }: ProgramOptions): PrismaLike {
  return provider === "sqlite"
    ? new SqliteClient({ adapter: new PrismaLibSql({ url }) })
    : new PostgresClient({ adapter: new PrismaPg({ connectionString: url }) });
}
