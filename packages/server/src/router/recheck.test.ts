import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startRecheck } from "./recheck.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks every so often, and no more once it is stopped", async () => {
  const check = vi.fn(async () => undefined);
  const recheck = startRecheck(check, 1_000, new AbortController());
  await vi.advanceTimersByTimeAsync(3_500);
  expect(check).toHaveBeenCalledTimes(3);
  recheck.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it("waits for an answer before it asks again", async () => {
  const answers: (() => void)[] = [];
  const check = vi.fn(() => new Promise<void>((resolve) => void answers.push(resolve)));
  const recheck = startRecheck(check, 1_000, new AbortController());
  await vi.advanceTimersByTimeAsync(5_000);
  expect(check).toHaveBeenCalledTimes(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(check).toHaveBeenCalledTimes(2);
  recheck.stop();
});

it("ends the scope with the first refusal, and tells it", async () => {
  const scope = new AbortController();
  const refusal = new Error("revoked");
  const recheck = startRecheck(() => Promise.reject(refusal), 1_000, scope);
  recheck.rethrow();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(scope.signal.aborted).toBe(true);
  expect(recheck.rethrow).toThrow(refusal);
  expect(vi.getTimerCount()).toBe(0);
});

it("leaves no timer behind where an answer comes after the stop", async () => {
  const answers: (() => void)[] = [];
  const check = () => new Promise<void>((resolve) => void answers.push(resolve));
  const recheck = startRecheck(check, 1_000, new AbortController());
  await vi.advanceTimersByTimeAsync(1_000);
  recheck.stop();
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
