import type { StoredRow } from "./row-codec.js";

/**
 * A row of a statement that returns rows of several tables from one snapshot: the sections of a
 * UNION ALL. Rows stay apart, rather than in one JSON document, whose length JavaScript limits.
 */
export interface SectionRow {
  readonly section: string;
  readonly json: string;
}

/** The rows by section, in the order that the database gave them. */
export function readSections(rows: readonly SectionRow[]): (section: string) => StoredRow[] {
  const bySection = new Map<string, StoredRow[]>();
  for (const { section, json } of rows) {
    const row = JSON.parse(json) as StoredRow;
    const list = bySection.get(section);
    if (list === undefined) bySection.set(section, [row]);
    else list.push(row);
  }
  return (section) => bySection.get(section) ?? [];
}
