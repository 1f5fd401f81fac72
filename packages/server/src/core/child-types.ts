import type { Duration } from "./duration.js";
import type { Compensate } from "./step-types.js";
import type { InputArgs } from "./utility-types.js";
import type { AnyWorkflow } from "./workflow-types.js";

/** When a run may begin: after a delay, at a date, or (neither) at once. A past date is due at once. */
export type StartTime =
  | { readonly delay?: Duration | undefined; readonly startAt?: undefined }
  | { readonly startAt?: Date | undefined; readonly delay?: undefined };

/** What a handler can say of a run that it starts. */
export interface ChildOptions {
  /** At most 20 of 1 to 100 characters. @default [] */
  readonly tags?: readonly string[] | undefined;
  /** An integer, higher first. @default the parent's */
  readonly priority?: number | undefined;
}

/** Options of `invoke`. */
export interface InvokeOptions<TOutput> extends ChildOptions {
  /** Undoes a child that completed; nothing else does. */
  readonly compensate?: Compensate<TOutput> | undefined;
}

/** Options of `spawn`. */
export type SpawnOptions = ChildOptions & StartTime;

/** The `invoke` of a handler. */
export type InvokeChild = <TWorkflow extends AnyWorkflow>(
  name: string,
  workflow: TWorkflow,
  ...args: InputArgs<
    NoInfer<TWorkflow>["~types"]["startInput"],
    InvokeOptions<NoInfer<TWorkflow>["~types"]["output"]>
  >
) => Promise<TWorkflow["~types"]["output"]>;

/** The `spawn` of a handler. */
export type SpawnChild = <TWorkflow extends AnyWorkflow>(
  name: string,
  workflow: TWorkflow,
  ...args: InputArgs<NoInfer<TWorkflow>["~types"]["startInput"], SpawnOptions>
) => Promise<string>;
