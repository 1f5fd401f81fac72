import { definitionOf, type WorkflowDefinition } from "../core/definition.js";
import { InvalidArgumentError, WorkflowNotFoundError } from "../core/errors.js";

/** The workflows that an engine lists, by name and version. */
export interface Definitions {
  readonly all: readonly WorkflowDefinition[];
  /** That very version; `undefined` where it is not listed. */
  readonly get: (name: string, version: string) => WorkflowDefinition | undefined;
  /** Of a name the last one listed that is not deprecated. */
  readonly newest: (name: string) => WorkflowDefinition | undefined;
  /** Of a name the last one listed. */
  readonly last: (name: string) => WorkflowDefinition | undefined;
  /**
   * What a name or a workflow stands for where a run is started.
   *
   * @throws {WorkflowNotFoundError} where it is not listed, or all of its versions are deprecated.
   */
  readonly resolve: (reference: unknown) => WorkflowDefinition;
}

/** @throws {InvalidArgumentError} where a version is listed twice. */
export function createDefinitions(workflows: readonly unknown[]): Definitions {
  const all = workflows.map(definitionOf);
  const byKey = new Map<string, WorkflowDefinition>();
  for (const definition of all) {
    const key = keyOf(definition);
    if (byKey.has(key)) {
      throw new InvalidArgumentError(
        `Workflow "${definition.name}" is listed twice in version "${definition.version}": give each version its own label.`,
      );
    }
    byKey.set(key, definition);
  }
  const last = (name: string): WorkflowDefinition | undefined =>
    all.findLast((one) => one.name === name);
  const newest = (name: string): WorkflowDefinition | undefined =>
    all.findLast((one) => one.name === name && !one.deprecated);

  return {
    all,
    get: (name, version) => byKey.get(keyOf({ name, version })),
    newest,
    last,
    resolve: (reference) => {
      if (typeof reference !== "string") return listed(definitionOf(reference));
      const definition = newest(reference);
      if (definition !== undefined) return definition;
      const why =
        last(reference) === undefined ? "is not listed" : "is listed in deprecated versions only";
      throw notFound(JSON.stringify(reference), why, all);
    },
  };

  function listed(definition: WorkflowDefinition): WorkflowDefinition {
    const found = byKey.get(keyOf(definition));
    if (found !== undefined) return found;
    throw notFound(`"${definition.name}" in version "${definition.version}"`, "is not listed", all);
  }
}

/** How workers tell what they can execute. */
export function keyOf({
  name,
  version,
}: {
  readonly name: string;
  readonly version: string;
}): string {
  return `${name}@${version}`;
}

function notFound(
  what: string,
  why: string,
  all: readonly WorkflowDefinition[],
): WorkflowNotFoundError {
  const known = [...new Set(all.map((one) => one.name))].join(", ") || "none";
  return new WorkflowNotFoundError(
    `Workflow ${what} ${why} in this engine's \`workflows\`; it has ${known}.`,
  );
}
