import { TRPCError } from "@trpc/server";
import { isWorkflowError } from "../core/errors.js";
import { TRPC_CODES, type TrpcCode } from "../core/trpc-codes.js";

/**
 * What a procedure throws in place of this: an error of the library as a `TRPCError` with the error as
 * its `cause`; anything else as it is, for tRPC to make an `INTERNAL_SERVER_ERROR` of it.
 */
export function toTrpcError(error: unknown): unknown {
  if (!isWorkflowError(error)) return error;
  // Another copy of this package may have codes that this one does not know.
  const code = (TRPC_CODES as Readonly<Record<string, TrpcCode | undefined>>)[error.code];
  if (code === undefined || code === "INTERNAL_SERVER_ERROR") {
    // Its message names tables and rows: that is for `onError`, not for clients.
    return new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: INTERNAL, cause: error });
  }
  return new TRPCError({ code, message: error.message, cause: error });
}

/** The answer of a procedure, its errors as clients see them. */
export async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toTrpcError(error);
  }
}

const INTERNAL = "The workflow engine could not answer.";
