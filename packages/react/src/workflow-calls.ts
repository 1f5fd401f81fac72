import type { RunShape, SubscriptionObserver, StreamPartShape } from "@trpc-workflow/client/live";
import type {
  InvalidateQueryFilters,
  MutationFunctionContext,
  QueryFunction,
  QueryKey,
  SkipToken,
} from "@tanstack/react-query";

/** A run as the hooks themselves know it, whatever the router. */
export interface AnyRun extends RunShape {
  readonly workflow: string;
}

/** A page of `list`. */
export interface AnyPage {
  readonly items: readonly AnyRun[];
  readonly nextCursor: string | null;
}

/** What the hooks call of a proxy, whatever the router. */
export interface WorkflowCalls {
  readonly start: MutationCall;
  readonly cancel: MutationCall;
  readonly retry: MutationCall;
  readonly sendEvent: MutationCall;
  readonly get: {
    readonly queryKey: () => QueryKey;
    readonly queryOptions: (input: { id: string } | SkipToken) => {
      readonly queryKey: QueryKey;
      readonly queryFn: QueryFunction<AnyRun>;
    };
  };
  readonly list: {
    readonly pathFilter: () => InvalidateQueryFilters;
    readonly infiniteQueryOptions: (
      input: object | undefined,
      options: object,
    ) => {
      readonly queryKey: QueryKey;
      readonly queryFn: QueryFunction<AnyPage, QueryKey, string | null>;
      readonly initialPageParam: string | null;
    };
  };
  readonly watch: SubscriptionCall<AnyRun>;
  readonly stream: SubscriptionCall<StreamPartShape>;
}

/** A mutation, of which tRPC makes the options that the app's defaults and overrides are part of. */
export interface MutationCall {
  readonly mutationOptions: (options?: object) => {
    readonly mutationKey: QueryKey;
    readonly mutationFn: (input: unknown, context: MutationFunctionContext) => Promise<unknown>;
  };
}

interface SubscriptionCall<TData> {
  readonly subscriptionOptions: (input: {
    readonly id: string;
    readonly stream?: string;
    readonly lastEventId: string | null;
  }) => {
    readonly subscribe: (observer: SubscriptionObserver<TData>) => {
      readonly unsubscribe: () => void;
    };
  };
}
