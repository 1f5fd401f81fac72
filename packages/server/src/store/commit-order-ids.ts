/** Rows of one commit have ids from its revision times this on: a million of them, below 2^53. */
export const IDS_PER_REVISION = 1_048_576;

/** Id of the log line at a place (from 0) of the commit that made this revision. */
export function logId(revision: number, place: number): number {
  return revision * IDS_PER_REVISION + place;
}

/** Id of the stream part at a place (from 0) of a commit; the id before it is free for a reset mark. */
export function streamPartId(revision: number, place: number): number {
  return revision * IDS_PER_REVISION + place * 2 + 1;
}
