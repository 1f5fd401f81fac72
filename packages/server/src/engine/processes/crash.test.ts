import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Act } from "./script.fixture.js";
import { eventually, openScene, PROVIDERS, type Scene } from "./scene.fixture.js";
import type { Program } from "./spawn-program.fixture.js";

const LEASE_MS = 2_000;

/** Holds a step, or an undo, where it runs in the process that is killed. */
const HELD = { gate: "never", gateIn: ["victim"] };

const SCRIPTS = {
  step: [{ step: "a" }, { step: "b", ...HELD }, { step: "c" }],
  sleep: [{ step: "a" }, { sleep: 4_000 }, { step: "b" }],
  wait: [{ step: "a" }, { wait: "go" }, { step: "b" }],
  undo: [{ step: "a", undo: {} }, { step: "b", undo: HELD }, { fail: "no" }],
  cancel: [
    { step: "a", undo: {} },
    { step: "b", ...HELD },
  ],
  deadline: [
    { step: "a", undo: {} },
    { step: "b", ...HELD },
  ],
  reply: [
    { step: "a" },
    { step: "b", diesAfterCommitIn: ["victim"], gate: "reply" },
    { step: "c" },
  ],
} satisfies Record<string, readonly Act[]>;
type Case = keyof typeof SCRIPTS;

describe.each(PROVIDERS)("a worker process that is killed, on %s,", (provider) => {
  let scene: Scene;
  let survivor: Program;
  let killedAt = 0;
  const runs = {} as Record<Case, string>;

  // One process dies of the case `reply`, in the middle of all the others.
  beforeAll(async () => {
    scene = await openScene(provider);
    const [victim, other] = await Promise.all([scene.spawn("victim"), scene.spawn("survivor")]);
    survivor = other;
    for (const name of Object.keys(SCRIPTS) as Case[]) {
      const workflow = name === "deadline" ? "hasty" : "script";
      runs[name] = (await victim.start(workflow, SCRIPTS[name])).id;
    }
    await eventually(async () => expect(await whats("step")).toContain("begin b"));
    await eventually(async () => expect(await whats("cancel")).toContain("begin b"));
    await eventually(async () => expect(await whats("undo")).toContain("undo b"));
    await survivor.cancel(runs.cancel);
    for (const name of ["cancel", "deadline"] as const) {
      await eventually(async () => expect(await whats(name)).toContain("abort b"));
      expect((await scene.engine.get(runs[name])).status).toBe("compensating");
    }
    await eventually(async () =>
      expect((await scene.engine.get(runs.wait)).waitingFor?.kind).toBe("event"),
    );
    await scene.openGate("reply");
    await victim.gone;
    killedAt = Date.now();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const whats = async (name: Case) => (await scene.effects(runs[name])).map(({ what }) => what);
  const ended = (name: Case) =>
    eventually(async () => {
      const run = await scene.engine.get(runs[name]);
      expect(run.endedAt).not.toBeNull();
      return run;
    });
  const expectInTime = (endedAt: Date | null) =>
    expect(Number(endedAt) - killedAt).toBeLessThan(LEASE_MS + 2_000);

  it("in a step: another one runs that step again, and none that is recorded", async () => {
    const run = await ended("step");
    expect(run).toMatchObject({ status: "completed", output: ["victim", "survivor", "survivor"] });
    expect(await whats("step")).toEqual([
      "begin a",
      "end a",
      "begin b",
      "begin b",
      "end b",
      "begin c",
      "end c",
    ]);
    expectInTime(run.endedAt);
  });

  it("between a commit and its answer: what was committed is not done again", async () => {
    const run = await ended("reply");
    expect(run).toMatchObject({ status: "completed", output: ["victim", "victim", "survivor"] });
    expect(await whats("reply")).toEqual([
      "begin a",
      "end a",
      "begin b",
      "end b",
      "begin c",
      "end c",
    ]);
    expectInTime(run.endedAt);
  });

  it("in an undo: another one goes on with it, in order", async () => {
    const run = await ended("undo");
    expect(run).toMatchObject({ status: "compensated", cause: "error", error: { message: "no" } });
    expect(await whats("undo")).toEqual([
      "begin a",
      "end a",
      "begin b",
      "end b",
      "undo b",
      "undo b",
      "undone b",
      "undo a",
      "undone a",
    ]);
    expectInTime(run.endedAt);
  });

  it.each(["cancel", "deadline"] as const)(
    "while it settles for a %s: another one undoes what began",
    async (name) => {
      const run = await ended(name);
      const cause = name === "cancel" ? "cancel" : "timeout";
      expect(run).toMatchObject({ status: "compensated", cause });
      expect(await whats(name)).toEqual([
        "begin a",
        "end a",
        "begin b",
        "abort b",
        "undo a",
        "undone a",
      ]);
      expectInTime(run.endedAt);
    },
  );

  it("in a sleep: the wake time stands", async () => {
    const run = await ended("sleep");
    expect(run.status).toBe("completed");
    const [, sleep] = run.steps;
    const lateMs = Number(sleep?.endedAt) - Number(sleep?.startedAt) - 4_000;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(LEASE_MS);
    expect(await whats("sleep")).toEqual(["begin a", "end a", "begin b", "end b"]);
  });

  it("in a wait: the event is taken by another one", async () => {
    await scene.engine.sendEvent(runs.wait, "go", { by: "ada" });
    const run = await ended("wait");
    expect(run).toMatchObject({ status: "completed", output: ["victim", "ada", "survivor"] });
    expect(await whats("wait")).toEqual(["begin a", "end a", "begin b", "end b"]);
  });

  it("in a transaction: what it wrote is rolled back, and written once", async () => {
    const victim = await scene.spawn("victim");
    const { id } = await victim.start("script", [{ transaction: "t", ...HELD }]);
    await eventually(async () =>
      expect((await scene.effects(id)).map(({ what }) => what)).toEqual(["begin t"]),
    );
    await victim.kill();
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    expect(await scene.engine.get(id)).toMatchObject({ output: ["survivor"] });
    expect(await scene.database.prisma.account.findMany({ where: { id: `${id}:t` } })).toHaveLength(
      1,
    );
  });

  it("between the COMMIT of a transaction and its answer: it is not run again", async () => {
    const victim = await scene.spawn("victim");
    const acts = [
      { transaction: "t", diesAfterCommitIn: ["victim"], gate: "commit" },
      { step: "a" },
    ];
    const { id } = await victim.start("script", acts);
    await scene.openGate("commit");
    await victim.gone;
    await scene.engine.getHandle(id).result({ timeout: "20s" });
    expect(await scene.engine.get(id)).toMatchObject({ output: ["victim", "survivor"] });
    expect((await scene.effects(id)).map(({ what }) => what)).toEqual([
      "begin t",
      "begin a",
      "end a",
    ]);
  });
});
