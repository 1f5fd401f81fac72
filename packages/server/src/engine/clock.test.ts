import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./clock.js";

describe("systemClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("calls once, when the time has passed", () => {
    const fn = vi.fn();
    systemClock.setTimeout(fn, 50);

    vi.advanceTimersByTime(49);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it("waits for longer than one timer of Node can", () => {
    const fn = vi.fn();
    const sixtyDaysMs = 60 * 24 * 3_600_000;
    systemClock.setTimeout(fn, sixtyDaysMs);

    vi.advanceTimersByTime(sixtyDaysMs - 1);
    expect(fn).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it("leaves no timer behind when it is cancelled, in the second part of a long one too", () => {
    const timer = systemClock.setTimeout(() => expect.unreachable(), 60 * 24 * 3_600_000);
    vi.advanceTimersByTime(30 * 24 * 3_600_000);

    timer.cancel();

    expect(vi.getTimerCount()).toBe(0);
  });
});
