import type {
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from "@trpc/server";
import type { RunSummaryOf } from "../core/run-summary-types.js";
import type { RunOf } from "../core/run-types.js";
import type {
  LatestByName,
  StreamName,
  StreamValue,
  TypesList,
} from "../core/workflow-list-types.js";
import type {
  ListFilter,
  LogEntry,
  Page,
  RunCount,
  StreamPart,
} from "../engine/operation-types.js";
import type {
  CancelInput,
  LogsInput,
  OperateInput,
  RetryInput,
  SendEventInputOf,
  SkipStepInput,
  StartInputOf,
  StreamInput,
  WakeInput,
  WatchInput,
} from "./router-input-types.js";

/** What `start` answers: `created` is `false` when the idempotency key had a run already. */
export interface StartedRun {
  id: string;
  created: boolean;
}

/** What a subscription yields: its `id` is where a new connection goes on. */
export interface TrackedItem<TData> {
  id: string;
  data: TData;
}

/** A JSON Schema (draft 2020-12). */
export interface JsonSchema {
  [keyword: string]: unknown;
}

/** A version of a workflow as `definitions` shows it; `null` where a schema offers no JSON Schema. */
export interface WorkflowDescription<TName extends string = string> {
  name: TName;
  version: string;
  deprecated: boolean;
  /** What `start` takes as `input`. */
  input: JsonSchema | null;
  /** By event name, what `sendEvent` takes as `payload`. */
  events: { [event: string]: JsonSchema | null };
}

/**
 * The parts of the streams that these bags declare, discriminated by `stream`; parts of any stream
 * where none of them declares one.
 */
export type StreamPartOf<T> = [StreamName<T>] extends [never]
  ? StreamPart<string, unknown>
  : { [K in StreamName<T>]: StreamPart<K, StreamValue<T, K>> }[StreamName<T>];

/** The procedures of `createWorkflowRouter`, typed by the workflows of its engine. */
// A type and not an interface: an interface is no plain record to tRPC, and degrades the whole router.
export type WorkflowRouterRecord<TList extends TypesList, TMeta> = {
  start: TRPCMutationProcedure<{
    input: StartInputOf<LatestByName<TList>[keyof LatestByName<TList>]>;
    output: StartedRun;
    meta: TMeta;
  }>;
  get: TRPCQueryProcedure<{
    input: { id: string };
    output: RunOf<TList[number]>;
    meta: TMeta;
  }>;
  list: TRPCQueryProcedure<{
    input: ListFilter<TList[number]["name"]> | undefined;
    output: Page<RunSummaryOf<TList[number]>>;
    meta: TMeta;
  }>;
  watch: TRPCSubscriptionProcedure<{
    input: WatchInput;
    output: AsyncIterable<TrackedItem<RunOf<TList[number]>>, void, unknown>;
    meta: TMeta;
  }>;
  stream: TRPCSubscriptionProcedure<{
    input: StreamInput<TList[number]>;
    output: AsyncIterable<TrackedItem<StreamPartOf<TList[number]>>, void, unknown>;
    meta: TMeta;
  }>;
  logs: TRPCQueryProcedure<{ input: LogsInput; output: Page<LogEntry>; meta: TMeta }>;
  cancel: TRPCMutationProcedure<{ input: CancelInput; output: void; meta: TMeta }>;
  retry: TRPCMutationProcedure<{ input: RetryInput; output: void; meta: TMeta }>;
  pause: TRPCMutationProcedure<{ input: OperateInput; output: void; meta: TMeta }>;
  resume: TRPCMutationProcedure<{ input: OperateInput; output: void; meta: TMeta }>;
  skipStep: TRPCMutationProcedure<{ input: SkipStepInput; output: void; meta: TMeta }>;
  wake: TRPCMutationProcedure<{ input: WakeInput; output: void; meta: TMeta }>;
  sendEvent: TRPCMutationProcedure<{
    input: SendEventInputOf<TList[number]>;
    output: void;
    meta: TMeta;
  }>;
  definitions: TRPCQueryProcedure<{
    input: void;
    output: WorkflowDescription<TList[number]["name"]>[];
    meta: TMeta;
  }>;
  stats: TRPCQueryProcedure<{
    input: void;
    output: { counts: RunCount<TList[number]["name"]>[] };
    meta: TMeta;
  }>;
};
