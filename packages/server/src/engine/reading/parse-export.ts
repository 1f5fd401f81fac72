import { InvalidArgumentError } from "../../core/errors.js";
import type { LogRow, RunRow, StepRow } from "../../core/rows.js";
import type { TakenEventRow } from "../../store/store.js";
import { EXPORT_FORMAT } from "./export-run.js";
import {
  EVENT_SHAPE,
  findBadColumn,
  isObject,
  LOG_SHAPE,
  pickColumns,
  type RowShape,
  RUN_SHAPE,
  STEP_SHAPE,
} from "./row-shapes.js";

/** The rows of an exported run. */
export interface ParsedExport {
  readonly run: RunRow;
  /** In the order of `position`. */
  readonly steps: readonly StepRow[];
  readonly events: readonly TakenEventRow[];
  readonly logs: readonly LogRow[];
}

/**
 * Reads what `export` made, after any journey through JSON.
 *
 * @throws {InvalidArgumentError} naming what is not as it was exported.
 */
export function parseExport(value: unknown): ParsedExport {
  if (!isObject(value)) return refuse("it is no object");
  const { format, run, steps, events, logs } = value as Record<string, unknown>;
  if (format !== EXPORT_FORMAT) {
    return refuse(`its format is ${JSON.stringify(format)}, not ${JSON.stringify(EXPORT_FORMAT)}`);
  }
  return {
    run: readRow(RUN_SHAPE, run, "run"),
    steps: readRows(STEP_SHAPE, steps, "steps").toSorted((a, b) => a.position - b.position),
    events: readRows(EVENT_SHAPE, events, "events"),
    logs: readRows(LOG_SHAPE, logs, "logs"),
  };
}

function readRows<TRow extends object>(
  shape: RowShape<TRow>,
  value: unknown,
  path: string,
): TRow[] {
  if (!Array.isArray(value)) return refuse(`${path} is no list`);
  return value.map((row, index) => readRow(shape, row, `${path}[${index}]`));
}

function readRow<TRow extends object>(shape: RowShape<TRow>, value: unknown, path: string): TRow {
  if (!isObject(value)) return refuse(`${path} is no object`);
  const column = findBadColumn(shape, value);
  if (column !== null) return refuse(`${path}.${column} is not what a run can have`);
  return pickColumns(shape, value as TRow);
}

function refuse(why: string): never {
  throw new InvalidArgumentError(`This is no run that engine.export made: ${why}.`);
}
