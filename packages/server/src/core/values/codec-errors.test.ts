import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  InputValidationError,
  NonRetryableError,
  PayloadTooLargeError,
  RetryAfterError,
  WorkflowError,
} from "../errors.js";
import { createCodec } from "./codec.js";
import { toErrorShape } from "./error-shape.js";

const codec = createCodec();

function roundTrip(thrown: unknown): Error & { code?: unknown; errors?: unknown } {
  return codec.decodeError(codec.encodeError(thrown));
}

describe("encodeError and decodeError", () => {
  it("keep name, message, stack, code and the chain of causes of a foreign error", () => {
    class CardError extends Error {
      override readonly name = "CardError";
      readonly code = "card_declined";
      readonly requestId = "r1";
    }
    const error = new CardError("declined", { cause: new TypeError("root", { cause: { n: 1n } }) });
    const revived = roundTrip(error);
    expect(Object.getPrototypeOf(revived)).toBe(Error.prototype);
    expect(revived).toMatchObject({
      name: "CardError",
      message: "declined",
      code: "card_declined",
    });
    expect(revived.stack).toBe(error.stack);
    expect(revived).not.toHaveProperty("requestId");
    const cause = revived.cause as Error;
    expect(cause).toMatchObject({ name: "TypeError", message: "root", cause: { n: 1n } });
    expect(Object.keys(revived)).toEqual(["code"]);
  });

  it("keep the errors of an AggregateError, numbers as codes, and errors of another realm", () => {
    const revived = roundTrip(new AggregateError([new Error("a"), "b"], "both"));
    expect(revived).toMatchObject({ name: "AggregateError", message: "both" });
    expect(revived.errors).toEqual([new Error("a"), "b"]);
    expect(roundTrip(Object.assign(new Error("x"), { code: 7 })).code).toBe(7);
    expect(roundTrip(runInNewContext("new RangeError('far')"))).toMatchObject({
      name: "RangeError",
      message: "far",
    });
  });

  it("tell no cause from a cause that is undefined", () => {
    expect(Object.hasOwn(roundTrip(new Error("x")), "cause")).toBe(false);
    expect(Object.hasOwn(roundTrip(new Error("x", { cause: undefined })), "cause")).toBe(true);
  });

  it("revive this library's errors as what they are, with their data", () => {
    const issues = [{ message: "too small", path: ["amount"] }];
    const invalid = roundTrip(new InputValidationError("bad", { issues, runId: "r1" }));
    expect(invalid).toBeInstanceOf(InputValidationError);
    expect(invalid).toBeInstanceOf(WorkflowError);
    expect(invalid).toMatchObject({ code: "INPUT_VALIDATION", issues, runId: "r1" });
    const later = roundTrip(new RetryAfterError("busy", "1 minute", { cause: invalid }));
    expect(later).toBeInstanceOf(RetryAfterError);
    expect(later).toMatchObject({ name: "RetryAfterError", delayMs: 60_000 });
    expect(later.cause).toBeInstanceOf(InputValidationError);
    expect(codec.decode(codec.encode([new NonRetryableError("no")], "output"))).toEqual([
      new NonRetryableError("no"),
    ]);
  });

  it("do not take another error for one of this library because of its name", () => {
    const imposter = Object.assign(new Error("no"), { name: "NonRetryableError" });
    expect(roundTrip(imposter)).not.toBeInstanceOf(WorkflowError);
  });

  it("make an Error named NonErrorThrown of anything else, with the value as its cause", () => {
    for (const thrown of ["text", undefined, null, 7n, { code: 1 }, [1]]) {
      const revived = roundTrip(thrown);
      expect(revived.name).toBe("NonErrorThrown");
      expect(revived.cause).toStrictEqual(thrown);
    }
    expect(roundTrip("text").message).toBe('Something other than an Error was thrown: "text".');
  });

  it("end where a chain of causes comes back to itself", () => {
    const outer = new Error("outer");
    const inner = new Error("inner", { cause: outer });
    outer.cause = inner;
    const revived = roundTrip(outer);
    expect((revived.cause as Error).message).toBe("inner");
    expect(Object.hasOwn(revived.cause as Error, "cause")).toBe(false);
    const aggregate = new AggregateError([], "all");
    aggregate.errors.push(aggregate);
    expect(roundTrip(aggregate).message).toBe("all");
  });

  it("put a few words where a cause holds what cannot be stored, and keep the rest", () => {
    const cause = { status: 500, socket: new WeakRef({}), retry: (): void => {} };
    expect(roundTrip(new Error("http", { cause })).cause).toEqual({
      status: 500,
      socket: "[is an instance of WeakRef]",
      retry: "[is a function]",
    });
  });

  it("survive errors whose getters throw, and revoked proxies", () => {
    const hostile = new Error("x");
    for (const key of ["stack", "name", "message", "code", "cause", "errors"]) {
      Object.defineProperty(hostile, key, {
        get: () => {
          throw new Error(`no ${key}`);
        },
      });
    }
    expect(roundTrip(hostile)).toMatchObject({ name: "Error", message: "" });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(roundTrip(proxy).name).toBe("NonErrorThrown");
    expect(roundTrip(new Error("x", { cause: proxy })).message).toBe("x");
  });

  it("cut an error that is too large, and drop what it carries", () => {
    const small = createCodec({ maxPayloadBytes: 10_000 });
    const text = small.encodeError(
      new NonRetryableError("\u0000".repeat(1e6), { cause: { large: "x".repeat(1e6) } }),
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(10_000);
    const revived = small.decodeError(text);
    expect(revived).toBeInstanceOf(NonRetryableError);
    expect(revived).toMatchObject({ code: "NON_RETRYABLE" });
    expect(revived.message).toMatch(/^\u0000{500,}…$/); // eslint-disable-line no-control-regex
  });

  it("refuse a stored value that is no error", () => {
    expect(() => codec.decodeError("{}")).toThrow(/it is none/);
  });
});

describe("toErrorShape", () => {
  it("is plain data, its causes too", () => {
    const error = Object.assign(
      new AggregateError([new Error("a"), 7], "both", { cause: new TypeError("root") }),
      { code: "E1" },
    );
    expect(toErrorShape(error)).toEqual({
      name: "AggregateError",
      message: "both",
      code: "E1",
      stack: error.stack,
      cause: { name: "TypeError", message: "root", stack: expect.any(String) },
      errors: [{ name: "Error", message: "a", stack: expect.any(String) }, 7],
    });
  });

  it("shows the code and the name of this library's errors", () => {
    const error = new PayloadTooLargeError("big", { bytes: 2, limit: 1 });
    expect(toErrorShape(error)).toMatchObject({
      name: "PayloadTooLargeError",
      code: "PAYLOAD_TOO_LARGE",
    });
  });

  it("ends where a chain of causes comes back to itself, and takes what is no error", () => {
    const outer = new Error("outer");
    outer.cause = new Error("inner", { cause: outer });
    expect(toErrorShape(outer).cause).not.toHaveProperty("cause");
    expect(toErrorShape("text")).toMatchObject({ name: "NonErrorThrown", cause: "text" });
  });
});
