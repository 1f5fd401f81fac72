import type { SubscriptionObserver, Tracked } from "./subscription-types.js";

/** What becomes of one attempt at a subscription; nothing is told after `onDown`. */
export interface SubscriptionEvents<TData> {
  /** The server accepted it; at most once. */
  readonly onUp: () => void;
  readonly onItem: (item: Tracked<TData>) => void;
  /** It is over; `error` is `undefined` where the server completed it. */
  readonly onDown: (error: unknown) => void;
}

/**
 * Makes one attempt at a subscription and tells what becomes of it. A link's own reconnecting ends the
 * attempt: browsers reconnect at a fixed interval, all clients of a server at once. So does a server,
 * or a proxy that holds responses back, from which nothing comes for eight seconds.
 * Returns what closes it, after which nothing is told.
 */
export function openSubscription<TData>(
  subscribe: (observer: SubscriptionObserver<TData>) => { readonly unsubscribe: () => void },
  events: SubscriptionEvents<TData>,
): () => void {
  let isUp = false;
  let isOver = false;
  let subscription: { readonly unsubscribe: () => void } | null = null;
  const timeout = setTimeout(() => down(new Error("No stream began.")), START_TIMEOUT_MS);

  function up(): void {
    if (isUp || isOver) return;
    isUp = true;
    clearTimeout(timeout);
    events.onUp();
  }

  function down(error: unknown): void {
    if (isOver) return;
    close();
    events.onDown(error);
  }

  function close(): void {
    isOver = true;
    clearTimeout(timeout);
    subscription?.unsubscribe();
  }

  try {
    subscription = subscribe({
      onStarted: up,
      onData: (item) => {
        up();
        if (!isOver) events.onItem(item);
      },
      onError: down,
      onComplete: () => down(undefined),
      onConnectionStateChange: ({ state, error }) => {
        if (state === "connecting" && error) down(error);
      },
    });
    // A link that fails at once does so before there is anything to unsubscribe.
    if (isOver) subscription.unsubscribe();
  } catch (error) {
    queueMicrotask(() => down(error));
  }
  return close;
}

const START_TIMEOUT_MS = 8_000;
