import { TRPCError } from "@trpc/server";
import { describe, expect, it } from "vitest";
import {
  InputValidationError,
  PayloadTooLargeError,
  RunEndedError,
  RunNotFoundError,
  TablesMissingError,
} from "../core/errors.js";
import { answer, toTrpcError } from "./trpc-error.js";

describe("toTrpcError", () => {
  it.each([
    [new InputValidationError("amount: too small", { issues: [] }), "BAD_REQUEST"],
    [new RunNotFoundError("There is no run 1."), "NOT_FOUND"],
    [new RunEndedError("It has ended.", { status: "failed" }), "CONFLICT"],
    [new PayloadTooLargeError("Too large.", { bytes: 2, limit: 1 }), "PAYLOAD_TOO_LARGE"],
  ])("keeps the message of %s, with the error as the cause", (error, code) => {
    const { message } = error;
    expect(toTrpcError(error)).toMatchObject({ name: "TRPCError", code, message, cause: error });
  });

  it("keeps to itself what only the app should know", () => {
    const error = new TablesMissingError("workflow_run is missing in postgresql://db.internal");
    const told = toTrpcError(error);
    expect(told).toMatchObject({ code: "INTERNAL_SERVER_ERROR", cause: error });
    expect(told).not.toHaveProperty("message", expect.stringContaining("db.internal"));
  });

  it("takes the code of a newer copy of this package for an internal error", () => {
    const error = Object.assign(new RunNotFoundError("hunter2"), { code: "NOT_YET_INVENTED" });
    expect(toTrpcError(error)).toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    expect(toTrpcError(error)).not.toHaveProperty("message", "hunter2");
  });

  it.each([new Error("theirs"), new TRPCError({ code: "UNAUTHORIZED" }), "text", undefined])(
    "leaves %s to tRPC",
    (error) => {
      expect(toTrpcError(error)).toBe(error);
    },
  );
});

it("answers with what was worked out, or throws as clients see it", async () => {
  expect(await answer(async () => 1)).toBe(1);
  const failing = answer(() => Promise.reject(new RunNotFoundError("There is no run 1.")));
  await expect(failing).rejects.toMatchObject({ code: "NOT_FOUND" });
});
