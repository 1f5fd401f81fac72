import { describe, expect, it } from "vitest";
import { codec, createWorld, stepRow } from "./reading.fixture.js";

describe("get", () => {
  it("gives a run with all its steps and large outputs", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const output = codec.encode("x".repeat(20_000), "output");
    const steps = Array.from({ length: 1_200 }, (_, i) =>
      stepRow({ key: `step-${i}`, position: i, output }),
    );
    await commit(id, { steps });

    const run = await reader.get(id);

    expect(run.steps).toHaveLength(1_200);
    expect(run.steps[0]?.output).toHaveLength(20_000);
    expect(run.stepCount).toBe(1_200);
  });

  it("gives the steps in pages by their order", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    await commit(id, {
      steps: [0, 1, 2, 3, 4].map((position) => stepRow({ key: `step-${position}`, position })),
    });
    const keys = async (steps: object) => (await reader.get(id, { steps })).steps.map((s) => s.key);

    expect(await keys({ limit: 2 })).toEqual(["step-0", "step-1"]);
    expect(await keys({ after: 1, limit: 2 })).toEqual(["step-2", "step-3"]);
    expect(await keys({ after: 3 })).toEqual(["step-4"]);
    expect((await reader.get(id, { steps: { after: 4 } })).stepCount).toBe(5);
  });

  it.each([{ limit: 0 }, { limit: 1.5 }, { limit: 2 ** 31 }, { after: Number.NaN }, { after: -2 }])(
    "refuses the page %j",
    async (steps) => {
      const { reader, start } = createWorld();
      const id = await start();
      await expect(reader.get(id, { steps })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    },
  );

  it("throws RunNotFoundError for an unknown run", async () => {
    const { reader } = createWorld();
    await expect(reader.get("unknown")).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
      runId: "unknown",
    });
  });

  it.each(["", "a b", "x".repeat(201), "a\0", "ä", undefined, null, 1, {}])(
    "finds no run %j without asking the database",
    async (id) => {
      const { reader, count } = createWorld();
      await expect(reader.get(id as string)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      expect(count("readRun")).toBe(0);
    },
  );
});
