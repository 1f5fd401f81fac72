import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createUuidv7 } from "./uuid.js";

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("createUuidv7", () => {
  it("makes lower-case UUIDv7s that begin with the time", () => {
    const uuidv7 = createUuidv7(randomBytes);
    const id = uuidv7(0x0199_1234_5678);
    expect(id).toMatch(UUIDV7);
    expect(id.slice(0, 13)).toBe("01991234-5678");
  });

  it("writes every drawn bit where the format has room for it", () => {
    const ones = createUuidv7((bytes) => new Uint8Array(bytes).fill(0xff));
    expect(ones(1)).toBe("00000000-0001-77ff-bfff-ffffffffffff");
    const zeros = createUuidv7((bytes) => new Uint8Array(bytes));
    expect(zeros(1)).toBe("00000000-0001-7000-8000-000000000000");
  });

  it("ascends within one millisecond, past the counter's end, and when the clock goes back", () => {
    const uuidv7 = createUuidv7(randomBytes);
    const ids = Array.from({ length: 10_000 }, (_, index) => uuidv7(index < 9_000 ? 1_000 : 900));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => UUIDV7.test(id))).toBe(true);
  });
});
