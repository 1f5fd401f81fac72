import type { Dialect } from "./dialect.js";

/** Whether a wake makes the run `w` ready: parked, on no hold, and not ready already (that keeps its place). */
const IS_WOKEN = `w.status IN ('waiting', 'compensating') AND w.worker_id IS NULL AND w.queue IS NULL
    AND NOT w.paused AND w.blocked_kind IS NULL`;

/** What the acceptance of `count` events sets on the run `w`. */
export function wakeSet({ now }: Dialect, count: string): string {
  return `wakes = w.wakes + ${count}, revision = w.revision + 1, updated_at = ${now},
  queue = CASE WHEN ${IS_WOKEN} THEN -w.priority ELSE w.queue END,
  due_at = CASE WHEN ${IS_WOKEN} THEN ${now} ELSE w.due_at END`;
}
