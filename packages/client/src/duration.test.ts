import { describe, expect, it } from "vitest";
import { type Duration, parseDuration } from "./duration.js";

describe("parseDuration", () => {
  it.each<[Duration, number]>([
    [0, 0],
    [250, 250],
    ["250ms", 250],
    ["1 millisecond", 1],
    ["30s", 30_000],
    ["5 minutes", 300_000],
    ["5m", 300_000],
    ["1.5 hours", 5_400_000],
    ["1 day", 86_400_000],
    ["2w", 1_209_600_000],
  ])("reads %s as %d ms", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each([-1, NaN, Infinity, "", "5", "5 moons", "1 month", "s", "1  s", "-1s", "1e3s", null])(
    "refuses %s",
    (value) => {
      expect(() => parseDuration(value as Duration)).toThrow(RangeError);
    },
  );
});
