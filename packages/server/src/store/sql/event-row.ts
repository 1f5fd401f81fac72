import { CHILD_EVENT } from "../../core/rows.js";
import type { NewEvent, ParentNotice } from "../store.js";
import type { ColumnType } from "./column.js";

/** The columns of a new event, without those that say when it was sent and accepted. */
export const NEW_EVENT_TYPES: Readonly<Record<string, ColumnType>> = {
  id: "text",
  run_id: "text",
  name: "text",
  format: "integer",
  payload: "text",
  dedupe_key: "text",
};
const names = Object.keys(NEW_EVENT_TYPES);

/** The same, as a list of SQL. */
export const NEW_EVENT_COLUMNS = names.join(", ");

/** The columns of `NEW_EVENT_COLUMNS` in the rows of `alias`. */
export function newEventValues(alias: string): string {
  return names.map((name) => `${alias}.${name}`).join(", ");
}

/** A new event as a row of `NEW_EVENT_TYPES`. */
export function writeNewEvent(event: NewEvent): Record<string, unknown> {
  const { id, runId, name, format, payload, dedupeKey } = event;
  return { id, run_id: runId, name, format, payload, dedupe_key: dedupeKey };
}

/** The end of a child as an event of its parent. */
export function noticeEvent(notice: ParentNotice, format: number): NewEvent {
  return {
    id: notice.eventId,
    runId: notice.parentId,
    name: CHILD_EVENT,
    format,
    payload: notice.payload,
    dedupeKey: notice.dedupeKey,
  };
}
