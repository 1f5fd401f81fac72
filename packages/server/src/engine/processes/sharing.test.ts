import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, openScene, PROVIDERS, type Scene } from "./scene.fixture.js";
import { script } from "./script.fixture.js";
import type { Program } from "./spawn-program.fixture.js";

describe.each(PROVIDERS)("two worker processes on %s", (provider) => {
  let scene: Scene;
  let one: Program;
  let two: Program;
  beforeAll(async () => {
    scene = await openScene(provider);
    [one, two] = await Promise.all([
      scene.spawn("one", { lease: "15s" }),
      scene.spawn("two", { lease: "15s" }),
    ]);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const whats = async (runId: string) => (await scene.effects(runId)).map(({ what }) => what);

  it("start one run for one idempotency key, whichever of 50 concurrent starts is first", async () => {
    const starts = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? one : two).start("script", [{ step: "a" }], { idempotencyKey: "k" }),
      ),
    );
    expect(new Set(starts.map(({ id }) => id)).size).toBe(1);
    expect(starts.filter(({ created }) => created)).toHaveLength(1);
    const id = starts[0]?.id ?? "";
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    expect(await whats(id)).toEqual(["begin a", "end a"]);
  });

  it("write at the same time, each step once", async () => {
    const acts = Array.from({ length: 5 }, (_, index) => ({ step: `s${index}` }));
    const starts = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? one : two).start("script", acts)),
    );
    for (const { id } of starts) await scene.engine.getHandle(id).result({ timeout: "30s" });
    const once = acts.flatMap(({ step }) => [`begin ${step}`, `end ${step}`]);
    for (const { id } of starts) expect(await whats(id)).toEqual(once);
  });

  it("have a step see the cancel of another process within a second", async () => {
    const { id } = await one.start("script", [{ step: "a", gate: "after-cancel" }]);
    await eventually(async () => expect(await whats(id)).toContain("begin a"));
    const cancelledAt = Date.now();
    await two.cancel(id);
    await eventually(async () => expect(await whats(id)).toContain("abort a"));
    expect(Date.now() - cancelledAt).toBeLessThan(1_300);
    await scene.openGate("after-cancel");
    await eventually(async () => expect((await scene.engine.get(id)).status).toBe("cancelled"));
  });

  it("are watched by two engines of another process, which see the same end", async () => {
    const { id } = await one.start("script", [{ step: "a" }, { wait: "go" }, { step: "b" }]);
    const watchers = [scene.engine, scene.createEngine()];
    const seen = watchers.map(async (engine) => {
      const statuses: string[] = [];
      let revision = 0;
      for await (const snapshot of engine.watch(id)) {
        expect(snapshot.revision).toBeGreaterThan(revision);
        ({ revision } = snapshot);
        statuses.push(snapshot.status);
        if (snapshot.waitingFor?.kind === "event" && engine === scene.engine)
          await engine.sendEvent(id, "go", { by: "ada" }, { dedupeKey: "once" });
      }
      return { last: statuses.at(-1), revision };
    });
    const [first, second] = await Promise.all(seen);
    expect(first?.last).toBe("completed");
    expect(second).toEqual(first);
  });

  it("know of a run and of an event only once the transaction that made them is committed", async () => {
    const { prisma } = scene.database;
    const { id } = await one.start("script", [{ wait: "go" }]);
    await eventually(async () =>
      expect((await scene.engine.get(id)).waitingFor?.kind).toBe("event"),
    );
    const rolledBack = prisma.$transaction(async (tx) => {
      const run = await scene.engine.start(script, [{ step: "a" }], { tx, id: "rolled-back" });
      await scene.engine.sendEvent(id, "go", { by: "nobody" }, { tx });
      expect(run.created).toBe(true);
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    await expect(scene.engine.get("rolled-back")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });

    await prisma.$transaction(async (tx) => {
      await scene.engine.start(script, [{ step: "a" }], { tx, id: "committed" });
      await scene.engine.sendEvent(id, "go", { by: "ada" }, { tx });
      await tx.account.create({ data: { id: "ada", balance: 1 } });
    });
    await scene.engine.getHandle("committed").result({ timeout: "20s" });
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    expect(await scene.engine.get(id)).toMatchObject({ output: ["ada"] });
    expect(await whats("rolled-back")).toEqual([]);
  });

  it("hand over at once when one stops drained", async () => {
    const { id } = await one.start("script", [
      { step: "a", gate: "stopping", gateIn: ["one"] },
      { step: "b" },
    ]);
    await eventually(async () => expect(await whats(id)).toContain("begin a"));
    const stopped = one.stop();
    await scene.openGate("stopping");
    await stopped;
    const stoppedAt = Date.now();
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    const run = await scene.engine.get(id);
    expect(run).toMatchObject({ output: ["one", "two"] });
    // The other one looks once a second; nothing has to lapse.
    expect(Number(run.endedAt) - stoppedAt).toBeLessThan(1_500);
    expect(await whats(id)).toEqual(["begin a", "end a", "begin b", "end b"]);
  });
});
