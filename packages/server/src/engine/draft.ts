import type { StepRow } from "../core/rows.js";
import type { NewLog, NewRun, NewStreamPart, RunRecord, UndoUpdate } from "../store/store.js";

/** What an execution has learned and not committed yet. */
export class Draft {
  readonly steps = new Map<string, StepRow>();
  readonly undos = new Map<string, UndoUpdate>();
  readonly takes: { eventId: string; stepKey: string }[] = [];
  readonly children: NewRun[] = [];
  readonly logs: NewLog[] = [];
  readonly parts: NewStreamPart[] = [];
  progress: string | null = null;
  patches: Readonly<Record<string, boolean>> | null = null;
  /** Place of the last outcome with this draft. */
  outcomes: number;
  /** Calls of progress, emit and log by the handler that are stored with this draft. */
  calls: number;
  /** Whether it holds more than what is only shown. */
  progressed = false;

  constructor(base: { readonly outcomes: number; readonly calls: number }) {
    this.outcomes = base.outcomes;
    this.calls = base.calls;
  }

  get isEmpty(): boolean {
    return (
      this.steps.size === 0 &&
      this.undos.size === 0 &&
      this.takes.length === 0 &&
      this.children.length === 0 &&
      this.logs.length === 0 &&
      this.parts.length === 0 &&
      this.progress === null &&
      this.patches === null
    );
  }

  /** Puts a row that counts as progress. */
  put(row: StepRow): void {
    this.steps.set(row.key, row);
    this.progressed = true;
  }

  /** Puts an undo's state. */
  putUndo(update: UndoUpdate): void {
    this.undos.set(update.key, update);
    this.progressed = true;
  }

  toRecord(
    fence: Pick<RunRecord, "runId" | "token" | "phase" | "commit">,
    transition: RunRecord["transition"],
  ): RunRecord {
    return {
      ...fence,
      steps: [...this.steps.values()],
      undos: [...this.undos.values()],
      takes: this.takes,
      children: this.children,
      logs: this.logs,
      parts: this.parts,
      outcomes: this.outcomes,
      calls: this.calls,
      progress: this.progress,
      patches: this.patches,
      progressed: this.progressed,
      transition,
    };
  }
}
