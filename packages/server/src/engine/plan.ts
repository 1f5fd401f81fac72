import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { WorkflowDefinition } from "../core/definition.js";
import type { PrismaRaw } from "../core/prisma-like.js";
import type { RetryPolicy } from "../core/retry.js";
import type { CompensateContext, IsolationLevel, StepContext } from "../core/step-types.js";

/** What the handler wants of something that it asked for, checked and in milliseconds. */
export type Plan = StepPlan | SleepPlan | EventPlan | ChildPlan | SpawnPlan | SendPlan;

export interface StepPlan {
  readonly kind: "step";
  /** How `fn` is called: alone, or with the `tx` of a transaction that records its outcome too. */
  readonly call:
    | { readonly kind: "plain"; readonly fn: (context: StepContext) => unknown }
    | ({ readonly kind: "transaction"; readonly fn: TransactionFunction } & TransactionSettings);
  readonly policy: RetryPolicy;
  readonly timeoutMs: number | null;
  readonly output: StandardSchemaV1 | undefined;
  readonly optional: boolean;
  readonly undo: UndoPlan | null;
}
export type TransactionFunction = (tx: PrismaRaw, context: StepContext) => unknown;
export interface TransactionSettings {
  readonly maxWaitMs: number;
  readonly isolationLevel: IsolationLevel | undefined;
}

export interface UndoPlan {
  readonly run: (output: unknown, context: CompensateContext) => unknown;
  readonly policy: RetryPolicy;
  readonly timeoutMs: number | null;
}

export interface SleepPlan {
  readonly kind: "sleep";
  /** From when it is asked for, or at a date. */
  readonly wake: { readonly afterMs: number } | { readonly at: number };
}

export interface EventPlan {
  readonly kind: "event";
  readonly event: string;
  readonly timeoutMs: number | null;
}

export interface ChildPlan {
  readonly kind: "child";
  readonly child: ChildStart;
  readonly undo: UndoPlan | null;
}

export interface SpawnPlan {
  readonly kind: "spawn";
  readonly child: ChildStart;
}

export interface ChildStart {
  readonly definition: WorkflowDefinition;
  readonly input: unknown;
  readonly tags: readonly string[];
  /** `null` takes the parent's. */
  readonly priority: number | null;
  readonly delayMs: number;
  readonly startAt: number | null;
}

export interface SendPlan {
  readonly kind: "send";
  readonly runId: string;
  readonly event: string;
  readonly payload: unknown;
  readonly definition: WorkflowDefinition | null;
}

/** How a step is undone, if its code says so. */
export function undoOf(plan: Plan): UndoPlan | null {
  return plan.kind === "step" || plan.kind === "child" ? plan.undo : null;
}
