import type { Dialect } from "./dialect.js";

/** The tables whose rows go with their run. */
export const TABLES_OF_RUN = [
  "workflow_step",
  "workflow_event",
  "workflow_log",
  "workflow_stream_part",
] as const;

/**
 * The runs to prune: `$1` is the time, `$2` the phases, `$3` how many. Guard: ended before then, and no
 * live parent may ask for it again. Oldest first, along an
 * index.
 */
export function prunableRuns({ isIn }: Dialect): string {
  return `SELECT w.id FROM workflow_run AS w
WHERE ${isIn("w.status", "$2")} AND w.ended_at < CAST($1 AS bigint)
  AND (w.parent_id IS NULL OR w.detached OR NOT EXISTS (
    SELECT 1 FROM workflow_run AS p WHERE p.id = w.parent_id AND p.ended_at IS NULL))
ORDER BY w.ended_at LIMIT CAST($3 AS integer)`;
}
