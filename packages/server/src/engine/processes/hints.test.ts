import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, openScene, type Scene, type SceneEngine } from "./scene.fixture.js";

/** An idle worker looks once in a second, and so does who watches a run of another process. */
const POLLS_MS = 1_000;

describe("wake-up hints between processes, on PostgreSQL,", () => {
  let scene: Scene;
  let engine: SceneEngine;
  beforeAll(async () => {
    scene = await openScene("postgresql");
    engine = scene.createEngine({ listen: scene.database.url });
    await scene.spawn("worker", { lease: "15s", listen: scene.database.url });
    await eventually(async () => expect(await listeners()).toHaveLength(2));
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const listeners = () =>
    scene.database.prisma.$queryRawUnsafe<{ pid: number }[]>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
       AND (query LIKE 'LISTEN %' OR query LIKE 'SELECT pg_notify(%')`,
    );

  /** From an event sent here to the end of its run, executed there, seen here. */
  async function timeOfEvent(): Promise<number> {
    const run = await engine.start("script", [{ wait: "go" }]);
    await eventually(async () => expect((await run.get()).waitingFor?.kind).toBe("event"));
    const sentAt = performance.now();
    await run.sendEvent("go", { by: "ada" });
    await run.result({ timeout: "20s" });
    return performance.now() - sentAt;
  }

  it("are faster than polling", async () => {
    const times: number[] = [];
    for (let round = 0; round < 7; round += 1) times.push(await timeOfEvent());
    const median = times.toSorted((a, b) => a - b)[3];
    expect(median).toBeLessThan(POLLS_MS / 4);
  });

  it("are missed by nothing when their connections break, and come back", async () => {
    await scene.database.prisma.$queryRawUnsafe(
      `SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (query LIKE 'LISTEN %' OR query LIKE 'SELECT pg_notify(%')`,
    );
    expect(await timeOfEvent()).toBeLessThan(5 * POLLS_MS);
    await eventually(async () => expect(await listeners()).toHaveLength(2));
  });

  it("are not needed: with nobody to listen to, workers poll", async () => {
    const url = "postgresql://nobody@127.0.0.1:1/nothing";
    const poller = await scene.spawn("poller", { listen: url });
    const { id } = await poller.start("script", [{ step: "a" }, { sleep: 300 }, { step: "b" }]);
    await engine.getHandle(id).result({ timeout: "20s" });
    await poller.kill();
  });
});
