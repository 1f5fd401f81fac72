import type {
  inferProcedureBuilderResolverOptions,
  TRPCProcedureBuilder,
  TRPCUnsetMarker,
} from "@trpc/server";

/** The app's own procedure that the router is built on, before any input or output. */
export type BaseProcedure<TContext, TMeta, TOverrides> = TRPCProcedureBuilder<
  TContext,
  TMeta,
  TOverrides,
  TRPCUnsetMarker,
  TRPCUnsetMarker,
  TRPCUnsetMarker,
  TRPCUnsetMarker,
  false
>;

/** The `ctx` that the middlewares of the procedure leave to its resolvers. */
export type ContextOf<TContext, TMeta, TOverrides> = inferProcedureBuilderResolverOptions<
  BaseProcedure<TContext, TMeta, TOverrides>
>["ctx"];

/** Turns the forty lines of a mismatch into one that can be read. */
export type NoInputYet<TInput> = TInput extends TRPCUnsetMarker
  ? unknown
  : "createWorkflowRouter needs a procedure without .input() and .output(): put what it reads into ctx";
