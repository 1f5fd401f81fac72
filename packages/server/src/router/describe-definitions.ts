import type { StandardSchemaV1 } from "@standard-schema/spec";
import { definitionOf } from "../core/definition.js";
import type { AnyWorkflow } from "../core/workflow-types.js";
import type { JsonSchema, WorkflowDescription } from "./router-record-types.js";

/** What the workflows of an engine take, in their order. */
export function describeDefinitions(workflows: readonly AnyWorkflow[]): WorkflowDescription[] {
  return workflows.map((workflow) => {
    const { name, version, deprecated, input, events } = definitionOf(workflow);
    return {
      name,
      version,
      deprecated,
      input: input === undefined ? null : jsonSchemaOf(input),
      events: Object.fromEntries(
        Object.entries(events).map(([event, schema]) => [event, jsonSchemaOf(schema)]),
      ),
    };
  });
}

/** By the Standard JSON Schema that zod 4 and others have beside their Standard Schema. */
function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | null {
  const standard: Partial<Record<string, unknown>> = { ...schema["~standard"] };
  const converter = standard["jsonSchema"];
  if (typeof converter !== "object" || converter === null || !("input" in converter)) return null;
  if (typeof converter.input !== "function") return null;
  try {
    const made: unknown = Reflect.apply(converter.input, converter, [OPTIONS]);
    return typeof made === "object" && made !== null ? { ...made } : null;
  } catch {
    // Standard JSON Schema lets a schema refuse what it cannot convert.
    return null;
  }
}

/** `unrepresentable` has zod leave open what JSON Schema cannot say, such as a date, and keep the rest. */
const OPTIONS = { target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } };
