import type { EventRow } from "../core/rows.js";

/** The order in which events are accepted, and in which they are taken; those not accepted yet come last. */
export function byAcceptance(a: EventRow, b: EventRow): number {
  // Infinity minus infinity is NaN, which `||` passes over.
  return (a.seq ?? Infinity) - (b.seq ?? Infinity) || a.createdAt - b.createdAt || byId(a, b);
}

function byId(a: EventRow, b: EventRow): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
