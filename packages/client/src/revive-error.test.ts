import { expect, it } from "vitest";
import { reviveError } from "./revive-error.js";

it("revives name, message and code, as an Error", () => {
  const error = reviveError({ name: "CardError", message: "declined", code: "DECLINED" });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "CardError", message: "declined", code: "DECLINED" });
  expect(Object.hasOwn(error, "cause")).toBe(false);
});

it("revives what the router exposes: stack, causes and the errors of an aggregate", () => {
  const inner = { name: "TypeError", message: "inner" };
  const error = reviveError({
    name: "AggregateError",
    message: "all failed",
    stack: "AggregateError: all failed\n    at somewhere",
    cause: inner,
    errors: [inner, 5],
  });
  expect(error).toBeInstanceOf(AggregateError);
  expect(error.stack).toContain("at somewhere");
  expect(error.cause).toBeInstanceOf(Error);
  expect(error.cause).toMatchObject(inner);
  expect((error as AggregateError).errors).toEqual([expect.objectContaining(inner), 5]);
});

it("leaves a thrown value that is no error as it is", () => {
  const cause = { reason: "no" };
  expect(reviveError({ name: "NonErrorThrown", message: "", cause }).cause).toBe(cause);
});
