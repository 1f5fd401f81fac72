import type { Subscribe, SubscriptionObserver } from "./subscription-types.js";

/** A subscription as a test sees it. */
export interface Opened<TData> {
  readonly lastEventId: string | null;
  readonly observer: SubscriptionObserver<TData>;
  isOpen: boolean;
}

/** A source of subscriptions that does what a test tells it to, and what was opened of it. */
export function createSource<TData>() {
  const opened: Opened<TData>[] = [];
  const subscribe: Subscribe<TData> = (lastEventId, observer) => {
    const one = { lastEventId, observer, isOpen: true };
    opened.push(one);
    return {
      unsubscribe: () => {
        one.isOpen = false;
        // As tRPC's does, at once.
        observer.onComplete();
      },
    };
  };
  const last = (): Opened<TData> => {
    const one = opened.at(-1);
    if (one === undefined) throw new Error("Nothing was opened.");
    return one;
  };
  return {
    subscribe,
    opened,
    last,
    /** How many are open. */
    open: () => opened.filter(({ isOpen }) => isOpen).length,
  };
}

/** The error of a tRPC client for an answer of this code. */
export function refusal(code: string): Error {
  return Object.assign(new Error(code), { data: { code } });
}
