import type { StandardSchemaV1 } from "@standard-schema/spec";
import { parseDuration } from "./duration.js";
import { InvalidArgumentError, isWorkflowError } from "./errors.js";
import { assertStepName, assertWorkflowName } from "./names.js";
import { resolveRetry, type RetryOptions } from "./retry.js";
import { isStandardSchema } from "./schema.js";
import type { SchemaMap } from "./schema-types.js";

/** A checked definition with its types erased: what the engine executes. */
export interface WorkflowDefinition {
  readonly name: string;
  readonly version: string;
  readonly deprecated: boolean;
  /** Names of steps that may be recorded without being asked for. */
  readonly removed: ReadonlySet<string>;
  readonly input: StandardSchemaV1 | undefined;
  readonly output: StandardSchemaV1 | undefined;
  /** Without a prototype: only declared names are found. */
  readonly events: SchemaMap;
  readonly progress: StandardSchemaV1 | undefined;
  /** Without a prototype; `undefined` where any stream takes any value. */
  readonly streams: SchemaMap | undefined;
  /** `null` where the run may take for ever. */
  readonly timeoutMs: number | null;
  readonly retry: RetryOptions | undefined;
  readonly run: (args: unknown) => unknown;
}

/**
 * Checks what a caller, with or without types, gave to `defineWorkflow`.
 *
 * @throws {InvalidArgumentError} naming the workflow and the field that is wrong.
 */
export function checkDefinition(source: unknown): WorkflowDefinition {
  if (!isRecord(source)) refuse("defineWorkflow takes an object with a name and a run function");
  assertWorkflowName(source.name);
  try {
    return Object.freeze({ name: source.name, ...checkFields(source) });
  } catch (error) {
    if (!isWorkflowError(error, "INVALID_ARGUMENT")) throw error;
    throw new InvalidArgumentError(`Workflow "${source.name}": ${error.message}`, { cause: error });
  }
}

/** Keeps the definition on the workflow that users hold. */
export function attachDefinition<T extends object>(workflow: T, definition: WorkflowDefinition): T {
  return Object.defineProperty(workflow, DEFINITION, { value: definition });
}

/**
 * The definition behind a workflow, whichever copy of this package defined it.
 *
 * @throws {InvalidArgumentError} for anything that `defineWorkflow` did not return.
 */
export function definitionOf(workflow: unknown): WorkflowDefinition {
  const definition: unknown = isRecord(workflow) ? workflow[DEFINITION] : undefined;
  if (definition === undefined) {
    refuse("This is not a workflow: pass what defineWorkflow returned, or the name of one");
  }
  return definition as WorkflowDefinition;
}

/** Shared by all copies of this package; the number is that of the shape of `WorkflowDefinition`. */
const DEFINITION = Symbol.for("@trpc-workflow/definition@1");

function checkFields(source: Record<PropertyKey, unknown>): Omit<WorkflowDefinition, "name"> {
  const { run } = source;
  if (typeof run !== "function") refuse("run must be a function");
  return {
    version: checkVersion(source.version),
    deprecated: checkDeprecated(source.deprecated),
    removed: checkRemoved(source.removed),
    input: checkSchema(source.input, "input"),
    output: checkSchema(source.output, "output"),
    events: checkSchemas(source.events, "events") ?? NO_SCHEMAS,
    progress: checkSchema(source.progress, "progress"),
    streams: checkSchemas(source.streams, "streams"),
    timeoutMs: checkTimeout(source.timeout),
    retry: checkRetry(source.retry),
    // On its definition, as a method that uses `this` would expect.
    run: (args) => Reflect.apply(run, source, [args]),
  };
}

function checkVersion(version: unknown): string {
  if (version === undefined) return "1";
  if (typeof version === "string" && VERSION.test(version)) return version;
  return refuse("version must be a label of 1 to 100 characters without control characters");
}

const VERSION = /^[^\p{Cc}\p{Surrogate}]{1,100}$/u;

function checkDeprecated(deprecated: unknown): boolean {
  if (deprecated === undefined || typeof deprecated === "boolean") return deprecated ?? false;
  return refuse("deprecated must be true or false");
}

function checkRemoved(removed: unknown): ReadonlySet<string> {
  if (removed === undefined) return new Set();
  if (!Array.isArray(removed)) refuse("removed must be a list of step names");
  const names: readonly unknown[] = removed;
  return new Set(
    names.map((name, index) => {
      assertStepName(name, `removed[${index}]`);
      return name;
    }),
  );
}

function checkSchemas(schemas: unknown, field: string): SchemaMap | undefined {
  if (schemas === undefined) return undefined;
  if (!isRecord(schemas) || isStandardSchema(schemas)) {
    refuse(`${field} must be an object of schemas by name`);
  }
  const checked: Record<string, StandardSchemaV1> = Object.create(null);
  for (const [name, schema] of Object.entries(schemas)) {
    assertStepName(name, `a name in ${field}`);
    if (!isStandardSchema(schema)) refuse(`${field}.${name} must be a Standard Schema`);
    checked[name] = schema;
  }
  return Object.freeze(checked);
}

const NO_SCHEMAS: SchemaMap = Object.freeze(Object.create(null));

function checkSchema(schema: unknown, field: string): StandardSchemaV1 | undefined {
  if (schema === undefined || isStandardSchema(schema)) return schema;
  return refuse(`${field} must be a Standard Schema, as those of zod 4 are`);
}

function checkTimeout(timeout: unknown): number | null {
  return timeout === undefined ? null : parseDuration(timeout as number, "timeout");
}

function checkRetry(retry: unknown): RetryOptions | undefined {
  if (retry === undefined) return undefined;
  if (!isRecord(retry)) refuse("retry must be an object such as { attempts: 5 }");
  resolveRetry(retry);
  return Object.freeze({ ...retry });
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(message: string): never {
  throw new InvalidArgumentError(`${message}.`);
}
