/** A number from 0 (included) to 1 (excluded), the next of a seeded sequence. */
export type Random = () => number;

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A program that a handler interprets. */
export type Program =
  | StepNode
  | { readonly kind: "never"; readonly name: string }
  | { readonly kind: "sleep"; readonly name: string; readonly ms: number }
  | {
      readonly kind: "wait";
      readonly event: EventName;
      readonly key: string | undefined;
      readonly timeoutMs: number | undefined;
    }
  | { readonly kind: "child"; readonly name: string; readonly fails: boolean }
  | { readonly kind: "hops"; readonly count: number }
  | { readonly kind: "log" }
  | { readonly kind: "patched"; readonly id: string; readonly yes: Program }
  | { readonly kind: "sequence"; readonly parts: readonly Program[] }
  | { readonly kind: "loop"; readonly times: number; readonly body: Program }
  | { readonly kind: "try"; readonly body: Program; readonly handler: Program }
  | { readonly kind: "if"; readonly yes: Program; readonly no: Program }
  | { readonly kind: "parallel"; readonly how: Combinator; readonly parts: readonly Program[] };

export interface StepNode {
  readonly kind: "step" | "transaction";
  readonly name: string;
  /** How many attempts throw; `Infinity` for all. */
  readonly failures: number;
  readonly undo: "none" | "works" | "works later";
  readonly optional: boolean;
}

export type Combinator = "all" | "race" | "any" | "allSettled";
export type EventName = "ev1" | "ev2";

export interface ProgramOptions {
  /** Whether names come again, in loops and in parallel branches. */
  readonly names: "unique" | "repeated";
  /** Whether steps are undone. */
  readonly undo: boolean;
}

/** Draws a program. */
export function randomProgram(random: Random, options: ProgramOptions): Program {
  let count = 0;
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const several = <T>(make: () => T): T[] =>
    Array.from({ length: 2 + Math.floor(random() * 2) }, make);
  const named = (name: string): string => (options.names === "unique" ? `${name}${count}` : name);

  function leaf(): Program {
    count += 1;
    const kind = random();
    if (kind < 0.03) return { kind: "never", name: named("never") };
    if (kind < 0.1) return { kind: "sleep", name: named("nap"), ms: Math.floor(random() * 3_000) };
    if (kind < 0.25) return wait();
    if (kind < 0.3)
      return { kind: "child", name: named(pick(["a", "kid"])), fails: random() < 0.2 };
    if (kind < 0.36) return { kind: "log" };
    if (kind < 0.4) return { kind: "hops", count: 1 + Math.floor(random() * 5) };
    return step();
  }

  function wait(): Program {
    return {
      kind: "wait",
      event: pick(["ev1", "ev2"]),
      key: random() < 0.6 ? named(pick(["k1", "k2"])) : undefined,
      timeoutMs: random() < 0.6 ? Math.floor(random() * 4_000) : undefined,
    };
  }

  function step(): StepNode {
    const kind = random() < 0.25 ? "transaction" : "step";
    const failing = random();
    return {
      kind,
      // A name may come as another kind as well: they share one count.
      name: named(pick(["a", "b", "c"])),
      failures: failing < 0.12 ? Infinity : failing < 0.25 ? 1 : 0,
      undo: options.undo && random() < 0.35 ? pick(["works", "works", "works later"]) : "none",
      optional: random() < 0.15,
    };
  }

  function node(depth: number): Program {
    if (depth > 3 || count > 14) return leaf();
    const inner = (): Program => node(depth + 1);
    const kind = random();
    if (kind < 0.2) return leaf();
    if (kind < 0.42) return { kind: "sequence", parts: several(inner) };
    if (kind < 0.7) {
      return {
        kind: "parallel",
        how: pick(["all", "race", "any", "allSettled", "race"]),
        parts: several(inner),
      };
    }
    if (kind < 0.77) {
      return options.names === "repeated"
        ? { kind: "loop", times: 2, body: node(depth + 2) }
        : { kind: "sequence", parts: several(leaf) };
    }
    if (kind < 0.84) return { kind: "try", body: inner(), handler: inner() };
    if (kind < 0.88) return { kind: "patched", id: `p${count}`, yes: inner() };
    return { kind: "if", yes: inner(), no: inner() };
  }

  return { kind: "sequence", parts: several(() => node(0)) };
}
