/* oxlint-disable typescript/no-explicit-any -- the constraint that tRPC's own types need; no user sees it */
/**
 * The part of a tRPC client that a workflow router makes. Types of runs, inputs and events are taken
 * from it, not from the server's: dates are strings where an app has no transformer.
 */
export interface WorkflowProcedures {
  readonly start: {
    readonly mutate: (input: any, options?: any) => PromiseLike<{ id: string; created: boolean }>;
  };
  readonly get: { readonly query: (input: { id: string }, options?: any) => PromiseLike<any> };
  readonly watch: {
    readonly subscribe: (
      input: { id: string; lastEventId?: string | null | undefined },
      options: any,
    ) => { unsubscribe: () => void };
  };
  readonly cancel: {
    readonly mutate: (
      input: { id: string; reason?: string | undefined; compensate?: boolean | undefined },
      options?: any,
    ) => PromiseLike<void>;
  };
  readonly sendEvent: { readonly mutate: (input: any, options?: any) => PromiseLike<void> };
}

/** The runs of this workflow. */
export type RunNamed<TRun, TName> = TRun extends { workflow: infer N }
  ? N extends TName
    ? TRun
    : never
  : never;

/** The name of the workflow of each. */
export type NameOf<T> = T extends { workflow: infer N extends string } ? N : never;

/** What the run resolves to. */
export type OutputOf<TRun> = TRun extends { status: "completed"; output: infer O } ? O : never;

// Given what the procedures take and not the procedures: an app's declarations print the arguments.
/** By workflow, what `start` takes as its input. */
export type InputMap<TStart> = {
  [S in TStart as NameOf<S>]: S extends { input?: infer I } ? I : never;
};

/** By workflow and event, what `sendEvent` takes as its payload. */
export type EventMap<TEvent> = {
  [N in NameOf<TEvent>]: {
    [E in RunNamed<TEvent, N> as EventNameOf<E>]: E extends { payload?: infer P } ? P : never;
  };
};

type EventNameOf<E> = E extends { event: infer K extends string } ? K : never;
