import { describe, expect, it } from "vitest";
import { SuperJSON } from "superjson";
import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import { HOUR, openBench, stepOf } from "./bench.fixture.js";

/** Carries what it is given through input, step, event and output. */
const carry = defineWorkflow({
  name: "carry",
  input: z.unknown(),
  events: { value: z.unknown() },
  run: async ({ input, step, waitForEvent, sleep }) => {
    const fromStep = await step("pass", () => input);
    const fromEvent = await waitForEvent("value");
    await sleep("nap", "1 hour");
    return [input, fromStep, fromEvent];
  },
});

/** What comes out of `carry`, over a crash. */
async function carried(value: unknown): Promise<unknown[]> {
  await using bench = await openBench([carry]);
  const { id } = await bench.engine.start(carry, value);
  await bench.engine.sendEvent(id, "value", value);
  await bench.settled(id);
  await bench.restart();
  await bench.advance(HOUR);
  const run = await bench.settled(id);
  return [run.input, stepOf(run, "pass").output, ...(run.output as unknown[])];
}

const values: [string, unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["minus zero", -0],
  ["NaN and the infinities", [NaN, Infinity, -Infinity]],
  ["NUL in text", "a\u0000b"],
  ["half a surrogate pair", "a\ud800b"],
  ["a date", new Date(5)],
  ["an invalid date", new Date(NaN)],
  ["a map", new Map<unknown, unknown>([[{ a: 1 }, new Set([1])]])],
  ["a set", new Set(["a", new Date(1)])],
  ["a regular expression", /a\/b/giu],
  ["a URL", new URL("https://example.com/a?b=c#d")],
  ["a bigint", 2n ** 80n],
  ["typed arrays", [new Uint8Array([1, 2]), new Float64Array([0.5, NaN])]],
  ["keys that are undefined", { a: undefined, b: [undefined] }],
  ["keys of odd names", { constructor: 1, "a.b": 2, json: 3, meta: 4, snake_case: 5, "": 6 }],
  ["nested plain data", { list: [{ deep: [[1, "two", false, null]] }] }],
];

describe("a value", () => {
  it.each(values)("comes back as it went in: %s", async (_, value) => {
    for (const copy of await carried(value)) expect(copy).toStrictEqual(value);
  });

  it("of Buffer comes back as Uint8Array", async () => {
    for (const copy of await carried(Buffer.from([1, 2])))
      expect(copy).toStrictEqual(new Uint8Array([1, 2]));
  });

  it("that the app's serializer has registered comes back as that", async () => {
    class Money {
      readonly cents: number;
      readonly currency: string;
      constructor(cents: number, currency: string) {
        this.cents = cents;
        this.currency = currency;
      }
    }
    const serializer = new SuperJSON();
    serializer.registerCustom<Money, string>(
      {
        isApplicable: (value): value is Money => value instanceof Money,
        serialize: (money) => `${money.cents} ${money.currency}`,
        deserialize: (text) => {
          const [cents, currency] = text.split(" ");
          return new Money(Number(cents), currency ?? "");
        },
      },
      "money",
    );
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        const { price } = await step("price", () => ({ price: new Money(5, "EUR") }));
        return [price instanceof Money, price];
      },
    });
    await using bench = await openBench([flow], { serializer });

    expect((await bench.settled((await bench.engine.start(flow)).id)).output).toStrictEqual([
      true,
      new Money(5, "EUR"),
    ]);
  });
});

class Card {
  number = 1;
}

const refused: [string, () => unknown, string][] = [
  ["a function", () => ({ list: [1, () => 1] }), "output.list[1]"],
  ["a symbol", () => ({ a: Symbol("s") }), "output.a"],
  ["an instance of another class", () => ({ card: new Card() }), "output.card"],
  ["an own __proto__ key", () => JSON.parse('{"a":{"__proto__":{}}}') as unknown, "output.a"],
  ["a promise", () => ({ later: Promise.resolve(1) }), "output.later"],
  [
    "a circle",
    () => {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    },
    "output.self",
  ],
];

describe("what cannot be stored", () => {
  it.each(refused)(
    "is refused with its path, and fails the step at once: %s",
    async (_, make, path) => {
      const flow = defineWorkflow({
        name: "flow",
        run: async ({ step }) =>
          step("make", make).catch((error: Error & { path?: string; code?: string }) => ({
            name: error.name,
            path: error.path,
          })),
      });
      await using bench = await openBench([flow]);
      const { id } = await bench.engine.start(flow);

      const run = await bench.settled(id);
      const { name, path: found } = run.output as { name: string; path: string };
      expect(name).toBe("NotSerializableError");
      expect(found.startsWith(path)).toBe(true);
      expect(stepOf(run, "make").attempts).toHaveLength(1);
    },
  );

  it("fails the run as its output", async () => {
    const flow = defineWorkflow({ name: "flow", run: async () => ({ fn: () => 1 }) });
    await using bench = await openBench([flow]);

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      status: "failed",
      error: { name: "NotSerializableError" },
    });
  });

  it("is refused as input and as event, and stores nothing", async () => {
    await using bench = await openBench([carry]);
    await expect(bench.engine.start(carry, () => 1)).rejects.toMatchObject({
      name: "NotSerializableError",
      path: "input",
    });
    expect((await bench.engine.list()).items).toEqual([]);
    const { id } = await bench.engine.start(carry, 1);

    await expect(bench.engine.sendEvent(id, "value", { a: Symbol("s") })).rejects.toMatchObject({
      name: "NotSerializableError",
      path: "payload.a",
    });
    expect(await bench.store.readEvents(id)).toEqual([]);
  });
});

describe("a payload that is too large", () => {
  const large = "x".repeat(2_000);

  it("is refused as input, event and output of a step", async () => {
    const flow = defineWorkflow({
      name: "flow",
      input: z.unknown(),
      events: { value: z.unknown() },
      run: async ({ step, waitForEvent }) => {
        await waitForEvent("value");
        return step("large", () => large);
      },
    });
    await using bench = await openBench([flow], { maxPayloadBytes: 1_000 });
    const tooLarge = { name: "PayloadTooLargeError", limit: 1_000 };
    await expect(bench.engine.start(flow, large)).rejects.toMatchObject(tooLarge);
    const { id } = await bench.engine.start(flow, 1);
    await expect(bench.engine.sendEvent(id, "value", large)).rejects.toMatchObject(tooLarge);
    await bench.engine.sendEvent(id, "value", 1);

    const run = await bench.settled(id);
    expect(run).toMatchObject({ status: "failed", error: { name: "PayloadTooLargeError" } });
    expect(stepOf(run, "large").attempts).toHaveLength(1);
  });

  it("is one above 1 MiB unless something else is said", async () => {
    await using bench = await openBench([carry]);

    await expect(bench.engine.start(carry, "x".repeat(1_048_576))).rejects.toMatchObject({
      name: "PayloadTooLargeError",
      limit: 1_048_576,
    });
    expect((await bench.engine.start(carry, "x".repeat(1_000_000))).created).toBe(true);
  });

  it("as an error of a step is cut, and fails the step all the same", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) =>
        step(
          "fails",
          () => {
            throw Object.assign(new RangeError(large), { data: large, cause: new Error(large) });
          },
          { retry: { attempts: 1 } },
        ),
    });
    await using bench = await openBench([flow], { maxPayloadBytes: 1_000 });

    expect(await bench.settled((await bench.engine.start(flow)).id)).toMatchObject({
      status: "failed",
      error: { name: "RangeError" },
    });
  });
});

/** What a handler catches of a step that throws this. */
async function caught(thrown: unknown): Promise<Record<string, unknown>> {
  let seen: Record<string, unknown> = {};
  const flow = defineWorkflow({
    name: "flow",
    run: async ({ step }) => {
      try {
        await step("fails", () => Promise.reject(thrown), { retry: { attempts: 1 } });
      } catch (error) {
        seen = error as Record<string, unknown>;
      }
    },
  });
  await using bench = await openBench([flow]);
  await bench.settled((await bench.engine.start(flow)).id);
  return seen;
}

describe("an error", () => {
  it("keeps name, message, stack, code, the chain of causes and errors", async () => {
    const root = Object.assign(new TypeError("root"), { code: "E_ROOT" });
    const many = new AggregateError([new Error("one"), root], "many", { cause: root });
    const error = await caught(new RangeError("outer", { cause: many }));

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "outer",
      cause: {
        name: "AggregateError",
        message: "many",
        errors: [{ message: "one" }, { name: "TypeError", code: "E_ROOT" }],
        cause: { name: "TypeError", message: "root", code: "E_ROOT" },
      },
    });
    expect(error["stack"]).toContain("values.test.ts");
  });

  it("that causes itself, or carries what cannot be stored, fails the step all the same", async () => {
    const circle = new Error("circle");
    circle.cause = circle;
    expect(await caught(circle)).toMatchObject({ message: "circle" });
    expect(await caught(new Error("odd", { cause: () => 1 }))).toMatchObject({ message: "odd" });
    const hostile = Object.defineProperty(new Error("hostile"), "code", {
      get: () => {
        throw new Error("no");
      },
    });
    expect(await caught(hostile)).toMatchObject({ message: "hostile" });
  });

  it.each([
    ["text", "just text"],
    ["undefined", undefined],
    ["null", null],
    ["an object", { status: 404 }],
  ])("that is none but %s arrives as NonErrorThrown with it as cause", async (_, thrown) => {
    const error = await caught(thrown);

    expect(error).toBeInstanceOf(Error);
    expect(error["name"]).toBe("NonErrorThrown");
    expect(error["cause"]).toStrictEqual(thrown);
  });

  it("of the run is that which the handler threw", async () => {
    const flow = defineWorkflow({
      name: "flow",
      run: async () => {
        throw Object.assign(new RangeError("a bug", { cause: new Error("why") }), {
          code: "E_BUG",
        });
      },
    });
    await using bench = await openBench([flow]);
    const run = await bench.settled((await bench.engine.start(flow)).id);

    expect(run.error).toMatchObject({ name: "RangeError", message: "a bug", code: "E_BUG" });
    expect(run.error?.stack).toContain("values.test.ts");
    expect(run.error?.cause).toMatchObject({ message: "why" });
  });
});
