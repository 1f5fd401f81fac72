import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, openScene, type Scene } from "./scene.fixture.js";
import { script } from "./script.fixture.js";

const OPEN_MS = 5_000;

describe("a caller's transaction that stays open, on PostgreSQL,", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene("postgresql");
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it("holds up no other run, and no lease", async () => {
    const worker = await scene.spawn("worker");
    const watcher = await scene.spawn("watcher");
    const held = await worker.start("script", [
      { step: "a", gate: "in-transaction" },
      { wait: "go" },
    ]);
    await eventually(async () => expect(await scene.effects(held.id)).toHaveLength(1));

    const waves: number[] = [];
    await scene.database.prisma.$transaction(
      async (tx) => {
        const openUntil = Date.now() + OPEN_MS;
        await scene.engine.sendEvent(held.id, "go", { by: "ada" }, { tx });
        await scene.engine.start(script, [{ step: "a" }], { tx, id: "later" });
        await tx.$queryRaw`SELECT id FROM workflow_run WHERE id = ${held.id} FOR UPDATE`;
        // Its outcome has to wait for the row.
        await scene.openGate("in-transaction");
        while (Date.now() < openUntil) {
          const startedAt = performance.now();
          const runs = await Promise.all(
            Array.from({ length: 10 }, () =>
              worker.start("script", [{ step: "a" }, { step: "b" }]),
            ),
          );
          await Promise.all(
            runs.map(({ id }) => scene.engine.getHandle(id).result({ timeout: "20s" })),
          );
          waves.push(performance.now() - startedAt);
        }
      },
      { timeout: 30_000 },
    );
    expect(Math.max(...waves)).toBeLessThan(OPEN_MS / 2);

    await scene.engine.getHandle("later").result({ timeout: "20s" });
    await scene.engine.getHandle(held.id).result({ timeout: "20s" });
    expect(await scene.engine.get(held.id)).toMatchObject({ output: ["worker", "ada"] });
    expect((await scene.effects(held.id)).map(({ what }) => what)).toEqual(["begin a", "end a"]);
    await watcher.kill();
  });
});
