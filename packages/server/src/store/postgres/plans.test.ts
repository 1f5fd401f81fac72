import {
  createPostgresDatabase,
  logStatements,
  type PostgresClient,
} from "@trpc-workflow/test-databases";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  end,
  newEvent,
  newRecord,
  newStep,
  sweepRequest,
} from "../../testing/store-conformance/fixtures.js";
import type { ListQuery, Store } from "../store.js";
import { createPostgresStore } from "./postgres-store.js";

const ENDED_RUNS = 20_000;
const WAITING_RUNS = 5_000;

describe("plans beside many ended and waiting runs", () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  beforeAll(async () => {
    database = await createPostgresDatabase();
    await fill(database.prisma);
  }, 60_000);
  afterAll(() => database[Symbol.asyncDispose]());

  /** The plans of the statements that `work` sends, each with its own values. */
  async function plansOf(work: (store: Store) => Promise<unknown>): Promise<string> {
    const { prisma, statements } = logStatements(database.prisma);
    await work(createPostgresStore(prisma, { onCorrupt: () => {} }));
    const plans = await Promise.all(
      statements.map(({ text, values }) =>
        database.prisma.$queryRawUnsafe<Record<string, string>[]>(`EXPLAIN ${text}`, ...values),
      ),
    );
    return plans
      .flat()
      .map((row) => row["QUERY PLAN"])
      .join("\n");
  }

  it("claim along the index of what is due", async () => {
    const plan = await plansOf((store) => store.sweep(sweepRequest({ slots: 64 })));
    expect(plan).toContain("workflow_run_queue_due_at_idx");
    expect(plan).toContain("workflow_run_expires_at_idx");
    expect(plan).toContain("workflow_step_pkey");
    expect(plan).toMatch(/workflow_event_run_id_\w+/);
    expect(plan).toContain("workflow_event_accepted_at_idx");
    expect(plan).not.toMatch(/Seq Scan on workflow_(run|step|event)/);
  });

  it.each([
    ["all", {}, "workflow_run_created_at_id_idx"],
    ["one owner's", { owner: "owner-7" }, "workflow_run_owner_created_at_id_idx"],
    ["waiting", { statuses: ["waiting"] }, "workflow_run_status_created_at_id_idx"],
    [
      "one workflow's waiting",
      { workflow: "checkout", statuses: ["waiting"] },
      /workflow_run_(workflow_)?status_created_at_id_idx/,
    ],
  ] satisfies [string, Partial<ListQuery>, string | RegExp][])(
    "list %s runs along an index",
    async (_, query, index) => {
      const all = { workflow: null, statuses: [], owner: null, tags: [], search: null };
      const rest = { createdAfter: null, createdBefore: null, limit: 50, after: null };
      const plan = await plansOf((store) => store.listRuns({ ...all, ...rest, ...query }));
      expect(plan).toMatch(index);
      expect(plan).not.toMatch(/Seq Scan on workflow_|Sort/);
    },
  );

  it("read an inbox, a run and a send along their keys", async () => {
    const plan = await plansOf(async (store) => {
      await store.loadInbox("waiting-1");
      await store.readRun("waiting-1", { kind: "all" });
      await store.sendEvent(newEvent("waiting-1", { dedupeKey: "once" }));
    });
    expect(plan).toMatch(/workflow_event_run_id_\w+/);
    expect(plan).not.toMatch(/Seq Scan on workflow_/);
  });

  it("record many steps along the keys of their runs", async () => {
    const records = Array.from({ length: 64 }, (_, n) =>
      newRecord(`ended-${n}`, { steps: [newStep("s")], transition: end("completed") }),
    );
    const plan = await plansOf(async (store) => {
      await store.record(records);
      await store.acceptEvents();
    });
    expect(plan).toContain("workflow_run_pkey");
    expect(plan).not.toMatch(/Seq Scan on workflow_(run|step|event)/);
  });
});

/** Ended runs of three steps each, waiting ones of one step and one taken event. */
async function fill(prisma: PostgresClient): Promise<void> {
  await prisma.$executeRawUnsafe(`INSERT INTO workflow_run
    (id, workflow, version, status, owner, search, input_hash, seed, input, created_at, start_at, updated_at, ended_at)
    SELECT 'ended-' || n, 'checkout', '1', 'completed', 'owner-' || n % 100, '[]', '', '', '{}', n, n, n, n
    FROM generate_series(1, ${ENDED_RUNS}) AS n`);
  await prisma.$executeRawUnsafe(`INSERT INTO workflow_run
    (id, workflow, version, status, owner, search, input_hash, seed, input, due_at, expires_at, created_at, start_at, updated_at)
    SELECT 'waiting-' || n, 'checkout', '1', 'waiting', 'owner-' || n % 100, '[]', '', '', '{}', 9e12, 9e12, n, n, n
    FROM generate_series(1, ${WAITING_RUNS}) AS n`);
  await prisma.$executeRawUnsafe(`INSERT INTO workflow_step
    (run_id, key, name, kind, status, position, asked_after, seq, started_at, revision)
    SELECT id, 's' || n, 's', 'step', 'completed', n, 0, n, 1, 1
    FROM workflow_run, generate_series(1, 3) AS n`);
  await prisma.$executeRawUnsafe(`INSERT INTO workflow_event
    (id, run_id, name, payload, seq, step_key, created_at, accepted_at)
    SELECT 'event-' || id, id, 'paid', '{}', 1, 's1', 1, 1 FROM workflow_run`);
  await prisma.$executeRawUnsafe("ANALYZE");
}
