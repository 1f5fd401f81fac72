import type { PrismaRaw } from "../../core/prisma-like.js";
import { newRunRow } from "../new-run-row.js";
import { encodeSearch } from "../search-text.js";
import type { InsertedRun, NewRun } from "../store.js";
import { runCodec } from "./codecs.js";
import type { ColumnType } from "./column.js";
import { toParameter } from "./parameter.js";
import type { JsonRow, SqlClient } from "./sql-client.js";

/** The columns that a new run has a value of its own for; the others begin at their defaults. */
const names =
  `id workflow version status owner tags search idempotency_key input_hash priority trace_id
  parent_id parent_key detached seed format input queue due_at expires_at worker_id lease_token
  lease_ms created_at start_at started_at iteration_at updated_at deadline_at`.split(/\s+/);

/** The same, with their types. */
export const NEW_RUN_COLUMNS: Readonly<Record<string, ColumnType>> = Object.fromEntries(
  names.map((name) => [name, runCodec.types[name] ?? "text"]),
);

/**
 * The INSERT of runs whose rows `from` names, as `n`. No conflict is an error: one run whose id or key
 * is in use must not fail the others of its batch.
 */
export function insertRunsFrom(from: string): string {
  return `INSERT INTO workflow_run (${names.join(", ")})
SELECT ${names.map((name) => `n.${name}`).join(", ")} FROM ${from}
WHERE true
ON CONFLICT DO NOTHING`;
}

/** A new run as a row of `NEW_RUN_COLUMNS`. */
export function writeNewRun(run: NewRun): Record<string, unknown> {
  const row = newRunRow(run);
  const stored = runCodec.write(row);
  return Object.fromEntries(
    names.map((name) => [name, name === "search" ? encodeSearch(row) : stored[name]]),
  );
}

/** `Store.insertRuns`: one statement, and a second one only where a run was not inserted. */
export function createInsertRuns(client: SqlClient) {
  const { dialect, query } = client;
  const insert = `${insertRunsFrom(dialect.rows("$1", "n", NEW_RUN_COLUMNS))}\nRETURNING id`;
  // By key as well as by id: a run that has the key answers, whatever has the id.
  const explain = `SELECT ${dialect.object("r", ["id", "workflow", "owner", "idempotency_key", "input_hash"])} AS json
FROM ${dialect.rows("$1", "n", { id: "text", workflow: "text", owner: "text", idempotency_key: "text" })}
JOIN workflow_run AS r ON r.workflow = n.workflow AND r.owner = n.owner AND r.idempotency_key = n.idempotency_key`;

  return async (runs: readonly NewRun[], tx?: PrismaRaw): Promise<readonly InsertedRun[]> => {
    if (runs.length === 0) return [];
    const inserted = await query<{ id: string }>(insert, [toParameter(runs.map(writeNewRun))], tx);
    // Taken out one by one: of two runs with one id in `runs`, the first was created.
    const created = new Set(inserted.map(({ id }) => id));
    const isCreated = runs.map((run) => created.delete(run.id));
    const refused = runs.filter((_, index) => !isCreated[index]);
    const keyed = refused.filter((run) => run.idempotencyKey !== null).map(runCodec.write);
    const holders =
      keyed.length === 0 ? [] : await query<JsonRow>(explain, [toParameter(keyed)], tx);
    const byKey = new Map(
      holders.map(({ json }) => {
        const holder = JSON.parse(json) as Holder;
        return [keyOf(holder.workflow, holder.owner, holder.idempotency_key), holder];
      }),
    );
    return runs.map((run, index) => {
      if (isCreated[index]) return { kind: "created" };
      const holder = byKey.get(keyOf(run.workflow, run.owner, run.idempotencyKey));
      if (holder === undefined) return { kind: "taken" };
      return { kind: "existing", id: holder.id, inputHash: holder.input_hash };
    });
  };
}

interface Holder {
  readonly id: string;
  readonly workflow: string;
  readonly owner: string;
  readonly idempotency_key: string;
  readonly input_hash: string;
}

function keyOf(workflow: string, owner: string, key: string | null): string {
  return JSON.stringify([workflow, owner, key]);
}
