import { describe, expect, it } from "vitest";
import { createWorld, START } from "./reading.fixture.js";

const SWEEP = {
  startedAt: START,
  token: "token",
  leaseMs: 15_000,
  maxLeaseMs: 600_000,
  definitions: ["checkout@1"],
  running: 0,
  slots: 0,
};

describe("stats", () => {
  it("counts the runs of all owners, or of one", async () => {
    const { reader, start } = createWorld();
    await start({ owner: "ada" });
    await start({ owner: "bob" });

    expect((await reader.stats()).counts).toEqual([
      { workflow: "checkout", status: "running", count: 2 },
    ]);
    expect((await reader.stats({ owner: "ada" })).counts).toEqual([
      { workflow: "checkout", status: "running", count: 1 },
    ]);
    await expect(reader.stats({ owner: "" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("says since when a run is due, and nothing of those that will be", async () => {
    const { clock, reader, start } = createWorld();
    await start({ claim: null, startAt: START + 1_000 });
    expect((await reader.stats()).oldestDueAt).toBeNull();

    await clock.advance(5_000);
    expect((await reader.stats()).oldestDueAt).toEqual(new Date(START + 1_000));
  });

  it("shows the workers that live", async () => {
    const { clock, memory, reader } = createWorld();
    await memory.sweep({ ...SWEEP, workerId: "dead" });
    await clock.advance(60_000);
    await memory.sweep({ ...SWEEP, workerId: "stopped" });
    await memory.retireWorker("stopped");
    await memory.sweep({ ...SWEEP, workerId: "alive" });

    expect((await reader.stats()).workers).toEqual([
      {
        id: "alive",
        startedAt: new Date(START),
        heartbeatAt: new Date(START + 60_000),
        workflows: ["checkout@1"],
        running: 0,
      },
    ]);
  });
});
