import type { RunRow, StepKind, StepRow } from "../core/rows.js";
import type { OnAsk } from "../engine/replay.js";
import type { RunRecord } from "../store/store.js";

/** One call of a handler: what it asked for, each with the place of the outcome delivered before. */
interface Life {
  readonly iteration: number;
  readonly asks: Map<string, { readonly kind: StepKind; readonly after: number }>;
}

/** What the handler of one run asked for in all its calls, and the outcomes that they were handed. */
export class AskLog {
  readonly #lives: Life[] = [];
  /** By iteration and place: which step it was, and with what outcome. */
  readonly #outcomes = new Map<number, string[]>();
  #iteration = 1;

  /** The handler is about to be called. */
  begin(run: RunRow): OnAsk {
    const life: Life = { iteration: run.iteration, asks: new Map() };
    this.#lives.push(life);
    return ({ key, kind }, after) => void life.asks.set(key, { kind, after });
  }

  /** Something was recorded. */
  recorded({ steps, transition }: RunRecord): void {
    const outcomes = this.#outcomesOf(this.#iteration);
    for (const step of steps) if (step.seq !== null) outcomes[step.seq - 1] = describe(step);
    this.#outcomes.set(this.#iteration, outcomes);
    if (transition?.kind === "continue") this.#iteration += 1;
  }

  /**
   * How the calls of this log ask for other steps than those of a straight run, or than one another,
   * after the same outcomes; `null` where they do not. `isComplete` says that the straight run came to
   * its end or to rest.
   */
  findDifference(straight: AskLog, isComplete: boolean): string | null {
    for (const [index, life] of this.#lives.entries()) {
      const same = (other: Life): boolean => other.iteration === life.iteration;
      const reference = straight.#longest(life.iteration);
      const before = this.#lives.slice(0, index).findLast(same);
      const difference =
        (reference && this.#compare(life, straight, reference, isComplete)) ??
        (before && this.#compare(before, this, life, false));
      if (difference) return difference;
    }
    return null;
  }

  /** Compares what a call asked for, up to where the outcomes part, with another call. */
  #compare(life: Life, others: AskLog, other: Life, isOtherComplete: boolean): string | null {
    const mine = this.#outcomesOf(life.iteration);
    const theirs = others.#outcomesOf(other.iteration);
    const parts = mine.findIndex((outcome, index) => outcome !== theirs[index]);
    const common = Math.min(parts === -1 ? mine.length : parts, theirs.length);
    return (
      findMissing(life, other, common, isOtherComplete) ?? findMissing(other, life, common, false)
    );
  }

  #outcomesOf(iteration: number): string[] {
    return this.#outcomes.get(iteration) ?? [];
  }

  #longest(iteration: number): Life | undefined {
    return this.#lives
      .filter((life) => life.iteration === iteration)
      .reduce<Life | undefined>(
        (longest, life) => (life.asks.size > (longest?.asks.size ?? -1) ? life : longest),
        undefined,
      );
  }
}

/**
 * The first step that one call asked for up to a place and that another, which went further, did not
 * ask for at all, or as another kind.
 */
function findMissing(life: Life, other: Life, upTo: number, isComplete: boolean): string | null {
  const wentFurther = isComplete || [...other.asks.values()].some(({ after }) => after > upTo);
  for (const [key, { kind, after }] of life.asks) {
    const found = other.asks.get(key);
    if (after > upTo || (found === undefined && !wentFurther)) continue;
    if (found === undefined) return `${kind} "${key}"`;
    if (found.kind !== kind) return `"${key}" as ${kind} and as ${found.kind}`;
  }
  return null;
}

function describe({ key, status, timedOut, output, error }: StepRow): string {
  return JSON.stringify([key, status, timedOut, output, error === null]);
}
