import { backOffMs } from "./back-off.js";
import { openSubscription } from "./open-subscription.js";
import type { Subscribe, Tracked } from "./subscription-types.js";
import { createTimer } from "./timer.js";
import { onWakeUp } from "./wake-up.js";

/** How a subscription ended that will be opened again. */
export interface SubscriptionEnd {
  /** `undefined` where the server completed it. */
  readonly error: unknown;
  /** Whether the server had accepted it. */
  readonly wasUp: boolean;
  /** How many in a row, this one included, brought nothing and were not up for five seconds. */
  readonly failures: number;
}

export interface KeepSubscribedOptions<TData> {
  readonly subscribe: Subscribe<TData>;
  /** Where to begin: after this item, or with the first. */
  readonly lastEventId: string | null;
  readonly onUp: () => void;
  readonly onItem: (data: TData) => void;
  /** Called before the back-off begins; it may close. */
  readonly onDown: (end: SubscriptionEnd) => void;
}

/**
 * Opens a subscription and, until closed, opens it again whenever it ends, after the last item received
 * and after a back-off: at once when the network or the page comes back. Returns what closes it.
 */
export function keepSubscribed<TData>(options: KeepSubscribedOptions<TData>): () => void {
  let { lastEventId } = options;
  let failures = 0;
  let upSince: number | null = null;
  let hasReceived = false;
  let isClosed = false;
  let closeSubscription: (() => void) | null = null;
  const retry = createTimer(open);
  const stopListening = onWakeUp((wakeUp) => {
    if (wakeUp === "network" || retry.isRunning()) reopen();
  });

  function open(): void {
    upSince = null;
    hasReceived = false;
    closeSubscription = openSubscription<TData>(
      (observer) => options.subscribe(lastEventId, observer),
      {
        onUp: () => {
          upSince = Date.now();
          options.onUp();
        },
        onItem: receive,
        onDown: down,
      },
    );
    // What came while it opened may have closed it.
    if (isClosed) closeSubscription?.();
  }

  function receive({ id, data }: Tracked<TData>): void {
    lastEventId = id;
    hasReceived = true;
    options.onItem(data);
  }

  function down(error: unknown): void {
    const upMs = upSince === null ? 0 : Date.now() - upSince;
    // A proxy that cuts each stream at once must not be asked for one twice a second.
    failures = hasReceived || upMs >= STABLE_MS ? 0 : failures + 1;
    options.onDown({ error, wasUp: upSince !== null, failures });
    if (!isClosed) retry.start(backOffMs(failures));
  }

  function reopen(): void {
    failures = 0;
    retry.stop();
    closeSubscription?.();
    open();
  }

  function close(): void {
    isClosed = true;
    retry.stop();
    stopListening();
    closeSubscription?.();
  }

  open();
  return close;
}

const STABLE_MS = 5_000;
