import type {
  RunStatus,
  StepKind,
  StepStatus,
  WorkflowRun,
  WorkflowRunSummary,
  WorkflowStep,
} from "./api.js";
import { assertType, type IsAny } from "./assert-type.js";
import { engine } from "./engine.js";
import type { checkout, nightly, shipping } from "./fixtures/workflows.js";

assertType<
  RunStatus,
  | "pending"
  | "running"
  | "waiting"
  | "paused"
  | "blocked"
  | "compensating"
  | "completed"
  | "failed"
  | "cancelled"
  | "compensated"
>();
assertType<
  StepStatus,
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped"
  | "abandoned"
  | "compensated"
  | "compensationFailed"
>();
assertType<StepKind, "step" | "transaction" | "sleep" | "event" | "child" | "spawn" | "send">();

type SummaryField =
  | "id"
  | "workflow"
  | "version"
  | "status"
  | "revision"
  | "attempt"
  | "iteration"
  | "owner"
  | "tags"
  | "idempotencyKey"
  | "traceId"
  | "priority"
  | "parent"
  | "createdAt"
  | "startAt"
  | "startedAt"
  | "updatedAt"
  | "deadlineAt"
  | "endedAt"
  | "error"
  | "cause"
  | "waitingFor"
  | "blockedBy"
  | "stepCount";

// Every field is there in every status, and none is ever missing.
assertType<keyof WorkflowRunSummary, SummaryField>();
assertType<keyof WorkflowRun, SummaryField | "input" | "output" | "progress" | "steps">();
type OptionalField<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
assertType<OptionalField<WorkflowRun>, never>();
assertType<
  keyof WorkflowStep,
  | "key"
  | "name"
  | "kind"
  | "status"
  | "order"
  | "attempt"
  | "attempts"
  | "startedAt"
  | "endedAt"
  | "until"
  | "output"
  | "outputOmitted"
  | "error"
  | "timedOut"
  | "childId"
  | "undo"
>();
assertType<WorkflowStep["status"], StepStatus>();
assertType<WorkflowRun["status"], RunStatus>();
assertType<IsAny<WorkflowRun["output"]>, false>();

export async function narrow(id: string) {
  const run = await engine.get(id);

  if (run.workflow === "checkout" && run.status === "completed") {
    assertType<typeof run.output, { receipt: string; paidAt: Date }>();
    assertType<typeof run.progress, { percent: number } | null>();
  }
  if (run.workflow === "shipping") assertType<typeof run.input, { at: Date; express: boolean }>();
  if (run.workflow === "nightly") assertType<typeof run.input, undefined>();
  // @ts-expect-error not narrowed: the output may be `null`, or another workflow's
  void run.output.receipt;
  // @ts-expect-error not narrowed by status
  if (run.workflow === "checkout") void run.output.receipt;
  if (run.workflow === "report" && run.status === "completed") {
    assertType<typeof run.output, "v1" | { pages: number } | number>();
    if (run.version === "2") assertType<typeof run.output, { pages: number }>();
  }

  if (run.status === "waiting") {
    assertType<typeof run.waitingFor.kind, "sleep" | "event" | "child" | "retry">();
    assertType<typeof run.waitingFor.until, Date | undefined>();
  }
  if (run.status === "blocked") {
    assertType<typeof run.blockedBy.kind, "noWorker" | "codeMismatch">();
  }
  if (run.status === "failed") {
    assertType<typeof run.error.message, string>();
    assertType<typeof run.error.code, string | undefined>();
    assertType<typeof run.error.cause, unknown>();
    assertType<typeof run.error.errors, unknown[] | undefined>();
    assertType<typeof run.endedAt, Date>();
  }
  if (run.status === "compensated") {
    assertType<typeof run.cause, "error" | "timeout" | "cancel">();
    assertType<typeof run.endedAt, Date>();
    assertType<typeof run.output, null>();
  }
  if (run.status === "compensating") assertType<typeof run.cause, "error" | "timeout" | "cancel">();
  if (run.status === "cancelled") assertType<typeof run.cause, "cancel">();
  if (run.status === "running") {
    assertType<typeof run.endedAt, null>();
    assertType<typeof run.waitingFor, null>();
    assertType<typeof run.error, null>();
  }
  // @ts-expect-error `null` unless the run waits
  void run.waitingFor.kind;
  // @ts-expect-error `null` unless the run ended
  void run.endedAt.getTime();

  switch (run.status) {
    case "pending":
    case "running":
    case "paused":
    case "waiting":
    case "blocked":
    case "compensating":
    case "completed":
    case "failed":
    case "cancelled":
    case "compensated":
      break;
    default:
      run satisfies never;
  }
}

export function steps(step: WorkflowStep) {
  if (step.status === "completed") assertType<typeof step.endedAt, Date>();
  if (step.status === "failed") assertType<typeof step.error.message, string>();
  assertType<typeof step.output, unknown>();
  assertType<typeof step.until, Date | null>();
  assertType<typeof step.childId, string | null>();
  // @ts-expect-error not undone yet, perhaps
  void step.undo.status;
  // @ts-expect-error not failed, perhaps
  void step.error.message;
}

// Of one workflow, or of several.
export function receipt(run: WorkflowRun<typeof checkout>): string {
  return run.status === "completed" ? run.output.receipt : run.status;
}
assertType<WorkflowRun<typeof checkout | typeof nightly>["workflow"], "checkout" | "nightly">();
assertType<WorkflowRunSummary<typeof shipping>["workflow"], "shipping">();
export function status(run: WorkflowRun | WorkflowRunSummary): RunStatus {
  return run.status;
}
declare const checkoutRun: WorkflowRun<typeof checkout>;
status(checkoutRun);
