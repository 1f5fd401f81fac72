import { createPostgresDatabase } from "@trpc-workflow/test-databases";
import { afterAll, beforeAll } from "vitest";
import { describeStore } from "../../testing/store-conformance.js";
import { createPostgresStore } from "./postgres-store.js";

// One database, emptied before each case: a new one takes several times as long.
let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
beforeAll(async () => {
  database = await createPostgresDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describeStore("the store on PostgreSQL", async () => {
  for (const table of ["run", "step", "event", "log", "stream_part", "worker"]) {
    await database.prisma.$executeRawUnsafe(`DELETE FROM workflow_${table}`);
  }
  return {
    store: createPostgresStore(database.prisma, { onCorrupt: () => {} }),
    transaction: (work) => database.prisma.$transaction(work),
    async [Symbol.asyncDispose]() {},
  };
});
