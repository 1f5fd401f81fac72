import type { RunSummaryOf } from "../core/run-summary-types.js";
import type { MaybePromise } from "../core/utility-types.js";
import type { WorkflowTypes } from "../core/workflow-types.js";

/** A procedure that is about one run. */
export type RunAction =
  | "get"
  | "watch"
  | "stream"
  | "logs"
  | "cancel"
  | "retry"
  | "pause"
  | "resume"
  | "skipStep"
  | "wake"
  | "sendEvent";

/** A procedure of the router. */
export type RouterAction = RunAction | "start" | "list" | "stats" | "definitions";

/** What `authorize` is asked about a start. */
export interface AuthorizeStart<TCtx, TName> {
  ctx: TCtx;
  action: "start";
  workflow: TName;
  run?: undefined;
}

/** What `authorize` is asked about runs as a whole. */
export interface AuthorizeOverview<TCtx, TName> {
  ctx: TCtx;
  action: "list" | "stats" | "definitions";
  /** The one that a `list` is restricted to. */
  workflow?: TName | undefined;
  run?: undefined;
}

/** What `authorize` is asked about one run. */
export interface AuthorizeRun<TCtx, TName, TRun> {
  ctx: TCtx;
  action: RunAction;
  workflow: TName;
  run: TRun;
}

/** What `authorize` is asked, discriminated by `action`; `T` is a union of bags. */
export type AuthorizeArgs<TCtx, T extends WorkflowTypes> =
  | AuthorizeStart<TCtx, T["name"]>
  | AuthorizeOverview<TCtx, T["name"]>
  | AuthorizeRun<TCtx, T["name"], RunSummaryOf<T>>;

/** Says whose runs this caller sees and starts; it may throw a `TRPCError` of its own. */
export type OwnerOption<TCtx> = (options: { ctx: TCtx }) => MaybePromise<string>;

/** Says whether this caller may do this; anything but `true` is `FORBIDDEN`. */
export type AuthorizeOption<TCtx, T extends WorkflowTypes> = (
  options: AuthorizeArgs<TCtx, T>,
) => MaybePromise<boolean>;

/**
 * Who may do what: closed unless it is opened on purpose. With `owner` a run of somebody else does not
 * exist; `authorize` decides on what is left.
 */
// `owner` stands last: the compiler explains the last member to whoever forgot all of them.
export type RouterAccess<TCtx, T extends WorkflowTypes> =
  | { access: "public"; owner?: undefined; authorize?: undefined }
  | { authorize: AuthorizeOption<TCtx, T>; owner?: undefined; access?: undefined }
  | {
      owner: OwnerOption<TCtx>;
      authorize?: AuthorizeOption<TCtx, T> | undefined;
      access?: undefined;
    };
