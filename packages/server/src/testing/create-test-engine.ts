import { randomBytes } from "node:crypto";
import { parseDuration } from "../core/duration.js";
import { TestBench } from "./test-bench.js";
import type { CreateTestEngine } from "./testing-types.js";

/**
 * The real engine and the real handlers on a database in memory, with a virtual clock and one worker:
 * `await using` stops it.
 *
 * @example
 * ```ts
 * await using t = await createTestEngine({ workflows: [checkout] });
 * const run = await t.engine.start(checkout, { orderId: "1", amount: 20_000 });
 * await t.engine.sendEvent(run.id, "approved", { by: "ada" });
 * await t.advance("1 hour");
 * expect((await t.settled(run.id)).status).toBe("completed");
 * ```
 */
export const createTestEngine: CreateTestEngine = async (options) => {
  const context: unknown = Reflect.get(options, "context");
  const bench = new TestBench({
    ...options,
    context: () => (typeof context === "function" ? (context() as unknown) : context),
    seed: () => randomBytes(24).toString("base64url"),
  });
  await bench.startWorker();
  return {
    engine: bench.engine as never,
    advance: (duration) => bench.advance(parseDuration(duration, "The duration to advance by")),
    settled: (runId) => bench.settled(runId) as never,
    [Symbol.asyncDispose]: () => bench.stop(),
  };
};
