import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { SuperJSON } from "superjson";
import { describe, expect, it } from "vitest";
import { NotSerializableError, PayloadTooLargeError } from "../errors.js";
import { createCodec } from "./codec.js";

const codec = createCodec();

function roundTrip(value: unknown): unknown {
  return codec.decode(codec.encode(value, "output"));
}

function refusal(value: unknown): NotSerializableError {
  try {
    codec.encode(value, "output");
  } catch (error) {
    if (error instanceof NotSerializableError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

class Money {
  amount: number;
  at: Date;

  constructor(amount: number, at: Date) {
    this.amount = amount;
    this.at = at;
  }
}

describe("encode and decode", () => {
  it.each([
    ["plain data", { a: 1, b: "x", c: [true, null, { d: 1.5 }] }],
    ["undefined", undefined],
    ["undefined in objects and arrays", { a: undefined, b: [undefined, 1] }],
    ["-0 and what is no finite number", [-0, 0, Number.NaN, Infinity, -Infinity]],
    ["bigints", [0n, -(2n ** 100n)]],
    ["strings of any UTF-16", ["", "\u0000", "a\ud800", "\udc00b", "💳", "\u2028", "~"]],
    ["keys of any UTF-16", { "": 1, "\u0000": 2, "\ud800": 3, constructor: 4, toString: 5 }],
    ["arrays and keys that look like tags", [["~date", "x"], ["~"], { "~date": ["~~", 1n] }]],
    ["dates", [new Date(0), new Date(-8.64e15), new Date(Number.NaN)]],
    [
      "maps in their order, with any keys",
      new Map<unknown, unknown>([
        ["b", 1],
        [["~"], new Set()],
        ["a", -0],
      ]),
    ],
    ["sets in their order", new Set<unknown>(["~", "b", undefined, new Date(1), "a"])],
    ["regular expressions", [/a\/[/]b/giu, new RegExp("")]],
    ["URLs", new URL("https://ä.example/p?q=%20#h")],
    ["sparse arrays", [, 1n, , undefined, ,]], // eslint-disable-line no-sparse-arrays
    ["an empty sparse array", Array.from({ length: 0 })],
    [
      "typed arrays",
      [
        new Uint8Array([1, 255]),
        new Float64Array([-0, Number.NaN]),
        new BigInt64Array([-1n]),
        new Uint8ClampedArray(0),
      ],
    ],
    [
      "buffers and views",
      [new Uint8Array([1, 2, 3]).buffer, new DataView(new Uint8Array([9, 8]).buffer)],
    ],
  ])("bring back %s", (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  it("bring back only the part of its memory that a view shows", () => {
    const memory = new Uint8Array([1, 2, 3, 4, 5, 6]).buffer;
    const [shown, copy] = roundTrip([new Uint16Array(memory, 2, 1), Buffer.from("hi")]) as [
      Uint16Array,
      Uint8Array,
    ];
    expect(new Uint8Array(shown.buffer)).toEqual(new Uint8Array([3, 4]));
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
    expect(copy.buffer.byteLength).toBe(2);
  });

  it("bring back a shared reference as copies, and forget lastIndex", () => {
    const shared = { n: 1n };
    const regexp = /a/g;
    regexp.lastIndex = 3;
    const [first, second, again] = roundTrip([shared, shared, regexp]) as [object, object, RegExp];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    expect(again.lastIndex).toBe(0);
  });

  it("take objects without a prototype and those of another realm as plain data", () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    const foreign: unknown = runInNewContext(
      "({ a: [1], when: new Date(5), map: new Map([[1, 2]]) })",
    );
    expect(roundTrip(bare)).toStrictEqual({ a: 1 });
    expect(roundTrip(foreign)).toStrictEqual({ a: [1], when: new Date(5), map: new Map([[1, 2]]) });
  });

  it("write plain data as plain JSON, and all else behind a mark", () => {
    expect(codec.encode({ a: ["~date"] }, "output")).toBe('{"a":["~date"]}');
    expect(codec.encode({ a: 1n }, "output")).toBe('~{"a":["~bigint","1"]}');
  });

  it("write text that any database keeps: well-formed and without NUL", () => {
    const text = codec.encode(
      { "\u0000\ud800": ["\u0000", "\udfff", 1n, new RegExp(String.fromCodePoint(0))] },
      "output",
    );
    expect(text).not.toContain("\u0000");
    expect(text).not.toMatch(/\p{Surrogate}/u);
  });
});

describe("encode", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  const throwing = {
    get when(): Date {
      throw new Error("no clock");
    },
  };
  class DateOfMine extends Date {}
  class ListOfMine extends Array {}

  it.each([
    ["a function", { items: [1, { when: (): void => {} }] }, "output.items[1].when"],
    ["a symbol", { "not plain": Symbol("s") }, 'output["not plain"]'],
    ["a symbol as a key", { a: { [Symbol("s")]: 1 } }, "output.a"],
    ["an instance of a class", [new Money(1, new Date())], "output[0]"],
    ["an instance of a class of dates", new DateOfMine(), "output"],
    ["an instance of a class of arrays", new ListOfMine(), "output"],
    ["a promise", { a: Promise.resolve(1) }, "output.a"],
    ["a boxed string", Object("x"), "output"],
    ["an own __proto__ key", JSON.parse('{"a":{"__proto__":{}}}'), "output.a"],
    ["a cycle", cycle, "output.self[0]"],
    ["a getter that throws", throwing, "output.when"],
    ["what String.match returns", "abc".match(/b/), "output"],
    ["a sparse array that has a property too", Object.assign([,], { a: 1 }), "output"], // eslint-disable-line no-sparse-arrays
    ["a function in a map", new Map([["k", (): void => {}]]), 'output.get("k")'],
    ["a function as a key of a map", new Map([[(): void => {}, 1]]), "output.keys[0]"],
    ["a function in a set", new Set([1, (): void => {}]), "output.values[1]"],
    [
      "a function as the cause of an error",
      new Error("x", { cause: (): void => {} }),
      "output.cause",
    ],
  ])("refuses %s and says where it is", (_, value, path) => {
    expect(refusal(value).path).toBe(path);
    expect(refusal(value).message).toContain(path);
  });

  it("refuses what is nested too deep instead of overflowing the stack", () => {
    let deep: unknown = 1n;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(refusal(deep).message).toContain("nested too deep");
    let allowed: unknown = 1n;
    for (let level = 0; level < 1_000; level += 1) allowed = { allowed };
    expect(roundTrip(allowed)).toEqual(allowed);
  });

  it("refuses what takes more bytes of UTF-8 than the limit, to the byte", () => {
    const small = createCodec({ maxPayloadBytes: 10 });
    expect(small.encode("12345678", "output")).toBe('"12345678"');
    expect(small.encode("ääää", "output")).toBe('"ääää"');
    expect(() => small.encode("äääää", "output")).toThrow(
      expect.objectContaining({ name: "PayloadTooLargeError", bytes: 12, limit: 10 }),
    );
    expect(() => small.encode([1n], "input")).toThrow(/^input takes 18 bytes, more than the 10/);
  });

  it("gives up early on what would take far more than there is room for", () => {
    let bomb: unknown = "boom";
    for (let level = 0; level < 60; level += 1) bomb = [bomb, bomb];
    expect(() => codec.encode(bomb, "output")).toThrow(PayloadTooLargeError);
    expect(() => codec.encode(Array(2 ** 31), "output")).toThrow(PayloadTooLargeError);
  });
});

describe("decode", () => {
  it.each([
    ["", /cannot be read/],
    ["{", /cannot be read/],
    ["~", /cannot be read/],
    ['~["~nonsense"]', /unknown tag "~nonsense"/],
    ['~["~date"]', /without its text/],
    ['~["~date","x"]', /date that is none/],
    ['~["~number","7"]', /unknown number/],
    ['~["~bigint","x"]', /cannot be read/],
    ['~["~regexp","(","g"]', /cannot be read/],
    ['~["~map",1]', /half an entry/],
    ['~["~bytes","Uint16Array","AQ=="]', /cannot be read/],
    ['~["~bytes","Object","AQ=="]', /unknown kind/],
    ['~["~error",{}]', /without name and message/],
    ['~["~custom",1,{}]', /no `serializer`/],
    [`~${"[".repeat(1e5)}${"]".repeat(1e5)}`, /cannot be read/],
  ])("says clearly that it cannot read %s", (text, message) => {
    expect(() => codec.decode(text)).toThrow(SyntaxError);
    expect(() => codec.decode(text)).toThrow(message);
  });

  it("sets no prototype, whatever the text says", () => {
    const plain = codec.decode('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}');
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(() => codec.decode('~{"__proto__":{"isAdmin":true}}')).toThrow(/__proto__/);
    const error = codec.decode(
      '~["~workflowError",{"name":"__proto__","message":"","data":{"__proto__":{"isAdmin":true}}}]',
    );
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect({}).not.toHaveProperty("isAdmin");
  });
});

describe("Prisma's Decimal", () => {
  const { Decimal } = createRequire(import.meta.url)("@prisma/client/runtime/client") as {
    Decimal: new (digits: string) => { valueOf(): string };
  };

  it.each(["0", "-0", "1.50", "-123456789012345678901234567890.123456789", "1e-40", "NaN"])(
    "comes back with all digits of %s, as the class of the app's client",
    (digits) => {
      const decimal = new Decimal(digits);
      const { price } = roundTrip({ price: decimal }) as { price: typeof decimal };
      expect(price).toBeInstanceOf(Decimal);
      expect(price.valueOf()).toBe(decimal.valueOf());
    },
  );
});

describe("serializer", () => {
  const superjson = new SuperJSON();
  superjson.registerClass(Money);
  const token = Symbol("token");
  superjson.registerSymbol(token, "token");
  superjson.registerCustom<Buffer, string>(
    {
      isApplicable: (value): value is Buffer => value === "never",
      serialize: String,
      deserialize: Buffer.from,
    },
    "never",
  );
  superjson.registerCustom<URLSearchParams, string>(
    {
      isApplicable: (value) => value instanceof URLSearchParams,
      serialize: (value) => {
        if (value.has("fail")) throw new Error("refused by the type itself");
        return value.toString();
      },
      deserialize: (text) => new URLSearchParams(text),
    },
    "URLSearchParams",
  );
  const registered = createCodec({ serializer: superjson });

  it("brings back registered classes, symbols and custom types, anywhere in a value", () => {
    const value = {
      price: new Money(1, new Date(5)),
      list: [token, new Map([["q", new URLSearchParams("a=1")]]), 1n],
    };
    expect(registered.decode(registered.encode(value, "output"))).toStrictEqual(value);
  });

  it("still refuses what is not registered", () => {
    expect(() => registered.encode({ a: new WeakRef({}) }, "output")).toThrow(
      /output\.a is an instance of WeakRef/,
    );
    expect(() => registered.encode(Symbol("other"), "output")).toThrow(/output is a symbol/);
  });

  it("refuses with the cause what the registered type refuses", () => {
    expect(() => registered.encode(new URLSearchParams("fail"), "output")).toThrow(
      expect.objectContaining({
        path: "output",
        cause: expect.objectContaining({ message: "refused by the type itself" }),
      }),
    );
  });

  it("is needed to read what it wrote", () => {
    const text = registered.encode(new Money(1, new Date(5)), "output");
    expect(() => codec.decode(text)).toThrow(/the engine has no `serializer`/);
  });
});
