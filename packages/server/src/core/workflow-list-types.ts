import type { AnyWorkflow, WorkflowTypes } from "./workflow-types.js";

/** The bags of the workflows that an engine lists, in their order. */
export type TypesList = readonly WorkflowTypes[];

/** The bags of a list of workflows. */
export type TypesOf<TWorkflows extends readonly AnyWorkflow[]> = {
  [K in keyof TWorkflows]: TWorkflows[K]["~types"];
};

/** All bags of one name, by name: several versions make a union. */
export type VersionsByName<TList extends TypesList> = {
  [T in TList[number] as T["name"]]: T;
};

/**
 * What a name stands for: the last one listed that is not deprecated, by name. Only a name with
 * several versions pays for the walk over the list.
 */
export type LatestByName<TList extends TypesList> = {
  [N in keyof VersionsByName<TList>]: true extends IsUnion<VersionsByName<TList>[N]>
    ? LatestOf<TList, N>
    : VersionsByName<TList>[N] extends { deprecated: true }
      ? never
      : VersionsByName<TList>[N];
};

/** What a name or a definition stands for; a definition means itself. */
export type Resolve<TByName, TReference> = TReference extends keyof TByName
  ? TByName[TReference]
  : TReference extends { "~types": infer T }
    ? T
    : never;

/** The bags of this name; one that knows no name in particular stands for every name. */
export type Named<T, TName> = T extends { name: infer N }
  ? N extends TName
    ? T
    : string extends N
      ? T
      : never
  : never;

/** The property of each bag in a union; distributes where an index would not. */
export type Get<T, TKey extends string> = T extends { [K in TKey]: infer V } ? V : never;

/** The names of the events of these bags. */
export type EventName<T> = T extends { eventInputs: infer E } ? keyof E & string : never;

/** What `sendEvent` takes for an event of these bags. */
export type EventPayload<T, TEvent> = T extends { eventInputs: infer E }
  ? TEvent extends keyof E
    ? E[TEvent]
    : never
  : never;

/** The names of the streams that these bags declare. */
export type StreamName<T> = T extends { streams: infer S }
  ? string extends keyof S
    ? never
    : keyof S & string
  : never;

/** What readers of a declared stream receive; `unknown` where none of these bags declares it. */
export type StreamValue<T, TStream> =
  TStream extends StreamName<T>
    ? T extends { streams: infer S }
      ? string extends keyof S
        ? never
        : TStream extends keyof S
          ? S[TStream]
          : never
      : never
    : unknown;

/** What all the handlers of a list ask for as `ctx`: the intersection. */
export type ContextsOf<TWorkflows extends readonly AnyWorkflow[]> = [
  ContextReader<TWorkflows[number]>,
] extends [(context: infer C) => void]
  ? C
  : unknown;

type ContextReader<TWorkflow> = TWorkflow extends { "~context": (context: infer C) => void }
  ? (context: C) => void
  : never;

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never;

type LatestOf<TList extends TypesList, TName> = TList extends readonly [
  ...infer TRest extends TypesList,
  infer T extends WorkflowTypes,
]
  ? T["name"] extends TName
    ? T["deprecated"] extends true
      ? LatestOf<TRest, TName>
      : T
    : LatestOf<TRest, TName>
  : TList extends readonly []
    ? never
    : Extract<TList[number], { name: TName }>;
