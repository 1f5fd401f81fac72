import { createPostgresDatabase } from "@trpc-workflow/test-databases";
import { describeStore } from "../../testing/store-conformance.js";
import { createPostgresStore } from "./postgres-store.js";

describeStore("the store on PostgreSQL", async () => {
  const database = await createPostgresDatabase();
  return {
    store: createPostgresStore(database.prisma, { onCorrupt: () => {} }),
    transaction: (body) => database.prisma.$transaction(body),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});
