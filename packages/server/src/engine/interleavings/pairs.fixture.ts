import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ground, GROUNDS } from "./grounds.fixture.js";
import { race } from "./race.fixture.js";
import { PAIRS, schedulesOf } from "./schedules.fixture.js";

/** Plays all schedules on one database. */
export function describePairs(name: Ground["name"]): void {
  describe(`a race on ${name}`, () => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await GROUNDS[name]();
    }, 60_000);
    afterAll(() => ground[Symbol.asyncDispose]());

    it.for(PAIRS)("ends well between $first and $second", { timeout: 60_000 }, async (pair) => {
      const found: string[] = [];
      for (const schedule of schedulesOf(pair, name)) {
        const findings = await race(ground, schedule);
        const { state, point, undoable } = schedule;
        const title = `${state}, ${point}${undoable ? ", with an undo" : ""}`;
        found.push(...findings.map((finding) => `${title}: ${finding}`));
      }
      expect(found.join("\n")).toBe("");
    });
  });
}
