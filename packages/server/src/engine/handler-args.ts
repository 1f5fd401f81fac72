import type { StandardSchemaV1 } from "@standard-schema/spec";
import { definitionOf, type WorkflowDefinition } from "../core/definition.js";
import { type Duration, parseDuration } from "../core/duration.js";
import {
  InputValidationError,
  InvalidArgumentError,
  NestedStepError,
  UnknownEventError,
} from "../core/errors.js";
import type { ChildOptions, StartTime } from "../core/child-types.js";
import type { Journal } from "../core/journal.js";
import { assertPriority, assertRunId, assertStepName, assertTags } from "../core/names.js";
import { resolveRetry, type RetryPolicy } from "../core/retry.js";
import type { RunRow } from "../core/rows.js";
import type { RunInfo } from "../core/run-info-types.js";
import { parseWith } from "../core/schema.js";
import { createSeeded } from "../core/seeded.js";
import type { Compensate, StepOptions, TransactionOptions } from "../core/step-types.js";
import type { Codec } from "../core/values/codec.js";
import type { LazyAbort } from "./attempt.js";
import { executionScope } from "./execution-scope.js";
import { type Call, createPublisher, type Publisher } from "./handler-calls.js";
import type { ChildStart, Plan, StepPlan, TransactionFunction, UndoPlan } from "./plan.js";

export interface HandlerArgsOptions {
  readonly definition: WorkflowDefinition;
  readonly newest: WorkflowDefinition;
  readonly run: RunRow;
  readonly ctx: unknown;
  readonly codec: Codec;
  readonly abort: LazyAbort;
  readonly journal: Journal<Plan>;
  /** Time of the last outcome delivered. */
  readonly now: () => number;
  /** Time now. */
  readonly clock: () => number;
  readonly patched: (id: string) => boolean;
  readonly acceptsCall: () => boolean;
  readonly onCall: (call: Call) => void;
  readonly onAsk: () => void;
  readonly onContinue: (definition: WorkflowDefinition, input: unknown) => void;
}

type AnyStepOptions = StepOptions<unknown, boolean, StandardSchemaV1 | undefined>;
type AnyTransactionOptions = TransactionOptions<unknown, boolean, StandardSchemaV1 | undefined>;

/**
 * Makes what a handler receives. Arguments are checked at the call; a bad one rejects what the call
 * returns, and takes no place in the history.
 */
export function createHandlerArgs(options: HandlerArgsOptions): unknown {
  const { definition, newest, run, codec, abort, journal, onAsk } = options;
  const seeded = createSeeded(run.seed);
  const policy = resolveRetry(definition.retry);
  const count = createCounter(run.iteration);
  const publisher = createPublisher({
    definition,
    runId: run.id,
    codec,
    now: options.clock,
    origin: null,
    accepts: options.acceptsCall,
    store: options.onCall,
  });

  /** Refuses what must not be called inside a step, and turns bad arguments into a rejection. */
  const asked =
    <TArgs extends unknown[]>(what: string, ask: (...args: TArgs) => Promise<unknown>) =>
    (...args: TArgs): Promise<unknown> => {
      try {
        assertOutside(run.id, what);
        return ask(...args);
      } catch (error) {
        const refused = Promise.reject(error);
        refused.catch(() => {});
        return refused;
      }
    };

  const ask = (kind: Plan["kind"] | "transaction", name: string, plan: Plan): Promise<unknown> => {
    assertStepName(name, kind === "event" ? "the key of a wait" : `a ${kind}`);
    const promise = journal.ask(kind, name, plan);
    onAsk();
    return promise;
  };

  const args = {
    input: codec.decode(run.input),
    ctx: options.ctx,
    run: runInfoOf(run),
    ...inScope(run.id, publisher),

    step: asked("step", (name: string, fn: () => unknown, stepOptions: AnyStepOptions = {}) => {
      assertFunction(fn, "step", name);
      return ask("step", name, { ...stepPlan(stepOptions, policy), call: { kind: "plain", fn } });
    }),

    transaction: asked(
      "transaction",
      (name: string, fn: TransactionFunction, stepOptions: AnyTransactionOptions = {}) => {
        assertFunction(fn, "transaction", name);
        const plan = stepPlan({ ...stepOptions, timeout: stepOptions.timeout ?? "5s" }, policy);
        const maxWaitMs = parseDuration(stepOptions.maxWait ?? "2s", "maxWait");
        const { isolationLevel } = stepOptions;
        return ask("transaction", name, {
          ...plan,
          call: { kind: "transaction", fn, maxWaitMs, isolationLevel },
        });
      },
    ),

    sleep: asked("sleep", (name: string, duration: Duration) => {
      const afterMs = parseDuration(duration, "the duration of a sleep");
      return ask("sleep", name, { kind: "sleep", wake: { afterMs } });
    }),

    sleepUntil: asked("sleepUntil", (name: string, date: Date) => {
      const at = assertDate(date, "the date of sleepUntil");
      return ask("sleep", name, { kind: "sleep", wake: { at } });
    }),

    waitForEvent: asked(
      "waitForEvent",
      (event: string, wait: { timeout?: Duration; key?: string } = {}) => {
        if (definition.events[event] === undefined) throw unknownEvent(definition, event, run.id);
        const timeoutMs =
          wait.timeout === undefined ? null : parseDuration(wait.timeout, "timeout");
        const name = wait.key ?? event;
        const isSame = (plan: Plan): boolean => plan.kind === "event" && plan.event === event;
        return (
          journal.refuseWait(name, isSame) ??
          ask("event", name, { kind: "event", event, timeoutMs })
        );
      },
    ),

    sendEvent: asked("sendEvent", (name: string, send: SendArgs) => {
      assertRunId(send.id);
      return ask("send", name, {
        kind: "send",
        runId: send.id,
        event: send.event,
        payload: send.payload,
        definition: send.workflow === undefined ? null : definitionOf(send.workflow),
      });
    }),

    invoke: asked(
      "invoke",
      (name: string, workflow: unknown, input: unknown, child: ChildArgs = {}) =>
        ask("child", name, {
          kind: "child",
          child: childStart(workflow, input, child),
          undo: undoPlan(child.compensate, policy, null),
        }),
    ),

    spawn: asked(
      "spawn",
      (name: string, workflow: unknown, input: unknown, child: ChildArgs = {}) =>
        ask("spawn", name, { kind: "spawn", child: childStart(workflow, input, child) }),
    ),

    now: () => {
      assertOutside(run.id, "now");
      return new Date(options.now());
    },
    uuid: (name = "") => {
      assertOutside(run.id, "uuid");
      return seeded.uuid(...count("uuid", name));
    },
    random: (name = "") => {
      assertOutside(run.id, "random");
      return seeded.random(...count("random", name));
    },
    patched: (id: string) => {
      assertOutside(run.id, "patched");
      assertStepName(id, "the id of a patch");
      return options.patched(id);
    },

    continueAsNew: asked("continueAsNew", async (input: unknown) => {
      const parsed = await parseInput(newest, input, run.id);
      options.onContinue(newest, codec.encode(parsed, "input"));
      return new Promise(() => {});
    }),
  };
  return Object.defineProperty(args, "signal", { enumerable: true, get: () => abort.signal });
}

/** Parses the input of a workflow. */
export async function parseInput(
  definition: WorkflowDefinition,
  input: unknown,
  runId?: string,
): Promise<unknown> {
  if (definition.input === undefined) return undefined;
  return parseWith(definition.input, input, (summary, issues) => {
    const message = `The input of workflow "${definition.name}" does not fit its schema: ${summary}.`;
    return new InputValidationError(message, { issues, ...(runId === undefined ? {} : { runId }) });
  });
}

/** The error for an event that a workflow does not declare. */
export function unknownEvent(definition: WorkflowDefinition, event: unknown, runId: string): Error {
  const known = Object.keys(definition.events).join(", ") || "none";
  return new UnknownEventError(
    `Workflow "${definition.name}" declares no event ${JSON.stringify(event)}; it has ${known}.`,
    { runId },
  );
}

/** What a handler, or an undo of its run, can read of the run. */
export function runInfoOf(run: RunRow): RunInfo {
  return Object.freeze({
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    attempt: run.attempt,
    iteration: run.iteration,
    createdAt: new Date(run.createdAt),
    owner: run.owner === "" ? null : run.owner,
    tags: Object.freeze([...run.tags]),
    idempotencyKey: run.idempotencyKey,
    traceId: run.traceId,
  });
}

interface SendArgs {
  readonly id: string;
  readonly event: string;
  readonly payload?: unknown;
  readonly workflow?: unknown;
}
type ChildArgs = ChildOptions &
  StartTime & { readonly compensate?: Compensate<unknown> | undefined };

/** Inside a step the calls go to the step, else to the handler. */
function inScope(runId: string, publisher: Publisher): Publisher {
  const here = (): Publisher => {
    const scope = executionScope.getStore();
    return scope?.runId === runId && scope.inside !== null ? scope.inside : publisher;
  };
  return {
    log: {
      debug: (message, data) => here().log.debug(message, data),
      info: (message, data) => here().log.info(message, data),
      warn: (message, data) => here().log.warn(message, data),
      error: (message, data) => here().log.error(message, data),
    },
    emit: (stream, value) => here().emit(stream, value),
    progress: (value) => here().progress(value),
  };
}

function assertOutside(runId: string, what: string): void {
  const scope = executionScope.getStore();
  if (scope?.runId !== runId || scope.inside === null) return;
  throw new NestedStepError(
    `${what} was called inside ${scope.inside.what} of run ${runId}: only log, emit and progress may be ` +
      "used there. Call it in the handler, before or after.",
    { runId },
  );
}

function createCounter(iteration: number) {
  const counts = new Map<string, number>();
  return (kind: "uuid" | "random", name: string): [string, number] => {
    const counted = `${kind}:${name}`;
    const occurrence = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, occurrence);
    return [`${iteration}:${name}`, occurrence];
  };
}

function stepPlan(options: AnyStepOptions, fallback: RetryPolicy): Omit<StepPlan, "call"> {
  const policy = resolveRetry(options.retry, fallback);
  const timeoutMs =
    options.timeout === undefined ? null : parseDuration(options.timeout, "timeout");
  return {
    kind: "step",
    policy,
    timeoutMs,
    output: options.output,
    optional: options.optional === true,
    undo: undoPlan(options.compensate, policy, timeoutMs),
  };
}

function undoPlan(
  compensate: Compensate<unknown> | undefined,
  policy: RetryPolicy,
  timeoutMs: number | null,
): UndoPlan | null {
  if (compensate === undefined) return null;
  if (typeof compensate === "function") return { run: compensate, policy, timeoutMs };
  assertFunction(compensate.run, "compensate", "run");
  return {
    run: compensate.run,
    policy: resolveRetry(compensate.retry, policy),
    timeoutMs:
      compensate.timeout === undefined
        ? timeoutMs
        : parseDuration(compensate.timeout, "compensate.timeout"),
  };
}

function childStart(workflow: unknown, input: unknown, options: ChildArgs): ChildStart {
  const { tags = [], priority, delay, startAt } = options;
  assertTags(tags);
  if (priority !== undefined) assertPriority(priority);
  return {
    definition: definitionOf(workflow),
    input,
    tags,
    priority: priority ?? null,
    delayMs: delay === undefined ? 0 : parseDuration(delay, "delay"),
    startAt: startAt === undefined ? null : assertDate(startAt, "startAt"),
  };
}

/** A valid date in milliseconds. */
export function assertDate(date: unknown, what: string): number {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.getTime();
  throw new InvalidArgumentError(`${what} must be a valid Date; given was ${String(date)}.`);
}

function assertFunction(fn: unknown, what: string, name: string): void {
  if (typeof fn === "function") return;
  throw new InvalidArgumentError(`${what} "${name}" needs a function; given was ${typeof fn}.`);
}
