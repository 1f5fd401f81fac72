/* oxlint-disable typescript/no-explicit-any -- the constraint that tRPC's own types need; no user sees it */
import type { TRPCClientErrorLike } from "@trpc/client";
import type {
  DecorateMutationProcedure,
  DecorateQueryProcedure,
  DecorateSubscriptionProcedure,
  inferInput,
  inferOutput,
} from "@trpc/tanstack-react-query";

/**
 * The part of `useTRPC()` that a workflow router makes. Types of runs, inputs and events are taken from
 * it, not from the server's: dates are strings where an app has no transformer.
 */
export interface WorkflowProxy {
  readonly start: DecorateMutationProcedure<any>;
  readonly get: DecorateQueryProcedure<any>;
  readonly list: DecorateQueryProcedure<any>;
  readonly watch: DecorateSubscriptionProcedure<any>;
  readonly stream: DecorateSubscriptionProcedure<any>;
  readonly cancel: DecorateMutationProcedure<any>;
  readonly retry: DecorateMutationProcedure<any>;
  readonly sendEvent: DecorateMutationProcedure<any>;
}

/** The runs of the router, discriminated by `workflow` and `status`. */
export type RunOf<T extends Pick<WorkflowProxy, "get">> = inferOutput<T["get"]>;

/** The runs without their payloads. */
export type SummaryOf<T extends Pick<WorkflowProxy, "list">> = inferOutput<
  T["list"]
>["items"][number];

/** Which runs are listed. */
export type FilterOf<T extends Pick<WorkflowProxy, "list">> = Omit<
  Extract<inferInput<T["list"]>, object>,
  "cursor"
>;

// From the shape alone: with the whole procedure in it, a hover would show the whole router.
/** The errors of the app's router. */
export type ErrorOf<T extends Pick<WorkflowProxy, "get"> | Pick<WorkflowProxy, "list">> =
  TRPCClientErrorLike<{ transformer: true; errorShape: ShapeOf<T> }>;

/** By workflow, what `start` takes as its input. */
export type InputsOf<T extends WorkflowProxy> = InputMap<inferInput<T["start"]>>;

/** By workflow, what `sendEvent` takes. */
export type EventsOf<T extends WorkflowProxy> = EventMap<inferInput<T["sendEvent"]>>;

/** By stream, what its values are. */
export type StreamsOf<T extends WorkflowProxy> = StreamMap<ItemOf<T["stream"]["~types"]["output"]>>;

/** The name of the workflow of each. */
export type NameOf<T> = T extends { workflow: infer N extends string } ? N : never;

/** Those of this workflow. */
export type Named<T, TName> = T extends { workflow: infer N }
  ? N extends TName
    ? T
    : never
  : never;

type ShapeOf<T> = T extends { get: { "~types": { errorShape: infer E } } }
  ? E
  : T extends { list: { "~types": { errorShape: infer E } } }
    ? E
    : never;

type InputMap<TStart> = {
  [S in TStart as NameOf<S>]: S extends { input?: infer I } ? I : never;
};

type EventMap<TEvent> = { [E in TEvent as NameOf<E>]: EventVariables<E> };

type EventVariables<E> = E extends { event: infer K; payload: infer P }
  ? { id: string; event: K; payload: P; dedupeKey?: string | undefined }
  : E extends { event: infer K; payload?: infer P }
    ? { id: string; event: K; payload?: P; dedupeKey?: string | undefined }
    : never;

type StreamMap<TPart> = {
  [P in TPart as StreamNameOf<P>]: P extends { value: infer V } ? V : never;
};

type StreamNameOf<P> = P extends { stream: infer K extends string }
  ? string extends K
    ? never
    : K
  : never;

type ItemOf<T> = T extends { data: infer D }
  ? D
  : T extends AsyncIterable<{ data: infer D }, any, any>
    ? D
    : never;
