import { isRunId } from "../../core/names.js";
import type { WorkflowRun } from "../../core/run-types.js";
import type { Codec } from "../../core/values/codec.js";
import type { StepWindow, Store } from "../../store/store.js";
import type { GetOptions } from "../operation-types.js";
import { readInteger } from "./read-integer.js";
import { runNotFound } from "./run-not-found.js";
import { viewRun } from "./run-view.js";
import { ALL_STEPS } from "./step-windows.js";

export interface GetRunDeps {
  readonly store: Pick<Store, "readRun">;
  readonly codec: Codec;
}

/**
 * A run with all its steps, or with the page of them that `steps` asks for.
 *
 * @throws {RunNotFoundError}
 * @throws {InvalidArgumentError} for a bad page.
 */
export async function getRun(
  { store, codec }: GetRunDeps,
  runId: string,
  { steps }: GetOptions = {},
): Promise<WorkflowRun> {
  const window = steps === undefined ? ALL_STEPS : pageOf(steps);
  const rows = isRunId(runId) ? await store.readRun(runId, window) : null;
  if (rows === null) throw runNotFound(runId);
  return viewRun(rows, codec);
}

/** What an integer column of either database holds. */
const MAX_INTEGER = 2 ** 31 - 1;

function pageOf({ after = -1, limit = MAX_INTEGER }: NonNullable<GetOptions["steps"]>): StepWindow {
  return {
    kind: "page",
    after: readInteger(after, { what: "steps.after", min: -1, max: MAX_INTEGER }),
    limit: readInteger(limit, { what: "steps.limit", min: 1, max: MAX_INTEGER }),
  };
}
