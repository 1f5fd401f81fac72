import type { StepRow } from "../../core/rows.js";
import type { RunSnapshotRows, SnapshotStepRow, StepWindow } from "../store.js";
import type { MemoryTables } from "./memory-tables.js";

/** `Store.readRun`. */
export function readRun(
  tables: MemoryTables,
  runId: string,
  window: StepWindow,
): RunSnapshotRows | null {
  const run = tables.runs.get(runId);
  if (run === undefined) return null;
  const steps = tables.stepsOf(runId);
  return { run, steps: inWindow(steps, window), stepCount: steps.length };
}

function inWindow(steps: readonly StepRow[], window: StepWindow): SnapshotStepRow[] {
  switch (window.kind) {
    case "all":
      return steps.map(whole);
    case "page":
      return steps
        .filter((step) => step.position > window.after)
        .slice(0, window.limit)
        .map(whole);
    case "newest":
      return steps
        .slice(Math.max(0, steps.length - window.limit))
        .map((step) => (isLonger(step.output, window.maxOutputBytes) ? cut(step) : whole(step)));
  }
}

function isLonger(output: string | null, bytes: number): boolean {
  return output !== null && new TextEncoder().encode(output).byteLength > bytes;
}

function whole(step: StepRow): SnapshotStepRow {
  return { ...step, outputOmitted: false };
}

function cut(step: StepRow): SnapshotStepRow {
  return { ...step, output: null, outputOmitted: true };
}
