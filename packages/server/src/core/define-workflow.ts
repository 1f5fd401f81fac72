import type { DefineWorkflow, WorkflowBuilder } from "./define-workflow-types.js";
import { attachDefinition, checkDefinition } from "./definition.js";
import type { PrismaLike, PrismaRaw, TransactionOf } from "./prisma-like.js";
import type { AnyWorkflow } from "./workflow-types.js";

/**
 * Defines a workflow: its name, the schemas of what goes in and comes out, and the handler.
 * Everything is checked here, and the result is frozen; nothing runs before an engine lists it.
 *
 * A handler that invokes its own workflow, or uses the engine that lists it, needs its return type
 * written: `async run({ input }): Promise<number>`.
 *
 * @throws {InvalidArgumentError} naming the workflow and the field that is wrong.
 *
 * @example
 * ```ts
 * export const checkout = defineWorkflow({
 *   name: "checkout",
 *   input: z.object({ orderId: z.string(), amount: z.number().positive() }),
 *   events: { approved: z.object({ by: z.string() }) },
 *   async run({ input, step, waitForEvent }) {
 *     const charge = await step(
 *       "charge",
 *       ({ idempotencyKey }) => cards.charge(input.amount, { idempotencyKey }),
 *       { compensate: (charge) => cards.refund(charge?.id) },
 *     );
 *     const approval = await waitForEvent("approved", { timeout: "3 days" });
 *     if (approval === null) throw new NonRetryableError("nobody approved in time");
 *     return { receipt: charge.id };
 *   },
 * });
 * ```
 */
export const defineWorkflow = createWorkflow as DefineWorkflow<unknown, PrismaRaw>;

/**
 * Hands out a `defineWorkflow` whose handlers have a typed `ctx`, and a `tx` of the app's own Prisma
 * client; both parts are optional. The engine's option `context` makes what `ctx` is.
 *
 * @example
 * ```ts
 * const { defineWorkflow } = initWorkflow.context<{ mailer: Mailer }>().prisma<PrismaClient>().create();
 *
 * export const onboarding = defineWorkflow({
 *   name: "onboarding",
 *   input: z.object({ email: z.email() }),
 *   async run({ input, ctx, step, transaction }) {
 *     await transaction("save", (tx) => tx.user.create({ data: { email: input.email } }));
 *     await step("welcome", () => ctx.mailer.welcome(input.email));
 *   },
 * });
 * ```
 */
export const initWorkflow: WorkflowBuilder<unknown, PrismaRaw> = createBuilder();

function createBuilder<TContext, TTransaction>(): WorkflowBuilder<TContext, TTransaction> {
  return Object.freeze({
    context: <C extends object>() => createBuilder<C, TTransaction>(),
    prisma: <P extends PrismaLike>() => createBuilder<TContext, TransactionOf<P>>(),
    create: () => ({ defineWorkflow: createWorkflow as DefineWorkflow<TContext, TTransaction> }),
  });
}

function createWorkflow(source: unknown): AnyWorkflow {
  const definition = checkDefinition(source);
  const { name, version, deprecated } = definition;
  const workflow = attachDefinition({ name, version, deprecated }, definition);
  // The rest of a `Workflow` are types.
  return Object.freeze(workflow) as AnyWorkflow;
}
