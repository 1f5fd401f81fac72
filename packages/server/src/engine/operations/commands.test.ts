import { describe, expect, it } from "vitest";
import {
  isCommand,
  readSkipCommand,
  readWakeCommand,
  skipCommand,
  wakeCommand,
} from "./commands.js";
import { codec } from "./run-state.fixture.js";

describe("commands", () => {
  it("are read as they were written", () => {
    const wake = wakeCommand("event-1", "settle#2", codec);
    expect(wake).toMatchObject({ id: "event-1", name: "#wake", dedupeKey: null });
    expect(readWakeCommand(wake.payload, codec)).toBe("settle#2");

    const skip = skipCommand("event-2", { step: "charge", output: new Date(5) }, codec);
    expect(skip).toMatchObject({ id: "event-2", name: "#skip", dedupeKey: null });
    expect(readSkipCommand(skip.payload, codec)).toEqual({ step: "charge", output: new Date(5) });
  });

  it("keep an output of undefined", () => {
    const { payload } = skipCommand("event-1", { step: "charge", output: undefined }, codec);
    expect(readSkipCommand(payload, codec)).toEqual({ step: "charge", output: undefined });
  });

  it("are told from events of users and ends of children", () => {
    expect(["#wake", "#skip", "#child", "wake"].filter((name) => isCommand({ name }))).toEqual([
      "#wake",
      "#skip",
    ]);
  });

  it("are refused where the payload is another one", () => {
    expect(() => readWakeCommand("{}", codec)).toThrow(SyntaxError);
    for (const payload of ["null", '"charge"', '{"step":"charge"}', '{"step":1,"output":2}']) {
      expect(() => readSkipCommand(payload, codec)).toThrow(SyntaxError);
    }
  });
});
