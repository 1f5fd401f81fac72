import { createSqliteDatabase } from "@trpc-workflow/test-databases";
import { describeStore } from "../../testing/store-conformance.js";
import { createSqliteStore } from "./sqlite-store.js";

describeStore("the store on SQLite", async () => {
  const database = await createSqliteDatabase();
  return {
    store: createSqliteStore(database.prisma, { onCorrupt: () => {} }),
    transaction: (body) => database.prisma.$transaction(body),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});
