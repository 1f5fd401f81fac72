import { describe, expect, it } from "vitest";
import {
  date,
  integer,
  listOf,
  nullish,
  object,
  oneOrSeveral,
  optional,
  text,
} from "./input-fields.js";

describe("a date", () => {
  it.each(["2026-01-02T03:04:05.678Z", "2026-01-02T03:04Z", "2026-01-02T03:04:05+02:00"])(
    "is read from the text %s",
    (value) => {
      expect(date(value)).toEqual({ value: new Date(value) });
    },
  );

  it.each(["2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04Z", "1", "", 0, null])(
    "is not %j",
    (value) => {
      expect(date(value)).toHaveProperty("issues", [{ message: expect.any(String) }]);
    },
  );
});

describe("an object", () => {
  const point = object<{ x: number; names: string[] | undefined }>({
    x: integer,
    names: optional(listOf(text(3), 2)),
  });

  it("has its fields and no others", () => {
    expect(point({ x: 1, y: 2 })).toEqual({ value: { x: 1, names: undefined } });
  });

  it("collects what is wrong, each with its path", () => {
    expect(point({ x: 0.5, names: ["a", "long", 1] })).toEqual({
      issues: [
        { path: ["x"], message: "must be an integer; it is 0.5" },
        { path: ["names"], message: "must have at most 2 items; it is a list of 3" },
      ],
    });
    expect(point({ x: 1, names: ["a", "long"] })).toEqual({
      issues: [{ path: ["names", 1], message: 'must have at most 3 characters; it is "long"' }],
    });
  });

  it("takes nothing for an empty one, and inherited fields for none", () => {
    expect(object({ x: optional(integer) })(undefined)).toEqual({ value: { x: undefined } });
    expect(object({ toString: optional(integer) })({})).toEqual({ value: { toString: undefined } });
    expect(point(Object.create({ x: 1 }))).toHaveProperty("issues");
  });

  it.each([null, [], "text", 1])("is not %j", (value) => {
    expect(point(value)).toHaveProperty("issues");
  });
});

it("repeats no long text, and no value that has no text", () => {
  const told = [integer("x".repeat(1_000)), integer(Object.create(null)), integer(Symbol("x"))];
  expect(told.map(({ issues }) => issues?.[0]?.message)).toEqual([
    "must be an integer; it has 1000 characters",
    "must be an integer; it is of type object",
    "must be an integer; it is of type symbol",
  ]);
});

it("null stands for nothing only where it may", () => {
  expect(nullish(integer)(null)).toEqual({ value: null });
  expect(optional(integer)(null)).toHaveProperty("issues");
});

it("one or several may come as either", () => {
  const field = oneOrSeveral(integer, 2);
  expect([field(1), field([1, 2])]).toEqual([{ value: 1 }, { value: [1, 2] }]);
  expect(field([1, 2, 3])).toHaveProperty("issues");
});
