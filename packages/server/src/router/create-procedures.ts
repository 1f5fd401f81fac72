import { InvalidArgumentError, WorkflowNotFoundError } from "../core/errors.js";
import type { WorkflowRun } from "../core/run-types.js";
import type { TypesList } from "../core/workflow-list-types.js";
import type { WorkflowDispatch } from "../engine/engine-types.js";
import type { OperatorOptions } from "../engine/operation-types.js";
import type { Viewer } from "./access.js";
import { describeDefinitions } from "./describe-definitions.js";
import { inputParsers } from "./input-parsers.js";
import type { BaseProcedure } from "./procedure-types.js";
import { readHead } from "./read-head.js";
import type { RunAction } from "./router-access-types.js";
import type { RouterCall, RouterParts } from "./router-call.js";
import type { OperateInput } from "./router-input-types.js";
import type { WorkflowDescription, WorkflowRouterRecord } from "./router-record-types.js";
import { streamSubscription } from "./stream-subscription.js";
import { answer } from "./trpc-error.js";
import { watchSubscription } from "./watch-subscription.js";

/** The procedures, knowing nothing of the workflows: their types are added by the caller. */
export function createProcedures(
  procedure: BaseProcedure<object, unknown, object>,
  parts: RouterParts,
): WorkflowRouterRecord<TypesList, unknown> {
  const { engine, access, visible } = parts;
  let descriptions: WorkflowDescription[] | null = null;

  /** Lets the caller in to a run: whose it is is known before anything is done to it. */
  async function enter(
    action: RunAction,
    { ctx, input }: RouterCall<{ readonly id: string }>,
    read = (id: string): Promise<WorkflowRun> => readHead(engine, id),
  ): Promise<{ readonly run: WorkflowRun; readonly viewer: Viewer }> {
    const viewer = await access.identify(ctx);
    const run = await read(input.id);
    await access.admitToRun(ctx, action, run, viewer);
    return { run, viewer };
  }

  /** A resolver that does something to a run; the caller is kept in its log. */
  function operate<TInput extends OperateInput>(
    action: RunAction,
    run: (input: TInput, by: OperatorOptions) => Promise<void>,
  ): (call: RouterCall<TInput>) => Promise<void> {
    return (call) =>
      answer(async () => {
        const { viewer } = await enter(action, call);
        await run(call.input, { actor: viewer, reason: call.input.reason });
      });
  }

  return {
    start: procedure.input(inputParsers.start).mutation(({ ctx, input }) =>
      answer(async () => {
        const owner = await access.identify(ctx);
        const { workflow, idempotencyKey, tags, startAt } = input;
        assertListed(engine, workflow);
        await access.admit(ctx, "start", workflow);
        const options = { owner, idempotencyKey, tags, startAt };
        const { id, created } = await engine.start(workflow, input.input, options);
        return { id, created };
      }),
    ),

    get: procedure.input(inputParsers.get).query((call) =>
      answer(async () => {
        const { run } = await enter("get", call, engine.get);
        return visible.run(run);
      }),
    ),

    list: procedure.input(inputParsers.list).query(({ ctx, input }) =>
      answer(async () => {
        const owner = await access.identify(ctx);
        await access.admit(ctx, "list", input.workflow);
        // The runs of somebody else do not exist.
        if (owner !== undefined && input.owner !== undefined && input.owner !== owner) {
          return { items: [], nextCursor: null };
        }
        const page = await engine.list({ ...input, owner: owner ?? input.owner });
        return { ...page, items: page.items.map(visible.summary) };
      }),
    ),

    watch: procedure
      .input(inputParsers.watch)
      .subscription((call) => watchSubscription(parts, call)),

    stream: procedure
      .input(inputParsers.stream)
      .subscription((call) => streamSubscription(parts, call)),

    logs: procedure.input(inputParsers.logs).query((call) =>
      answer(async () => {
        await enter("logs", call);
        const { id, ...filter } = call.input;
        return engine.logs(id, filter);
      }),
    ),

    cancel: procedure
      .input(inputParsers.cancel)
      .mutation(
        operate("cancel", ({ id, compensate }, by) => engine.cancel(id, { ...by, compensate })),
      ),

    retry: procedure
      .input(inputParsers.retry)
      .mutation(operate("retry", ({ id, from }, by) => engine.retry(id, { ...by, from }))),

    pause: procedure
      .input(inputParsers.pause)
      .mutation(operate("pause", ({ id }, by) => engine.pause(id, by))),

    resume: procedure
      .input(inputParsers.resume)
      .mutation(operate("resume", ({ id }, by) => engine.resume(id, by))),

    skipStep: procedure
      .input(inputParsers.skipStep)
      .mutation(
        operate("skipStep", ({ id, step, output }, by) => engine.skipStep(id, step, output, by)),
      ),

    wake: procedure
      .input(inputParsers.wake)
      .mutation(operate("wake", ({ id, step }, by) => engine.wake(id, { ...by, step }))),

    sendEvent: procedure.input(inputParsers.sendEvent).mutation((call) =>
      answer(async () => {
        const { run } = await enter("sendEvent", call);
        const { id, workflow, event, payload, dedupeKey } = call.input;
        assertWorkflow(run, workflow);
        await engine.sendEvent(id, event, payload, { dedupeKey });
      }),
    ),

    definitions: procedure.query(({ ctx }) =>
      answer(async () => {
        await access.identify(ctx);
        await access.admit(ctx, "definitions");
        return (descriptions ??= describeDefinitions(engine.workflows));
      }),
    ),

    stats: procedure.query(({ ctx }) =>
      answer(async () => {
        const owner = await access.identify(ctx);
        await access.admit(ctx, "stats");
        const { counts } = await engine.stats({ owner });
        return { counts };
      }),
    ),
  };
}

/** So that `authorize` is asked about workflows that exist only. */
function assertListed({ workflows }: Pick<WorkflowDispatch, "workflows">, name: string): void {
  if (workflows.some((one) => one.name === name)) return;
  throw new WorkflowNotFoundError(`There is no workflow ${JSON.stringify(name)}.`);
}

/** A client that names the workflow has typed the event by it. */
function assertWorkflow(run: WorkflowRun, workflow: string | undefined): void {
  if (workflow === undefined || workflow === run.workflow) return;
  throw new InvalidArgumentError(
    `workflow: run ${run.id} is of ${JSON.stringify(run.workflow)}, not of ${JSON.stringify(workflow)}.`,
    { runId: run.id },
  );
}
