import { createHash } from "node:crypto";
import type { WorkflowDefinition } from "../core/definition.js";
import { FORMAT } from "../core/values/tags.js";
import type { NewRun } from "../store/store.js";

/** What differs from one new run to the next. */
export interface NewRunOptions {
  readonly id: string;
  /** The run's secret. */
  readonly seed: string;
  readonly definition: WorkflowDefinition;
  /** The parsed input, encoded. */
  readonly input: string;
  readonly now: number;
  /** From when on it may begin. */
  readonly startAt: number;
  readonly owner: string;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | null;
  readonly priority: number;
  readonly traceId: string | null;
  readonly parent: { readonly id: string; readonly key: string; readonly detached: boolean } | null;
}

/** A run as it is inserted. Its timeout counts from when it may begin. */
export function createNewRun(options: NewRunOptions): NewRun {
  const { definition, parent, now } = options;
  const startAt = Math.max(options.startAt, now);
  return {
    id: options.id,
    workflow: definition.name,
    version: definition.version,
    owner: options.owner,
    tags: options.tags,
    idempotencyKey: options.idempotencyKey,
    inputHash: createHash("sha256").update(options.input).digest("base64url"),
    priority: options.priority,
    traceId: options.traceId,
    parentId: parent?.id ?? null,
    parentKey: parent?.key ?? null,
    detached: parent?.detached ?? false,
    seed: options.seed,
    format: FORMAT,
    input: options.input,
    createdAt: now,
    startAt,
    deadlineAt: definition.timeoutMs === null ? null : startAt + definition.timeoutMs,
    claim: null,
  };
}
