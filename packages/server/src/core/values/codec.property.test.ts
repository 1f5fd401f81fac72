import { expect, it } from "vitest";
import { createCodec } from "./codec.js";

/** Seeds of a run that failed can be put here to have it again. */
const SEEDS = Array.from({ length: 3_000 }, (_, index) => index + 1);

it("any value comes back as it went in, through text that any database keeps", () => {
  const codec = createCodec();
  for (const seed of SEEDS) {
    const value = valueFrom(mulberry32(seed), 4);
    const text = codec.encode(value, "output");
    expect(codec.decode(text), `seed ${seed}`).toStrictEqual(value);
    expect(text, `seed ${seed}`).not.toMatch(/\p{Surrogate}|\p{Cc}/u);
    expect(codec.encode(codec.decode(text), "output"), `seed ${seed} again`).toBe(text);
  }
});

it("any plain data is written as JSON writes it", () => {
  const codec = createCodec();
  for (const seed of SEEDS) {
    const value: unknown = JSON.parse(JSON.stringify(valueFrom(mulberry32(seed), 4, PLAIN)));
    expect(codec.encode(value, "output"), `seed ${seed}`).toBe(JSON.stringify(value));
  }
});

type Random = () => number;
type Make = (random: Random, depth: number, makers: readonly Make[]) => unknown;

function valueFrom(random: Random, depth: number, makers: readonly Make[] = ALL): unknown {
  return pick(random, depth > 0 ? makers : makers.filter((make) => !NESTING.has(make)))(
    random,
    depth - 1,
    makers,
  );
}

const makeString: Make = (random) =>
  Array.from({ length: integer(random, 6) }, () =>
    pick(random, ["a", "~", "\0", "\ud800", "\udfff", "💳", '"', "\\", "\u2028", "__proto__"]),
  ).join("");
const makeNumber: Make = (random) =>
  pick(random, [0, 1, -1.5, 1e300, 5e-324, Math.trunc(random() * 2 ** 53)]);
const makeConstant: Make = (random) => pick(random, [null, true, false]);
const makeArray: Make = (random, depth, makers) =>
  Array.from({ length: integer(random, 4) }, () => valueFrom(random, depth, makers));
const makeObject: Make = (random, depth, makers) =>
  Object.fromEntries(
    Array.from({ length: integer(random, 4) }, () => [
      `k${String(makeString(random, 0, makers))}`,
      valueFrom(random, depth, makers),
    ]),
  );
const makeOdd: Make = (random) =>
  pick<unknown>(random, [undefined, -0, Number.NaN, Infinity, -Infinity, 7n, -(2n ** 70n)]);
const makeDate: Make = (random) =>
  new Date(pick(random, [Number.NaN, 0, Math.trunc((random() - 0.5) * 1.7e16)]));
const makeBytes: Make = (random) =>
  pick<unknown>(random, [new Uint8Array([integer(random, 256)]), new Float32Array([-0, random()])]);
const makeOther: Make = (random) =>
  pick<unknown>(random, [/~\0/u, new URL("https://example.com/?a=~"), new ArrayBuffer(3)]);
const makeMap: Make = (random, depth, makers) =>
  new Map(
    Array.from({ length: integer(random, 4) }, () => [
      valueFrom(random, depth, makers),
      valueFrom(random, depth, makers),
    ]),
  );
const makeSet: Make = (random, depth, makers) =>
  new Set(makeArray(random, depth, makers) as unknown[]);
const makeSparse: Make = (random, depth, makers) => {
  const sparse = makeArray(random, depth, makers) as unknown[];
  sparse.length += integer(random, 3);
  if (sparse.length > 0) delete sparse[integer(random, sparse.length)];
  return sparse;
};

const PLAIN = [makeString, makeNumber, makeConstant, makeArray, makeObject];
const ALL = [...PLAIN, makeOdd, makeDate, makeBytes, makeOther, makeMap, makeSet, makeSparse];
const NESTING = new Set([makeArray, makeObject, makeMap, makeSet, makeSparse]);

function pick<T>(random: Random, from: readonly T[]): T {
  return from[integer(random, from.length)] as T;
}

function integer(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** A small generator whose whole state is its seed. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
