import { InvalidArgumentError } from "../../core/errors.js";
import { assertKey, assertOwner, assertTags, assertWorkflowName } from "../../core/names.js";
import { type PublicRunStatus, RUN_STATUSES } from "../../core/status.js";
import type { ListQuery } from "../../store/store.js";
import type { ListFilter } from "../operation-types.js";
import { decodeListCursor } from "./list-cursor.js";
import { readInteger } from "./read-integer.js";

/**
 * Checks a filter and fills in what it leaves out. An empty `status`, `tags` or `search` does not
 * restrict.
 *
 * @throws {InvalidArgumentError} naming the field that is wrong.
 */
export function toListQuery(filter: ListFilter): ListQuery {
  const { workflow, owner, tags = [], search, limit = 50, cursor } = filter;
  if (workflow !== undefined) assertWorkflowName(workflow);
  if (owner !== undefined) assertOwner(owner);
  assertTags(tags);
  return {
    workflow: workflow ?? null,
    statuses: readStatuses(filter.status),
    owner: owner ?? null,
    tags,
    createdAfter: readDate(filter.createdAfter, "createdAfter"),
    createdBefore: readDate(filter.createdBefore, "createdBefore"),
    search: readSearch(search),
    limit: readInteger(limit, { what: "limit", min: 1, max: 200 }),
    after: cursor === undefined || cursor === null ? null : decodeListCursor(cursor),
  };
}

function readStatuses(status: ListFilter["status"]): readonly PublicRunStatus[] {
  const statuses: readonly unknown[] =
    status === undefined ? [] : typeof status === "string" ? [status] : status;
  if (!Array.isArray(statuses)) {
    throw new InvalidArgumentError("status must be a status of a run, or a list of them.");
  }
  return [...new Set(statuses.map(readStatus))];
}

function readStatus(status: unknown): PublicRunStatus {
  const known = RUN_STATUSES.find((one) => one === status);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(
    `status must be one of ${RUN_STATUSES.join(", ")}; given was ${JSON.stringify(status)}.`,
  );
}

function readDate(date: Date | undefined, what: string): number | null {
  if (date === undefined) return null;
  // By its tag, since a date may come from another realm.
  const time =
    Object.prototype.toString.call(date) === "[object Date]" ? date.getTime() : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(`${what} must be a valid Date.`);
}

function readSearch(search: string | undefined): string | null {
  if (search === undefined || search === "") return null;
  assertKey(search, "search");
  return search.toLowerCase();
}
