import { type Actor, ACTORS, actOf } from "./actors.fixture.js";
import type { Ground } from "./grounds.fixture.js";
import type { RacePoint, RaceState, Schedule } from "./race.fixture.js";

/** Every ordered pair of what races. */
export const PAIRS = ACTORS.flatMap((first) => ACTORS.map((second) => ({ first, second })));

/** All schedules of a pair on a database; every other one has something to undo. */
export function schedulesOf(
  { first, second }: { readonly first: Actor; readonly second: Actor },
  ground: Ground["name"],
): readonly Schedule[] {
  const pair = ACTORS.indexOf(first) + ACTORS.indexOf(second);
  const places = statesOf(first, second).flatMap((state) =>
    pointsOf(first, ground, pair % 2 === 0).map((point) => ({ state, point })),
  );
  return places.map((place, index) => ({
    ...place,
    first,
    second,
    undoable: (pair + index) % 2 === 0,
  }));
}

/** What an execution does needs one; a retry needs a run that has ended. */
function statesOf(first: Actor, second: Actor): readonly RaceState[] {
  if (actOf(first) !== null || actOf(second) !== null) return ["executing"];
  if (first === "retry" || second === "retry") return ["ended"];
  return ["executing", "parked"];
}

/**
 * On SQLite each write is a transaction, and its pairs stop within it and at one of the other points; on
 * PostgreSQL those of operators are, and the others are one statement each; on memory no verb can be
 * interrupted.
 */
function pointsOf(first: Actor, ground: Ground["name"], isEven: boolean): readonly RacePoint[] {
  if (ground === "sqlite") return [isEven ? "before" : "after", "inside"];
  const hasInside = ground === "postgresql" && !ONE_STATEMENT.has(first);
  return hasInside ? ["before", "after", "inside"] : ["before", "after"];
}

const ONE_STATEMENT: ReadonlySet<Actor> = new Set([
  "complete",
  "fail",
  "park",
  "event",
  "takeover",
]);
