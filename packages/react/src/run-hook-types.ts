import type { Connection } from "@trpc-workflow/client/live";
import type {
  InfiniteData,
  SkipToken,
  UseInfiniteQueryResult,
  UseQueryResult,
  UseSuspenseQueryResult,
} from "@tanstack/react-query";
import type { Named, NameOf } from "./workflow-proxy.js";
import type { RunsPage } from "./workflow-runs-options.js";

/** The id of a run; `null` or `skipToken` where there is none yet. */
export type RunId = string | null | SkipToken;

/** What a hook on a run has over a query's result. */
export interface Live {
  /** How what is shown keeps up with the server. */
  readonly connection: Connection;
}

/** Options of the hooks on one run. */
export interface RunOptions<TRun, TName extends string = string> {
  /** The workflow of the run, where it is known; a run of another is an error then. */
  readonly workflow?: TName | undefined;
  /** Called once for each run shown that ends, or that had ended before. */
  readonly onEnded?: ((run: TRun) => void) | undefined;
}

// One named interface for each hook: an export of what `createWorkflowHooks` returns then prints a name
// in hovers and declarations, not a body.

/**
 * The run, live while it is mounted: the query of `workflow.get`, with `connection`.
 *
 * @example
 * ```tsx
 * const { data: run, isPending, error, connection } = useWorkflowRun(runId);
 * if (run?.workflow === "checkout" && run.status === "completed") run.output.receipt;
 * ```
 */
export interface UseWorkflowRun<TRun, TError> {
  <TName extends NameOf<TRun> = NameOf<TRun>>(
    id: RunId,
    options?: RunOptions<Named<TRun, NoInfer<TName>>, TName>,
  ): UseQueryResult<Named<TRun, TName>, TError> & Live;
}

/** As `useWorkflowRun`, but it suspends until the run is there, and throws what the server answers. */
export interface UseSuspenseWorkflowRun<TRun, TError> {
  <TName extends NameOf<TRun> = NameOf<TRun>>(
    id: string,
    options?: RunOptions<Named<TRun, NoInfer<TName>>, TName>,
  ): UseSuspenseQueryResult<Named<TRun, TName>, TError> & Live;
}

/** Runs without their payloads, newest first; read again every two seconds while one of them goes on. */
export interface UseWorkflowRuns<TSummary, TFilter, TError> {
  <TName extends NameOf<TSummary> = NameOf<TSummary>>(
    filter?: Omit<TFilter, "workflow" | "cursor"> & { readonly workflow?: TName | undefined },
  ): UseInfiniteQueryResult<InfiniteData<RunsPage<Named<TSummary, TName>>, string | null>, TError>;
}

/** What `useWorkflowStream` returns. */
export interface WorkflowStreamResult<TValue, TError> extends Live {
  /** In the order of their emission; without those that a new attempt of their step made void. */
  readonly values: readonly TValue[];
  /** Why the server refused, or why no stream can be had. */
  readonly error: TError | null;
}

/** All values that a run emitted to a stream, from the first kept, and those to come. */
export interface UseWorkflowStream<TStreams, TError> {
  <TStream extends (keyof TStreams & string) | (string & {})>(
    id: RunId,
    stream: TStream,
  ): WorkflowStreamResult<TStream extends keyof TStreams ? TStreams[TStream] : unknown, TError>;
}
