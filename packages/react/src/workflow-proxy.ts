/* oxlint-disable typescript/no-explicit-any -- the constraint that tRPC's own types need; no user sees it */
import type {
  DecorateMutationProcedure,
  DecorateQueryProcedure,
  DecorateSubscriptionProcedure,
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

/** The name of the workflow of each. */
export type NameOf<T> = T extends { workflow: infer N extends string } ? N : never;

/** Those of this workflow. */
export type Named<T, TName> = T extends { workflow: infer N }
  ? N extends TName
    ? T
    : never
  : never;

// Given what the procedures take and not the procedures: an app's declarations print the arguments.
/** By workflow, what `start` takes as its input. */
export type InputMap<TStart> = {
  [S in TStart as NameOf<S>]: S extends { input?: infer I } ? I : never;
};

/** By workflow, what `sendEvent` takes. */
export type EventMap<TEvent> = { [E in TEvent as NameOf<E>]: EventVariables<E> };

type EventVariables<E> = E extends { event: infer K; payload: infer P }
  ? { id: string; event: K; payload: P; dedupeKey?: string | undefined }
  : E extends { event: infer K; payload?: infer P }
    ? { id: string; event: K; payload?: P; dedupeKey?: string | undefined }
    : never;

/** By stream, what its values are; given what the subscription yields. */
export type StreamMap<TOutput> = {
  [P in PartOf<TOutput> as StreamNameOf<P>]: P extends { value: infer V } ? V : never;
};

type StreamNameOf<P> = P extends { stream: infer K extends string }
  ? string extends K
    ? never
    : K
  : never;

type PartOf<T> = T extends { data: infer D }
  ? D
  : T extends AsyncIterable<{ data: infer D }, any, any>
    ? D
    : never;
