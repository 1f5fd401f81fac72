import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, openScene, PROVIDERS, type Scene } from "./scene.fixture.js";

describe.each(PROVIDERS)("on %s, a worker process", (provider) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(provider);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const whats = async (runId: string) =>
    (await scene.effects(runId)).map(({ name, what }) => `${name}: ${what}`);

  it("that is slow past its lease records nothing any more", async () => {
    const slow = await scene.spawn("slow", { lease: "1s" });
    const { id } = await slow.start("script", [
      { step: "a", gate: "slow-goes-on", gateIn: ["slow"] },
      { step: "b", gate: "fast-goes-on", gateIn: ["fast"] },
    ]);
    await eventually(async () => expect(await whats(id)).toContain("slow: begin a"));
    slow.freeze();
    const fast = await scene.spawn("fast", { lease: "1s" });
    await eventually(async () => expect(await whats(id)).toContain("fast: begin b"));

    await scene.openGate("slow-goes-on");
    slow.thaw();
    await eventually(async () => expect(await whats(id)).toContain("slow: end a"));
    await slow.stop();
    const run = await scene.engine.get(id);
    expect(run).toMatchObject({ status: "running", steps: [{ key: "a", output: "fast" }, {}] });

    await scene.openGate("fast-goes-on");
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    expect(await scene.engine.get(id)).toMatchObject({ output: ["fast", "fast"] });
    await Promise.all([fast.kill(), slow.kill()]);
  });

  it("whose steps block its event loop for longer than the lease gets them done", async () => {
    const [one, two] = await Promise.all([
      scene.spawn("one", { lease: "500ms" }),
      scene.spawn("two", { lease: "500ms" }),
    ]);
    const { id } = await one.start("script", [{ step: "long", blockMs: 1_500 }]);
    await scene.engine.getHandle(id).result({ timeout: "30s" });
    // Leases of 0.5, 1, 2 and 4 seconds; the third is long enough, if the process gets its time.
    const begun = (await whats(id)).filter((line) => line.endsWith("begin long"));
    expect(begun.length).toBeLessThanOrEqual(4);
    await Promise.all([one.kill(), two.kill()]);
  });

  it("that a run takes down each time fails it after `maxRecoveries`, without undo", async () => {
    const options = { lease: "200ms", maxRecoveries: 1 };
    const first = await scene.spawn("p0", options);
    const started = await first
      .start(
        "script",
        [
          { step: "a", undo: {} },
          { step: "deadly", diesIn: ["p0", "p1", "p2"] },
        ],
        { idempotencyKey: "deadly" },
      )
      .catch(() => null);
    await first.gone;
    const { id } = started ?? (await scene.engine.list()).items[0] ?? { id: "" };
    // The first takeover comes after something was recorded; two in a row without are one too many.
    for (const name of ["p1", "p2"]) await (await scene.spawn(name, options)).gone;
    const last = await scene.spawn("p3", options);
    const result = scene.engine.getHandle(id).result({ timeout: "20s" });
    await expect(result).rejects.toMatchObject({ cause: { code: "RECOVERY_LIMIT" } });
    expect((await whats(id)).filter((line) => line.endsWith("begin deadly"))).toEqual(
      ["p0", "p1", "p2"].map((name) => `${name}: begin deadly`),
    );
    expect((await scene.engine.get(id)).steps[0]).toMatchObject({
      status: "completed",
      undo: null,
    });
    await last.kill();
  });
});
