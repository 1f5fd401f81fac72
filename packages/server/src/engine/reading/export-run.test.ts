import { describe, expect, it } from "vitest";
import { parseExport } from "./parse-export.js";
import { codec, createWorld, START, stepRow } from "./reading.fixture.js";

async function exportOne() {
  const world = createWorld();
  const id = await world.start({ input: codec.encode({ when: new Date(START) }, "input") });
  const attempts = [{ attempt: 1, startedAt: START, endedAt: START, error: null }];
  await world.commit(id, {
    steps: [stepRow({ key: "charge", attempts }), stepRow({ key: "ship", position: 2 })],
    logs: [{ message: "hello" }],
  });
  await world.memory.sendEvent({
    runId: id,
    id: "event-1",
    name: "approved",
    format: 1,
    payload: codec.encode({ by: "ada" }, "payload"),
    dedupeKey: null,
  });
  return { ...world, id, exported: await world.reader.export(id) };
}

describe("export", () => {
  it("gives the rows with encoded payloads and the seed, and comes through JSON as it was", async () => {
    const { memory, id, exported } = await exportOne();
    const rows = await memory.readRun(id, { kind: "all" });

    expect(exported.format).toBe("trpc-workflow/run@1");
    const parsed = parseExport(JSON.parse(JSON.stringify(exported)));

    expect(parsed.run).toEqual(rows?.run);
    expect(parsed.run.seed).toBe("seed");
    expect(parsed.steps.map((step) => step.key)).toEqual(["charge", "ship"]);
    expect(parsed.steps[0]).not.toHaveProperty("outputOmitted");
    expect(parsed.events).toEqual(await memory.readEvents(id));
    expect(parsed.logs).toMatchObject([{ message: "hello" }]);
  });

  it("reads all of a long log", async () => {
    const { reader, start, commit } = createWorld();
    const id = await start();
    const logs = Array.from({ length: 2_500 }, (_, i) => ({ message: `line ${i}` }));
    await commit(id, { logs });

    expect((await reader.export(id)).logs).toHaveLength(2_500);
  });

  it("throws RunNotFoundError for an unknown run", async () => {
    const { reader } = createWorld();
    await expect(reader.export("unknown")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(reader.export("no such id")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("parseExport", () => {
  it("puts steps into the order they were asked for", async () => {
    const { exported } = await exportOne();
    const { steps } = parseExport({ ...exported, steps: exported.steps.toReversed() });
    expect(steps.map((step) => step.key)).toEqual(["charge", "ship"]);
  });

  it.each<[string, (good: { run: object; steps: object[] }) => unknown]>([
    ["it is no object", () => null],
    ["it is no object", () => "text"],
    ["its format is", (good) => ({ ...good, format: "trpc-workflow/run@2" })],
    ["its format is", () => ({})],
    ["run is no object", (good) => ({ ...good, run: [] })],
    ["run.status is", (good) => ({ ...good, run: { ...good.run, status: "done" } })],
    ["run.seed is", (good) => ({ ...good, run: { ...good.run, seed: undefined } })],
    ["run.format is", (good) => ({ ...good, run: { ...good.run, format: 2 } })],
    ["run.patches is", (good) => ({ ...good, run: { ...good.run, patches: { a: 1 } } })],
    ["steps is no list", (good) => ({ ...good, steps: {} })],
    [
      "steps[1].kind is",
      ({ steps: [a, b], ...good }) => ({ ...good, steps: [a, { ...b, kind: "x" }] }),
    ],
    [
      "steps[0].attempts is",
      ({ steps: [a], ...good }) => ({ ...good, steps: [{ ...a, attempts: [{}] }] }),
    ],
    ["events[0] is no object", (good) => ({ ...good, events: [null] })],
    ["logs[0].id is", (good) => ({ ...good, logs: [{}] })],
  ])("refuses what was not exported: %s", async (message, spoil) => {
    const { exported } = await exportOne();
    const spoilt = spoil(exported as { run: object; steps: object[] });

    expect(() => parseExport(spoilt)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(message),
      }),
    );
  });
});
