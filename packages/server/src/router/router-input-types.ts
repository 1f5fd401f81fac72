import type { StreamName } from "../core/workflow-list-types.js";

/** What `start` takes beside the workflow and its input. */
export interface StartInputExtras {
  /** 1 to 255 characters: a second start with it finds the run of the first. */
  idempotencyKey?: string | undefined;
  /** At most 20 of 1 to 100 characters. @default [] */
  tags?: readonly string[] | undefined;
  /** When the run may begin. @default at once */
  startAt?: Date | undefined;
}

/** What `start` takes for a workflow with an input. */
export interface StartInput<TName, TInput> extends StartInputExtras {
  workflow: TName;
  input: TInput;
}

/** What `start` takes for a workflow whose input may be left out. */
export interface StartOptionalInput<TName, TInput> extends StartInputExtras {
  workflow: TName;
  input?: TInput | undefined;
}

/** What `start` takes, by a bag of types or by a union of bags; discriminated by `workflow`. */
export type StartInputOf<T> = T extends { name: infer N; startInput: infer I }
  ? undefined extends I
    ? StartOptionalInput<N, I>
    : StartInput<N, I>
  : never;

/** An event of a workflow that is named: it is refused where the run is of another. */
export interface SendEventInput<TName, TEvent, TPayload> {
  id: string;
  workflow: TName;
  event: TEvent;
  payload: TPayload;
  /** 1 to 255 characters: of the events of one run with the same key the first alone counts. */
  dedupeKey?: string | undefined;
}

/** As {@link SendEventInput}, for an event whose payload may be left out. */
export interface SendEventOptionalInput<TName, TEvent, TPayload> {
  id: string;
  workflow: TName;
  event: TEvent;
  payload?: TPayload | undefined;
  /** 1 to 255 characters: of the events of one run with the same key the first alone counts. */
  dedupeKey?: string | undefined;
}

/** An event of a run whose workflow is not named: checked by the server alone. */
export interface SendAnyEventInput {
  id: string;
  workflow?: undefined;
  event: string;
  payload?: unknown;
  /** 1 to 255 characters: of the events of one run with the same key the first alone counts. */
  dedupeKey?: string | undefined;
}

/** What `sendEvent` takes, by a bag of types or by a union of bags. */
export type SendEventInputOf<T> =
  | (T extends { name: infer N; eventInputs: infer E }
      ? {
          [K in keyof E & string]: undefined extends E[K]
            ? SendEventOptionalInput<N, K, E[K]>
            : SendEventInput<N, K, E[K]>;
        }[keyof E & string]
      : never)
  | SendAnyEventInput;

/** What is done to a run, and why; the reason is kept in the run's log. */
export interface OperateInput {
  id: string;
  reason?: string | undefined;
}

/** What `cancel` takes. */
export interface CancelInput extends OperateInput {
  /** Whether what the run did is undone. @default true */
  compensate?: boolean | undefined;
}

/** What `retry` takes. */
export interface RetryInput extends OperateInput {
  /** The key of the step to forget, with what was first asked for after it. */
  from?: string | undefined;
}

/** What `skipStep` takes. */
export interface SkipStepInput extends OperateInput {
  /** The key of the step. */
  step: string;
  /** Recorded as its outcome. */
  output?: unknown;
}

/** What `wake` takes. */
export interface WakeInput extends OperateInput {
  /** The key of the sleep or back-off to end. @default the earliest */
  step?: string | undefined;
}

/** What `logs` takes. */
export interface LogsInput {
  id: string;
  /** The key of a step. @default all lines of the run */
  step?: string | undefined;
  /** The `nextCursor` of the page before. */
  after?: string | null | undefined;
  /** 1 to 1,000. @default 100 */
  limit?: number | undefined;
}

/** What `watch` takes. */
export interface WatchInput {
  id: string;
  /** The id of the last snapshot received: tRPC sends it when it connects again. */
  lastEventId?: string | null | undefined;
}

/** What `stream` takes; `T` is a union of bags. */
export interface StreamInput<T> {
  id: string;
  stream: StreamName<T> | (string & {});
  /** The id of the last part received: tRPC sends it when it connects again. */
  lastEventId?: string | null | undefined;
}
