import { expect, it } from "vitest";
import { cutEverywhere, retryEverywhere, type Trial } from "./trial.fixture.js";

/** How many programs to try, and with which seed to begin: more by hand. */
const PROGRAMS = Number(process.env.PROPERTY_PROGRAMS ?? 50);
const FIRST = Number(process.env.PROPERTY_FIRST ?? 1);

it("goes on after a cut at any commit as if nothing had happened", { timeout: 0 }, async () => {
  expect(await tryAll((seed) => cutEverywhere(seed))).toEqual([]);
});

it(
  "retries from any recorded step, and keeps what does not depend on it",
  { timeout: 0 },
  async () => {
    expect(await tryAll(retryEverywhere)).toEqual([]);
  },
);

/** The first problems of all programs. */
async function tryAll(trial: (seed: number) => Promise<Trial>): Promise<readonly string[]> {
  const problems: string[] = [];
  let executions = 0;
  for (let seed = FIRST; seed < FIRST + PROGRAMS; seed += 1) {
    const tried = await trial(seed);
    problems.push(...tried.problems);
    executions += tried.executions;
  }
  expect(executions).toBeGreaterThan(PROGRAMS / 10);
  return problems.slice(0, 20);
}
