import {
  createWorkflowEngine,
  defineWorkflow,
  initWorkflow,
  type PrismaLike,
  type PrismaRaw,
  type TransactionOf,
} from "./api.js";
import { assertType } from "./assert-type.js";
import { checkout, onboarding } from "./fixtures/workflows.js";
import type { Prisma, PrismaClient } from "../../test-databases/generated/sqlite/client.js";
import type { PrismaClient as PostgresClient } from "../../test-databases/generated/postgresql/client.js";

declare const prisma: PrismaClient;
declare const postgres: PostgresClient;
declare const omitting: PrismaClient<never, { account: { balance: true } }>;
const extended = prisma.$extends({
  result: {
    account: { label: { needs: { id: true }, compute: ({ id }) => id.toUpperCase() } },
  },
});

// Any client by structure: generated, extended, omitting.
prisma satisfies PrismaLike;
postgres satisfies PrismaLike;
extended satisfies PrismaLike;
omitting satisfies PrismaLike;
// @ts-expect-error not a client
({ account: {} }) satisfies PrismaLike;

// `tx` is the very type that the client hands out.
async function countAccounts(tx: Prisma.TransactionClient) {
  return tx.account.count();
}
assertType<TransactionOf<PrismaClient>, Prisma.TransactionClient>();
const app = initWorkflow.context<{ mail: string }>().prisma<PrismaClient>().create();
export const withTransactions = app.defineWorkflow({
  name: "with-transactions",
  async run({ ctx, transaction }) {
    assertType<typeof ctx, { mail: string }>();
    const row = await transaction("create", (tx, { signal, attempt, idempotencyKey, log }) => {
      assertType<typeof signal, AbortSignal>();
      assertType<typeof attempt, number>();
      assertType<typeof idempotencyKey, string>();
      log.info("in a transaction");
      return tx.account.create({ data: { id: "1", balance: 0 } });
    });
    assertType<typeof row.balance, number>();
    const count = await transaction("count", countAccounts, {
      optional: true,
      maxWait: "1s",
      timeout: "10s",
      isolationLevel: "Serializable",
      retry: { attempts: 5 },
      compensate: (output) => assertType<typeof output, number | undefined>(),
    });
    assertType<typeof count, number | undefined>();
    // @ts-expect-error no such isolation level
    await transaction("bad", countAccounts, { isolationLevel: "Chaos" });
    // @ts-expect-error no such model
    await transaction("bad", (tx) => tx.acount.count());
  },
});

// Both parts are optional, in either order.
initWorkflow
  .prisma<typeof extended>()
  .context<{ db: number }>()
  .create()
  .defineWorkflow({
    name: "extended",
    async run({ ctx, transaction }) {
      assertType<typeof ctx.db, number>();
      const found = await transaction("find", (tx) =>
        tx.account.findFirst({ select: { label: true } }),
      );
      assertType<typeof found, { label: string } | null>();
    },
  });
initWorkflow.create().defineWorkflow({
  name: "raw",
  async run({ ctx, transaction }) {
    assertType<typeof ctx, unknown>();
    await transaction("query", async (tx) => {
      assertType<typeof tx, PrismaRaw>();
      const rows = await tx.$queryRawUnsafe<{ n: number }[]>("select 1");
      return rows[0]?.n;
    });
  },
});
// @ts-expect-error a context is an object
initWorkflow.context<string>();
// @ts-expect-error not a client
initWorkflow.prisma<{ account: object }>();

// The engine's `context` is asked for exactly where a handler has a typed `ctx`: all that all need.
const mail = initWorkflow.context<{ mail: string }>().create();
const mailing = mail.defineWorkflow({ name: "mailing", run: ({ ctx }) => ctx.mail });
const db = initWorkflow.context<{ db: number }>().create();
const storing = db.defineWorkflow({ name: "storing", run: ({ ctx }) => ctx.db });
const plain = defineWorkflow({ name: "plain", run: () => 1 });

createWorkflowEngine({ prisma, workflows: [plain] });
createWorkflowEngine({ prisma, workflows: [plain], context: () => 1 });
createWorkflowEngine({
  prisma,
  workflows: [mailing, storing, plain],
  context: async () => ({ db: 1, mail: "" }),
});
// @ts-expect-error both contexts are needed
createWorkflowEngine({ prisma, workflows: [mailing, storing], context: () => ({ db: 1 }) });
// @ts-expect-error the context is missing
createWorkflowEngine({ prisma, workflows: [checkout, onboarding] });
// @ts-expect-error the context is another
createWorkflowEngine({ prisma, workflows: [onboarding], context: () => ({ mail: 1 }) });
// @ts-expect-error a factory, not a value
createWorkflowEngine({ prisma, workflows: [mailing], context: { mail: "" } });
// @ts-expect-error not a client
createWorkflowEngine({ prisma: { account: {} }, workflows: [plain] });
