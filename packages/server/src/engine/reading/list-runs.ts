import type { WorkflowRunSummary } from "../../core/run-summary-types.js";
import type { Codec } from "../../core/values/codec.js";
import type { Store } from "../../store/store.js";
import type { ListFilter, Page } from "../operation-types.js";
import { encodeListCursor } from "./list-cursor.js";
import { toListQuery } from "./list-query.js";
import { viewSummary } from "./run-view.js";

export interface ListRunsDeps {
  readonly store: Pick<Store, "listRuns">;
  readonly codec: Codec;
}

/**
 * A page of runs without their payloads, newest first.
 *
 * @throws {InvalidArgumentError} naming the field of the filter that is wrong.
 */
export async function listRuns(
  { store, codec }: ListRunsDeps,
  filter: ListFilter = {},
): Promise<Page<WorkflowRunSummary>> {
  const query = toListQuery(filter);
  // One more than asked for tells whether there is another page.
  const rows = await store.listRuns({ ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  return {
    items: page.map((row) => viewSummary(row, codec)),
    nextCursor: last === undefined ? null : encodeListCursor(last),
  };
}
