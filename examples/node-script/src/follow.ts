import type { WorkflowRun } from "@trpc-workflow/server";
import type { checkout } from "./checkout.js";
import { narrate } from "./narrate.js";

type Snapshot = WorkflowRun<typeof checkout>;

/** Tells every change of a run until it ends; `onChange` sees each snapshot. */
export async function follow(
  snapshots: AsyncIterable<Snapshot>,
  onChange: (run: Snapshot) => Promise<void> = async () => {},
): Promise<void> {
  let told: readonly string[] = [];
  for await (const run of snapshots) {
    const lines = [describeRun(run), ...run.steps.map(describeStep)];
    for (const line of lines) if (!told.includes(line)) narrate(line, "run");
    told = lines;
    await onChange(run);
  }
}

function describeRun({ status, waitingFor, error }: Snapshot): string {
  const why = error === null ? "" : ` (${error.message})`;
  const what = waitingFor === null ? "" : ` for ${waitingFor.kind} "${waitingFor.name}"`;
  return `is ${status}${what}${why}`;
}

function describeStep({ key, kind, status, timedOut, undo }: Snapshot["steps"][number]): string {
  const undone = undo === null ? "" : `, its undo ${undo.status}`;
  return `  ${kind} "${key}" ${timedOut ? "timed out" : status}${undone}`;
}
