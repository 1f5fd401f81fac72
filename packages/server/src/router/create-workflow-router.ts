import type { TRPCProcedureBuilder } from "@trpc/server";
import { type Duration, parseDuration } from "../core/duration.js";
import { InvalidArgumentError } from "../core/errors.js";
import type { TypesList } from "../core/workflow-list-types.js";
import type { WorkflowTypes } from "../core/workflow-types.js";
import type { WorkflowDispatch } from "../engine/engine-types.js";
import { createAccess } from "./access.js";
import { createProcedures } from "./create-procedures.js";
import type { BaseProcedure, ContextOf, NoInputYet } from "./procedure-types.js";
import type { RouterAccess } from "./router-access-types.js";
import type { WorkflowRouterRecord } from "./router-record-types.js";
import { createVisible } from "./visible-run.js";

/** Options of `createWorkflowRouter` but for the procedure and for who may do what. */
export interface WorkflowRouterOptions {
  /**
   * Whether clients see `stack`, `cause` and `errors` of the errors in runs, beside name, message and
   * code. @default false
   */
  readonly exposeStacks?: boolean | undefined;
  /** How long a subscription goes on without `owner` and `authorize` being called. @default "10s" */
  readonly recheck?: Duration | undefined;
}

/**
 * The procedures that start, steer and watch the runs of an engine, made from the app's own procedure:
 * a plain record to nest in the app's router. Context, middlewares, transformer and error formatter
 * are the app's.
 *
 * Closed unless opened: it takes `owner`, `authorize`, both, or `access: "public"`. With `owner` a run
 * of somebody else does not exist (`NOT_FOUND`, before `authorize` is asked); `authorize` answering
 * anything but `true` is `FORBIDDEN`. Both are called again while a subscription is open.
 *
 * @throws {InvalidArgumentError} where neither is given, and for a procedure that has an input.
 *
 * @example
 * ```ts
 * export const workflowRouter = createWorkflowRouter(engine, {
 *   procedure: protectedProcedure,
 *   owner: ({ ctx }) => ctx.session.user.id,
 * });
 * export const appRouter = router({ workflow: workflowRouter });
 * ```
 */
export function createWorkflowRouter<
  TList extends TypesList,
  TContext,
  TMeta,
  TOverrides,
  TInputIn,
  TInputOut,
  TOutputIn,
  TOutputOut,
>(
  engine: WorkflowDispatch<TList>,
  options: {
    /** The app's own, with the middlewares that every procedure is to have. */
    readonly procedure: TRPCProcedureBuilder<
      TContext,
      TMeta,
      TOverrides,
      TInputIn,
      TInputOut,
      TOutputIn,
      TOutputOut,
      false
    > &
      NoInputYet<TInputIn> &
      NoInputYet<TOutputIn>;
  } & WorkflowRouterOptions &
    RouterAccess<ContextOf<TContext, TMeta, TOverrides>, TList[number]>,
): WorkflowRouterRecord<TList, TMeta> {
  const { exposeStacks = false, recheck = "10s" } = options;
  assertNoInput(options.procedure);
  const procedures = createProcedures(
    // What is known of the context, the meta data and the workflows is for callers only.
    options.procedure as unknown as BaseProcedure<object, unknown, object>,
    {
      engine: engine as unknown as WorkflowDispatch,
      access: createAccess(options as unknown as RouterAccess<unknown, WorkflowTypes>),
      visible: createVisible(exposeStacks),
      recheckMs: readRecheck(recheck),
    },
  );
  return procedures as unknown as WorkflowRouterRecord<TList, TMeta>;
}

function assertNoInput({ _def }: { readonly _def: { inputs: unknown[]; output?: unknown } }): void {
  if (_def.inputs.length === 0 && _def.output === undefined) return;
  throw new InvalidArgumentError(
    "createWorkflowRouter needs a procedure without .input() and .output(): put what it reads into ctx.",
  );
}

function readRecheck(recheck: Duration): number {
  const recheckMs = parseDuration(recheck, "recheck");
  if (recheckMs >= MIN_RECHECK_MS && recheckMs <= MAX_RECHECK_MS) return recheckMs;
  throw new InvalidArgumentError("createWorkflowRouter: recheck must be from 10 ms to a day.");
}

/** Less would only burden what `owner` and `authorize` ask. */
const MIN_RECHECK_MS = 10;
const MAX_RECHECK_MS = 86_400_000;
