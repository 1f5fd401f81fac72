import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { HandlerArgs } from "../../core/handler-types.js";
import { HOUR, MINUTE, openBench, START } from "./bench.fixture.js";

type Args = HandlerArgs<
  undefined,
  undefined,
  {},
  unknown,
  Record<string, unknown>,
  unknown,
  unknown
>;

/** Draws at each execution of a handler, which sleeps twice, and what each execution drew. */
function drawing(draw: (args: Args) => unknown) {
  const executions: unknown[][] = [];
  const flow = defineWorkflow({
    name: "flow",
    run: async (args) => {
      const draws: unknown[] = [];
      executions.push(draws);
      draws.push(draw(args as never));
      await args.sleep("first", "1 hour");
      draws.push(draw(args as never));
      await args.sleep("second", "1 hour");
      draws.push(draw(args as never));
      return draws;
    },
  });
  return { flow, executions };
}

async function execute({ flow, executions }: ReturnType<typeof drawing>) {
  await using bench = await openBench([flow]);
  const { id } = await bench.engine.start(flow);
  await bench.advance(30 * MINUTE);
  await bench.restart();
  await bench.advance(3 * HOUR);
  return { draws: (await bench.settled(id)).output as unknown[], executions };
}

describe.each([
  ["now", ({ now }: Args) => now()],
  ["uuid", ({ uuid }: Args) => uuid()],
  ["a named uuid", ({ uuid }: Args) => uuid("order")],
  ["random", ({ random }: Args) => random()],
] as const)("%s", (_, draw) => {
  it("is the same on every replay", async () => {
    const { draws, executions } = await execute(drawing(draw));

    expect(executions.length).toBeGreaterThan(2);
    for (const each of executions) expect(draws.slice(0, each.length)).toEqual(each);
  });
});

describe("now", () => {
  it("is the database's time of the last outcome delivered", async () => {
    const { draws } = await execute(drawing(({ now }) => now()));

    expect(draws).toEqual([START, START + HOUR, START + 2 * HOUR].map((time) => new Date(time)));
  });

  it("is when the run was first executed before any outcome", async () => {
    const { flow } = drawing(({ now }) => now());
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow, undefined, { delay: "1 hour" });
    await bench.advance(5 * HOUR);

    expect(((await bench.settled(id)).output as Date[])[0]).toEqual(new Date(START + HOUR));
  });

  it("gives a Date of its own at each call", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ now }) => {
        now().setFullYear(1970);
        return now();
      },
    });
    await using bench = await openBench([flow]);

    expect((await bench.settled((await bench.engine.start(flow)).id)).output).toEqual(
      new Date(START),
    );
  });
});

describe("uuid and random", () => {
  const flow = defineWorkflow({
    name: "flow",
    run: async ({ uuid, random, continueAsNew, run, step }) => {
      const drawn = {
        uuids: [uuid(), uuid(), uuid("a"), uuid("a"), uuid("b")],
        randoms: [random(), random(), random("a"), random("b")],
      };
      if (run.iteration === 1) {
        first.push(drawn);
        await step("step", () => 1);
        return continueAsNew();
      }
      return drawn;
    },
  });
  const first: { uuids: string[]; randoms: number[] }[] = [];

  it("differ by name, occurrence, run and iteration", async () => {
    await using bench = await openBench([flow]);
    const runs = [await bench.engine.start(flow), await bench.engine.start(flow)];
    const drawn = [];
    for (const { id } of runs) drawn.push((await bench.settled(id)).output);

    const all = [...first, ...drawn] as typeof first;
    const uuids = all.flatMap((each) => each.uuids);
    const randoms = all.flatMap((each) => each.randoms);
    expect(new Set(uuids).size).toBe(4 * 5);
    expect(new Set(randoms).size).toBe(4 * 4);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const random of randoms) {
      expect(random).toBeGreaterThanOrEqual(0);
      expect(random).toBeLessThan(1);
    }
  });

  it("depend on the name's own occurrence, not on what else is drawn between", async () => {
    const drawn: string[] = [];
    const plain = defineWorkflow({
      name: "flow",
      run: async ({ uuid, sleep }) => {
        drawn.push(uuid("order"));
        await sleep("nap", "1 hour");
      },
    });
    const changed = defineWorkflow({
      name: "flow",
      run: async ({ uuid, random, sleep }) => {
        uuid();
        random("order");
        drawn.push(uuid("order"));
        await sleep("nap", "1 hour");
      },
    });
    await using bench = await openBench([plain]);
    await bench.engine.start(plain);
    await bench.runDue();
    await bench.restartWith([changed]);
    await bench.advance(HOUR);

    expect(new Set(drawn).size).toBe(1);
    expect(drawn.length).toBeGreaterThan(1);
  });
});
