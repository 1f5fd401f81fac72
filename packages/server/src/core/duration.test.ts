import { describe, expect, it } from "vitest";
import { type Duration, parseDuration } from "./duration.js";
import { InvalidArgumentError } from "./errors.js";

describe("parseDuration", () => {
  it.each<[Duration, number]>([
    [0, 0],
    [1_500, 1_500],
    [0.4, 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["30 s", 30_000],
    ["1 second", 1_000],
    ["1.5 hours", 5_400_000],
    ["0.5m", 30_000],
    ["5 minutes", 300_000],
    ["2h", 7_200_000],
    ["1 day", 86_400_000],
    ["3 days", 259_200_000],
    ["1w", 604_800_000],
    ["2 weeks", 1_209_600_000],
    ["36525 days", 3_155_760_000_000],
  ])("reads %j as %d ms", (value, durationMs) => {
    expect(parseDuration(value, "timeout")).toBe(durationMs);
  });

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    3_155_760_000_001,
    "36526 days",
    "",
    "30",
    "s",
    "-1s",
    "1e3s",
    "0x10s",
    " 30s",
    "30  s",
    "30S",
    "30 months",
    ".5s",
    "5.s",
    "1h 30m",
    "constructor",
    null,
    undefined,
    {},
    [30],
    30n,
  ])("refuses %o", (value) => {
    expect(() => parseDuration(value as Duration, "timeout")).toThrow(InvalidArgumentError);
  });

  it("names what it is for, what was given and what would do", () => {
    expect(() => parseDuration("soon" as Duration, "retry.delay")).toThrow(
      'retry.delay is not a duration: "soon". It takes milliseconds as a number, or text such as "30s"',
    );
  });

  it("is checked by the compiler where it is a literal", () => {
    const durations: Duration[] = ["1.5 hours", "30s", "1 day", 5];
    // @ts-expect-error -- not a unit
    durations.push("3 moons");
    // @ts-expect-error -- no unit
    durations.push("30");
    expect(durations).toHaveLength(6);
  });
});
