import type { AttemptRow } from "../../core/rows.js";
import { encodeTags } from "../tags-text.js";
import { bigint, type Column, expected, integer, json, nullable, text } from "./column.js";

/** A JSON array of strings. */
export const textList: Column<readonly string[]> = json(readTexts);

/** A JSON array of strings in the encoding that tags are matched in. */
export const tagList: Column<readonly string[]> = json(readTexts, encodeTags);

/** A JSON object of booleans. */
export const flagMap: Column<Readonly<Record<string, boolean>>> = json((parsed) =>
  readMap(parsed, "boolean"),
);

/** A JSON object of whole numbers. */
export const integerMap: Column<Readonly<Record<string, number>>> = json((parsed) =>
  readMap(parsed, "number"),
);

/** A JSON array of the attempts of a step. */
export const attemptList: Column<readonly AttemptRow[]> = json(readAttempts);

function readAttempts(parsed: unknown): readonly AttemptRow[] {
  if (!Array.isArray(parsed)) return expected("a JSON array of attempts");
  return parsed.map((attempt: unknown) => {
    if (!isObject(attempt)) return expected("a JSON array of attempts");
    return {
      attempt: integer.read(attempt["attempt"]),
      startedAt: bigint.read(attempt["startedAt"]),
      endedAt: nullable(bigint).read(attempt["endedAt"]),
      error: nullable(text).read(attempt["error"]),
    };
  });
}

function readTexts(parsed: unknown): readonly string[] {
  if (Array.isArray(parsed) && parsed.every((item) => typeof item === "string")) return parsed;
  return expected("a JSON array of strings");
}

function readMap<T extends boolean | number>(
  parsed: unknown,
  type: "boolean" | "number",
): Readonly<Record<string, T>> {
  if (isObject(parsed) && Object.values(parsed).every((value) => typeof value === type)) {
    return parsed as Readonly<Record<string, T>>;
  }
  return expected(`a JSON object of ${type}s`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
