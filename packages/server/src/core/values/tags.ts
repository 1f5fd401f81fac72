/** Stored with every row, so that a later format can tell what it reads. */
export const FORMAT = 1;

/**
 * What a text begins with whose JSON holds tags; one without them is JSON as it is, and is read by
 * `JSON.parse` alone. No JSON text begins with this character.
 */
export const TAGGED = "~";

/**
 * An array whose first element begins with `~` stands for a value that JSON has not: `["~date", "…"]`.
 * A user's array that begins like that is written as `["~", …]`.
 */
export const TAG = {
  array: "~",
  undefined: "~undefined",
  number: "~number",
  bigint: "~bigint",
  date: "~date",
  regexp: "~regexp",
  url: "~url",
  map: "~map",
  set: "~set",
  hole: "~hole",
  bytes: "~bytes",
  decimal: "~decimal",
  error: "~error",
  workflowError: "~workflowError",
  custom: "~custom",
} as const;

export type Tag = (typeof TAG)[keyof typeof TAG];

/** What stands behind the tag of an error, each part encoded. */
export interface ErrorParts {
  name: string;
  message: string;
  stack?: string;
  code?: string | number;
  cause?: unknown;
  errors?: unknown;
  /** What an error of this library carries besides. */
  data?: Record<string, unknown>;
}
