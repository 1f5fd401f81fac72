import { PrismaLibSql } from "@prisma/adapter-libsql";
import { createWorkflowEngine } from "@trpc-workflow/server";
import { checkout } from "./checkout.js";
import { PrismaClient } from "./generated/client.js";

/** The app's Prisma client on an SQLite file, and the engine on it; each process has its own. */
export function connect(url: string) {
  const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url }) });
  // The default lease is 15 s: so long may it take until somebody takes over from a worker that died.
  const engine = createWorkflowEngine({ prisma, workflows: [checkout], lease: "2 seconds" });
  return { prisma, engine };
}
