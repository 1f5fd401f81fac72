import { describe, expect, it, vi } from "vitest";
import {
  InvalidArgumentError,
  NonRetryableError,
  NotSerializableError,
  PayloadTooLargeError,
  RetryAfterError,
  RunNotFoundError,
} from "./errors.js";
import { DEFAULT_RETRY, nextDelay, resolveRetry, type RetryOptions } from "./retry.js";

const half = (): number => 0.5;
const error = new Error("busy");

describe("resolveRetry", () => {
  it("is the fallback where nothing is said, and fills in what is left out", () => {
    expect(resolveRetry(undefined)).toEqual({
      attempts: 3,
      delayMs: 1_000,
      factor: 2,
      maxDelayMs: 3_600_000,
      jitter: true,
      retryIf: undefined,
    });
    const ofWorkflow = resolveRetry({ attempts: 7, delay: "2s", jitter: false });
    expect(resolveRetry({ factor: 3, maxDelay: 9_000 }, ofWorkflow)).toEqual({
      attempts: 7,
      delayMs: 2_000,
      factor: 3,
      maxDelayMs: 9_000,
      jitter: false,
      retryIf: undefined,
    });
  });

  it.each([
    { attempts: 0 },
    { attempts: 1.5 },
    { attempts: Number.POSITIVE_INFINITY },
    { factor: 0.5 },
    { factor: Number.NaN },
    { delay: "soon" },
    { maxDelay: -1 },
    { jitter: 1 },
    { retryIf: true },
  ])("refuses %o and names the option", (options) => {
    const resolve = (): unknown => resolveRetry(options as unknown as RetryOptions);
    expect(resolve).toThrow(InvalidArgumentError);
    expect(resolve).toThrow(`retry.${Object.keys(options)[0]}`);
  });
});

describe("nextDelay", () => {
  it("grows by the factor up to the maximum, and ends with the attempts", () => {
    const policy = resolveRetry({
      attempts: 5,
      delay: 100,
      factor: 3,
      maxDelay: 1_000,
      jitter: false,
    });
    const delays = [1, 2, 3, 4, 5, 6].map((attempt) => nextDelay(policy, attempt, error, half));
    expect(delays).toEqual([100, 300, 900, 1_000, null, null]);
  });

  it("stays at the maximum where the power leaves the range of a number", () => {
    const policy = resolveRetry({ attempts: 1e9, factor: 10, jitter: false });
    expect(nextDelay(policy, 1e6, error, half)).toBe(3_600_000);
    const atOnce = resolveRetry({ attempts: 1e9, delay: 0, factor: 10, jitter: false });
    expect(nextDelay(atOnce, 1e6, error, half)).toBe(0);
  });

  it("keeps half of the delay and draws the other half", () => {
    const delays = [0, 0.5, 0.999_999].map((drawn) =>
      nextDelay(DEFAULT_RETRY, 2, error, () => drawn),
    );
    expect(delays).toEqual([1_000, 1_500, 2_000]);
  });

  it("ends at errors that would only come again", () => {
    for (const final of [
      new NonRetryableError("no"),
      new NotSerializableError("no", { path: "output" }),
      new PayloadTooLargeError("no", { bytes: 2, limit: 1 }),
    ]) {
      expect(nextDelay(DEFAULT_RETRY, 1, final, half), final.name).toBeNull();
    }
    expect(nextDelay(DEFAULT_RETRY, 1, new RunNotFoundError("later?"), half)).toBe(750);
    expect(nextDelay(DEFAULT_RETRY, 1, "thrown text", half)).toBe(750);
  });

  it("asks retryIf with the error, but not once the attempts are over", () => {
    const retryIf = vi.fn((thrown: unknown) => thrown !== error);
    const policy = resolveRetry({ attempts: 2, retryIf });
    expect(nextDelay(policy, 1, error, half)).toBeNull();
    expect(nextDelay(policy, 1, "other", half)).toBe(750);
    expect(nextDelay(policy, 2, "other", half)).toBeNull();
    expect(retryIf.mock.calls).toEqual([[error], ["other"]]);
  });

  it("waits as long as RetryAfterError says, within the attempts", () => {
    const busy = new RetryAfterError("busy", "2 days");
    expect(nextDelay(DEFAULT_RETRY, 1, busy, half)).toBe(172_800_000);
    expect(nextDelay(DEFAULT_RETRY, 3, busy, half)).toBeNull();
  });
});
