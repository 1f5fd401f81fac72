import { describe, expect, it } from "vitest";
import { isWorkflowError } from "../../core/errors.js";
import { isEnded, publicRunStatus } from "../../core/status.js";
import { Audit } from "./audit.fixture.js";
import { type Ground, GROUNDS } from "./grounds.fixture.js";
import { openProcess, type Process } from "./process.fixture.js";
import { type Act, defineRaced } from "./raced-workflow.fixture.js";

describe.each(Object.keys(GROUNDS) as Ground["name"][])("three engines on %s", (name) => {
  it(
    "bring thirty runs to one outcome each, whatever operators do meanwhile",
    { timeout: 60_000 },
    async () => {
      await using ground = await GROUNDS[name]();
      const audit = new Audit(ground.store);
      const random = createRandom(SEED);
      const workflow = defineRaced(`stressed-${name}`, { undoable: true });
      const open = (n: number): Process =>
        openProcess(ground, {
          n,
          workflows: [workflow],
          audit,
          act: async () => pick<Act>(random, ["park", "park", "complete", "fail"]),
        });
      await using one = open(0);
      await using two = open(1);
      await using three = open(2);
      const engines = [one, two, three].map(({ engine }) => engine);
      for (const process of [one, two, three]) await process.join();

      const runIds: string[] = [];
      for (let n = 0; n < RUNS; n += 1) {
        const { id } = await pick(random, engines).start(workflow.name, undefined as never);
        runIds.push(id);
      }
      let payload = 0;
      const operate = async (): Promise<void> => {
        const engine = pick(random, engines);
        const runId = pick(random, runIds);
        switch (pick(random, OPERATIONS)) {
          case "cancel":
            return engine.cancel(runId);
          case "pause":
            return engine.pause(runId);
          case "resume":
            return engine.resume(runId);
          case "retry":
            return engine.retry(runId);
          case "wake":
            return engine.wake(runId);
          case "expire":
            return ground.expire(runId);
          default: {
            const sent = (payload += 1);
            await engine.sendEvent(runId, "go", sent);
            audit.accepted(runId, sent);
          }
        }
      };
      const endsAt = performance.now() + STRESS_MS;
      const operator = async (): Promise<void> => {
        while (performance.now() < endsAt) await refusable(operate);
      };
      await Promise.all(Array.from({ length: OPERATORS }, operator));

      for (let round = 0; round < 10; round += 1) {
        for (const { engine } of [one, two, three]) await engine.work({ until: "idle" });
        for (const process of [one, two, three]) await process.whenIdle();
        const live = [];
        for (const runId of runIds) {
          const run = await audit.look(runId);
          if (!isEnded(run.status)) live.push(run);
        }
        if (live.length === 0) break;
        for (const run of live) {
          if (publicRunStatus(run) === "paused") await refusable(() => one.engine.resume(run.id));
          await refusable(() => one.engine.wake(run.id));
          await refusable(async () => {
            const sent = (payload += 1);
            await one.engine.sendEvent(run.id, "go", sent);
            audit.accepted(run.id, sent);
          });
        }
      }
      for (const runId of runIds) await audit.conclude(runId);
      expect([...new Set(audit.findings)].join("\n")).toBe("");
    },
  );
});

const SEED = 20_261_123;
const RUNS = 30;
const OPERATORS = 6;
const STRESS_MS = 2_500;

/** Runs are retried often enough that all kinds of operations find one that they apply to. */
const OPERATIONS = [
  "cancel",
  "pause",
  "resume",
  "resume",
  "retry",
  "retry",
  "retry",
  "wake",
  "wake",
  "event",
  "event",
  "expire",
] as const;

async function refusable(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isWorkflowError(error)) throw error;
  }
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** mulberry32 */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
