import {
  createPostgresDatabase,
  createSqliteDatabase,
  type PostgresClient,
  type TestDatabase,
} from "@trpc-workflow/test-databases";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { initWorkflow } from "../../core/define-workflow.js";
import type { AnyWorkflow } from "../../core/workflow-types.js";
import { createWorkflowEngine } from "../create-workflow-engine.js";

const { defineWorkflow } = initWorkflow.prisma<PostgresClient>().create();

const DATABASES = {
  postgresql: createPostgresDatabase,
  // The same models: the clients differ in what their types say of isolation levels and the like.
  sqlite: async () => (await createSqliteDatabase()) as unknown as TestDatabase<PostgresClient>,
};
type Provider = keyof typeof DATABASES;

describe.each(Object.keys(DATABASES) as Provider[])("a transaction on %s", (provider) => {
  it("keeps what it wrote together with its record", async () => {
    const transfer = defineWorkflow({
      name: "transfer",
      run: ({ transaction }) =>
        transaction("pay", async (tx) => {
          const { id } = await tx.account.create({ data: { id: "ada", balance: 5 } });
          return id;
        }),
    });
    await using app = await open(provider, transfer);
    const run = await app.start("transfer");
    expect(await run.result({ timeout: "10s" })).toBe("ada");
    expect(await app.prisma.account.findMany()).toEqual([{ id: "ada", balance: 5 }]);
    expect((await run.get()).steps).toMatchObject([
      { key: "pay", kind: "transaction", status: "completed", output: "ada", attempt: 1 },
    ]);
  });

  it("keeps nothing of an attempt that throws", async () => {
    const transfer = defineWorkflow({
      name: "transfer",
      run: ({ transaction }) =>
        transaction(
          "pay",
          async (tx, { attempt }) => {
            await tx.account.create({ data: { id: `try-${attempt}`, balance: 5 } });
            if (attempt < 3) throw new Error("not yet");
          },
          { retry: { delay: 1 } },
        ),
    });
    await using app = await open(provider, transfer);
    await (await app.start("transfer")).result({ timeout: "10s" });
    expect(await app.prisma.account.findMany()).toEqual([{ id: "try-3", balance: 5 }]);
  });

  it("that swallows a database error fails where that error aborted it", async () => {
    const transfer = defineWorkflow({
      name: "transfer",
      run: ({ transaction }) =>
        transaction(
          "pay",
          async (tx) => {
            await tx.account.create({ data: { id: "new", balance: 0 } });
            await tx.account.create({ data: { id: "ada", balance: 0 } }).catch(() => {});
            return "done";
          },
          { retry: { attempts: 1 } },
        ),
    });
    await using app = await open(provider, transfer);
    await app.prisma.account.create({ data: { id: "ada", balance: 1 } });
    const result = (await app.start("transfer")).result({ timeout: "10s" });
    // PostgreSQL rolls all of it back; SQLite undoes the one statement.
    if (provider === "postgresql")
      await expect(result).rejects.toMatchObject({ code: "RUN_FAILED" });
    else expect(await result).toBe("done");
    expect(await app.prisma.account.count()).toBe(provider === "postgresql" ? 1 : 2);
  });

  it("is tried again when another transaction came between, as the same attempt", async () => {
    let tries = 0;
    const transfer = defineWorkflow({
      name: "transfer",
      run: ({ transaction }) =>
        transaction(
          "pay",
          async (tx) => {
            tries += 1;
            const { balance } = await tx.account.findUniqueOrThrow({ where: { id: "ada" } });
            if (tries === 1)
              await other.account.update({ where: { id: "ada" }, data: { balance: 10 } });
            const data = { balance: balance + 1 };
            return (await tx.account.update({ where: { id: "ada" }, data })).balance;
          },
          { retry: { attempts: 1 }, isolationLevel: "Serializable" },
        ),
    });
    await using app = await open(provider, transfer);
    const other = app.connect();
    await app.prisma.account.create({ data: { id: "ada", balance: 1 } });
    expect(await (await app.start("transfer")).result({ timeout: "10s" })).toBe(11);
    expect(tries).toBe(2);
  });

  it("past its timeout is rolled back", async () => {
    const transfer = defineWorkflow({
      name: "transfer",
      run: ({ transaction }) =>
        transaction(
          "pay",
          async (tx, { signal }) => {
            await tx.account.create({ data: { id: "ada", balance: 5 } });
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          },
          { retry: { attempts: 1 }, timeout: "300ms" },
        ),
    });
    await using app = await open(provider, transfer);
    const result = (await app.start("transfer")).result({ timeout: "10s" });
    await expect(result).rejects.toMatchObject({ cause: { code: "STEP_TIMEOUT" } });
    expect(await app.prisma.account.count()).toBe(0);
  });

  it("of the caller starts a run and sends it an event, first of all that its engine does", async () => {
    const greeting = defineWorkflow({
      name: "greeting",
      events: { go: z.object({ by: z.string() }) },
      run: async ({ waitForEvent }) => (await waitForEvent("go")).by,
    });
    await using database = await DATABASES[provider]();
    const engine = createWorkflowEngine({ prisma: database.prisma, workflows: [greeting] });
    await database.prisma.$transaction(async (tx) => {
      await tx.account.create({ data: { id: "ada", balance: 1 } });
      const run = await engine.start(greeting, undefined, { tx, id: "first" });
      await run.sendEvent("go", { by: "ada" }, { tx });
    });
    await engine.work({ until: "idle" });
    expect(await engine.getHandle("first").result({ timeout: "10s" })).toBe("ada");
    await engine.stop();
  });
});

/** An app with one workflow and a worker in this process. */
async function open(provider: Provider, workflow: AnyWorkflow) {
  const database = await DATABASES[provider]();
  const engine = createWorkflowEngine({
    prisma: database.prisma,
    workflows: [workflow],
    // None of these has one.
    context: () => undefined as never,
  });
  await engine.startWorker();
  return {
    prisma: database.prisma,
    connect: database.connect,
    start: (name: string) => engine.start(name),
    [Symbol.asyncDispose]: async () => {
      await engine.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}
