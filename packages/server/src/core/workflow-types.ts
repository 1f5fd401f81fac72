/**
 * All that a definition knows at the type level, resolved, in one bag: it reads as a plain object in
 * hovers, and no schema type reaches the client.
 */
export interface WorkflowTypes {
  name: string;
  version: string;
  deprecated: boolean;
  /** What `start`, `invoke`, `spawn` and `continueAsNew` take. */
  startInput: unknown;
  /** What the handler and a run's `input` have. */
  input: unknown;
  /** What a run's `output` and its `result()` have. */
  output: unknown;
  /** By event name, what `waitForEvent` resolves to. */
  events: { readonly [event: string]: unknown };
  /** By event name, what `sendEvent` takes. */
  eventInputs: { readonly [event: string]: unknown };
  /** What a run's `progress` has. */
  progress: unknown;
  /** By stream name, what readers of it receive. */
  streams: { readonly [stream: string]: unknown };
}

/**
 * A workflow as `defineWorkflow` returns it: frozen, known by name and version, and listed in an
 * engine to be run.
 *
 * The context stands beside the bag of types and never enters an engine's or a router's type.
 */
export interface Workflow<T extends WorkflowTypes = WorkflowTypes, TContext = unknown> {
  readonly name: T["name"];
  readonly version: T["version"];
  readonly deprecated: T["deprecated"];
  /** Types only: absent at run time. */
  readonly "~types": T;
  /** Types only: absent at run time. */
  readonly "~context": (context: TContext) => void;
}

/** Any workflow, whatever context its handler asks for. */
export type AnyWorkflow = Workflow<WorkflowTypes, never>;

/** What `start` takes for this workflow: the input of its `input` schema, `undefined` without one. */
export type inferWorkflowInput<TWorkflow extends AnyWorkflow> = TWorkflow["~types"]["startInput"];

/** What a completed run of this workflow has as `output`. */
export type inferWorkflowOutput<TWorkflow extends AnyWorkflow> = TWorkflow["~types"]["output"];

/** By event name, the payload that `sendEvent` takes for this workflow. */
export type inferWorkflowEvents<TWorkflow extends AnyWorkflow> = TWorkflow["~types"]["eventInputs"];
