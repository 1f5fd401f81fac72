import type { StandardSchemaV1 } from "@standard-schema/spec";
import { InvalidArgumentError, type ValidationIssue } from "./errors.js";

/** What a schema found wrong, its path made of plain keys. */
export interface SchemaIssue extends ValidationIssue {
  readonly message: string;
  /** From the value inwards; empty where the value itself is wrong. */
  readonly path: readonly (string | number)[];
}

/** Makes the error from one line that names path and text of each issue, and from the issues. */
export type MakeError = (summary: string, issues: readonly SchemaIssue[]) => Error;

/** Whether this is a Standard Schema (version 1): zod 4, valibot, arktype and others. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  // Arktype's schemas are functions.
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  if (standard === null || typeof standard !== "object") return false;
  return Reflect.get(standard, "version") === 1 && isFunction(Reflect.get(standard, "validate"));
}

/**
 * Resolves to the value as the schema parsed it, sync or async alike. Else it rejects with what
 * `makeError` makes of all the issues and of one line with the path and the text of each.
 */
export async function parseWith(
  schema: StandardSchemaV1,
  value: unknown,
  makeError: MakeError,
): Promise<unknown> {
  return accept(await schema["~standard"].validate(value), makeError);
}

/**
 * The same at once, for what cannot wait: throws what `makeError` makes of the issues.
 *
 * @throws {InvalidArgumentError} where the schema answers with a promise.
 */
export function parseNow(schema: StandardSchemaV1, value: unknown, makeError: MakeError): unknown {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    throw new InvalidArgumentError("Schemas of progress and of streams must not be asynchronous.");
  }
  return accept(result, makeError);
}

function accept(result: StandardSchemaV1.Result<unknown>, makeError: MakeError): unknown {
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(plainIssue);
  throw makeError(issues.map(describeIssue).join("; "), issues);
}

function plainIssue(issue: StandardSchemaV1.Issue): SchemaIssue {
  const path = (issue.path ?? []).map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "symbol" ? String(key) : key;
  });
  return { message: issue.message, path };
}

function describeIssue({ path, message }: SchemaIssue): string {
  return path.length === 0 ? message : `${describePath(path)}: ${message}`;
}

/** As it would be written in code: `items[0].sku`, `headers["x-id"]`. */
function describePath(path: readonly (string | number)[]): string {
  return path.reduce<string>((written, key) => {
    if (typeof key === "number") return `${written}[${key}]`;
    if (!IDENTIFIER.test(key)) return `${written}[${JSON.stringify(key)}]`;
    return written === "" ? key : `${written}.${key}`;
  }, "");
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
