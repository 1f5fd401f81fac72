import { replaceEqualDeep } from "@tanstack/react-query";
import type { AnyRun } from "./workflow-calls.js";

/**
 * The structural sharing of a run's query: what was read before a snapshot came, and arrives after it,
 * does not take its place. `get` and the live connection may answer in any order.
 */
export function newestRun(known: unknown, next: unknown): unknown {
  const [a, b] = [known, next] as [AnyRun | undefined, AnyRun];
  return a !== undefined && a.id === b.id && a.revision > b.revision
    ? a
    : replaceEqualDeep(known, next);
}
