import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openScene, type Scene } from "./scene.fixture.js";
import { script } from "./script.fixture.js";

/** Until then the heap grows with code, pools and buffers. */
const WARM_UP = 5_000;
const RUNS = 15_000;

describe("runs that wait, on PostgreSQL,", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene("postgresql");
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it("cost rows, not memory of the worker that had them", async () => {
    const worker = await scene.spawn("worker", { lease: "15s", concurrency: 256 }, ["--expose-gc"]);
    await startAndWait(WARM_UP);
    const before = await worker.heap();
    await startAndWait(RUNS);
    const perRun = ((await worker.heap()) - before) / RUNS;
    // Measured: 130 bytes. An execution that is kept alive costs 6,000.
    expect(perRun).toBeLessThan(500);
  }, 120_000);

  async function startAndWait(count: number): Promise<void> {
    const before = await waiting();
    const starts = Array.from({ length: count }, () =>
      scene.engine.start(script, [{ wait: "go" }]),
    );
    await Promise.all(starts);
    await vi.waitFor(async () => expect(await waiting()).toBe(before + count), {
      timeout: 100_000,
      interval: 500,
    });
  }

  async function waiting(): Promise<number> {
    const { counts } = await scene.engine.stats();
    return counts.find(({ status }) => status === "waiting")?.count ?? 0;
  }
});
