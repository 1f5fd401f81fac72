import type { RunRow } from "../core/rows.js";
import { encodeTags, tagPattern } from "./tags-text.js";

/** What `search` looks in: id, idempotency key and tags in lower case, encoded as tags are. */
export function encodeSearch(run: Pick<RunRow, "id" | "idempotencyKey" | "tags">): string {
  const key = run.idempotencyKey === null ? [] : [run.idempotencyKey];
  return encodeTags([run.id, ...key, ...run.tags].map((text) => text.toLowerCase()));
}

/** What the text of `encodeSearch` contains, as a plain substring, where one of them begins so. */
export function searchPattern(prefix: string): string {
  const closing = '"\n'.length;
  return tagPattern(prefix.toLowerCase()).slice(0, -closing);
}
