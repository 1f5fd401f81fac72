import { inspect } from "node:util";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  InputValidationError,
  isWorkflowError,
  type NonRetryableError,
  PayloadTooLargeError,
  RetryAfterError,
  RunNotFoundError,
  type ValidationIssue,
  WORKFLOW_ERROR_CLASSES,
  WORKFLOW_ERROR_CODES,
  WorkflowError,
} from "./errors.js";
import { TRPC_CODES } from "./trpc-codes.js";

describe("WorkflowError", () => {
  it("has a code that is its name in SCREAMING_SNAKE without _ERROR, for every class", () => {
    for (const [name, code] of Object.entries(WORKFLOW_ERROR_CODES)) {
      const screaming = name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
      expect(code).toBe(screaming.replace(/_ERROR$/, ""));
    }
    expect(Object.keys(WORKFLOW_ERROR_CLASSES)).toEqual(Object.keys(WORKFLOW_ERROR_CODES));
  });

  it("carries message, runId and cause, and only those that are given", () => {
    const cause = new Error("no such row");
    const error = new RunNotFoundError("There is no run r1.", { runId: "r1", cause });
    expect(error).toMatchObject({ message: "There is no run r1.", runId: "r1", cause });
    expect(error.code).toBe("RUN_NOT_FOUND");
    const bare = new RunNotFoundError("There is no run.");
    expect(Object.keys(bare)).toEqual(["code"]);
    expect(Object.hasOwn(bare, "cause")).toBe(false);
  });

  it("shows its own name in the stack and when printed", () => {
    const error = new RunNotFoundError("gone");
    expect(error.name).toBe("RunNotFoundError");
    expect(error.stack).toMatch(/^RunNotFoundError: gone\n/);
    expect(inspect(error)).toMatch(/^RunNotFoundError: gone\n/);
  });

  it("carries its data", () => {
    const issues: ValidationIssue[] = [{ message: "too small", path: ["amount"] }];
    expect(new InputValidationError("bad", { issues }).issues).toBe(issues);
    expect(new PayloadTooLargeError("big", { bytes: 3, limit: 2 })).toMatchObject({
      bytes: 3,
      limit: 2,
    });
  });
});

describe("RetryAfterError", () => {
  it("reads its delay at once", () => {
    expect(new RetryAfterError("busy", "2 minutes").delayMs).toBe(120_000);
    // @ts-expect-error -- not a unit
    expect(() => new RetryAfterError("busy", "2 moons")).toThrow(/"2 moons"/);
  });
});

describe("isWorkflowError", () => {
  it("tells the errors of this library from others, and by code", () => {
    const error: unknown = new PayloadTooLargeError("big", { bytes: 3, limit: 2 });
    expect(isWorkflowError(error)).toBe(true);
    expect(isWorkflowError(error, "PAYLOAD_TOO_LARGE")).toBe(true);
    expect(isWorkflowError(error, "RUN_ENDED")).toBe(false);
    expect(isWorkflowError(Object.assign(new Error("x"), { code: "RUN_ENDED" }))).toBe(false);
    expect(isWorkflowError(null)).toBe(false);
    expect(isWorkflowError("RUN_ENDED")).toBe(false);
  });

  it("knows the errors of another copy of the package", () => {
    class OtherCopy extends Error {
      readonly code = "RUN_ENDED";
    }
    Object.defineProperty(OtherCopy.prototype, Symbol.for("@trpc-workflow/error@1"), {
      value: true,
    });
    const error = new OtherCopy("ended");
    expect(error instanceof WorkflowError).toBe(false);
    expect(isWorkflowError(error, "RUN_ENDED")).toBe(true);
  });

  it("narrows to the class of the code", () => {
    const error: unknown = new PayloadTooLargeError("big", { bytes: 3, limit: 2 });
    if (isWorkflowError(error, "PAYLOAD_TOO_LARGE")) {
      expectTypeOf(error).toEqualTypeOf<PayloadTooLargeError>();
      expect(error.bytes).toBe(3);
    }
    if (isWorkflowError(error, "NON_RETRYABLE")) {
      expectTypeOf(error).toEqualTypeOf<NonRetryableError>();
    }
    // @ts-expect-error -- not a code
    expect(isWorkflowError(error, "NO_SUCH_CODE")).toBe(false);
  });
});

describe("TRPC_CODES", () => {
  it("answers for every code, and tells a client nothing of what only arises in process", () => {
    expect(Object.keys(TRPC_CODES)).toHaveLength(Object.keys(WORKFLOW_ERROR_CODES).length);
    expect(TRPC_CODES.INPUT_VALIDATION).toBe("BAD_REQUEST");
    expect(TRPC_CODES.RUN_NOT_FOUND).toBe("NOT_FOUND");
    expect(TRPC_CODES.STEP_RUNNING).toBe("CONFLICT");
    expect(TRPC_CODES.PAYLOAD_TOO_LARGE).toBe("PAYLOAD_TOO_LARGE");
    expect(TRPC_CODES.CORRUPT_ROW).toBe("INTERNAL_SERVER_ERROR");
  });
});
