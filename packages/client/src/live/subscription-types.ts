/** An item of a subscription; a new connection goes on after its `id`. */
export interface Tracked<TData> {
  readonly id: string;
  readonly data: TData;
}

/** What a tRPC client tells of a subscription. */
export interface SubscriptionObserver<TData> {
  readonly onStarted: () => void;
  readonly onData: (item: Tracked<TData>) => void;
  readonly onError: (error: unknown) => void;
  readonly onComplete: () => void;
  readonly onConnectionStateChange: (change: {
    readonly state: "idle" | "connecting" | "pending";
    readonly error: unknown;
  }) => void;
}

/** Opens a subscription that goes on after `lastEventId`, or from the beginning. */
export type Subscribe<TData> = (
  lastEventId: string | null,
  observer: SubscriptionObserver<TData>,
) => { readonly unsubscribe: () => void };
