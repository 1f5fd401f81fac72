import type { Logger } from "../../core/logger.js";
import type { Store } from "../../store/store.js";
import type { EngineClock, EngineTimer } from "../clock.js";

/** What a subscriber hears: that there may be something newer to read, or that there will be nothing more. */
export type ChangeNews = "changed" | "closed";

/** A commit of this process, as the store answered it. */
export interface RunCommit {
  readonly runId: string;
  readonly revision: number;
  readonly ended: boolean;
  /** The encoded output of a run that completed by it. */
  readonly output?: string | undefined;
}

/** What is called after a change, with the encoded output where that is known already. */
export type OnChange = (news: ChangeNews, output?: string) => void;

/** What a subscriber wants to hear of. */
export interface SubscribeOptions {
  /** Whether commits of this process that do not end the run are kept from it. @default false */
  readonly endOnly?: boolean | undefined;
}

export interface ChangeSubscription {
  /** Tells the revision that the subscriber has read: only a newer one is news to it. */
  readonly seen: (revision: number) => void;
  readonly unsubscribe: () => void;
}

/**
 * Tells the readers of this process that runs changed, whoever changed them. One feed serves any
 * number of readers with one statement per poll, and none while there are no readers.
 */
export interface ChangeFeed {
  /**
   * Calls `onChange` after each change from now on, some merged; what was committed before is for the
   * subscriber to read afterwards. `onChange` must not throw.
   */
  readonly subscribe: (
    runId: string,
    onChange: OnChange,
    options?: SubscribeOptions,
  ) => ChangeSubscription;
  /** Tells of a commit whose answer is known; the poll then finds nothing new in it. */
  readonly committed: (commit: RunCommit) => void;
  /** Tells that this process changed these runs. */
  readonly notify: (runIds: readonly string[]) => void;
  /** Tells that somebody may have changed a run (LISTEN). */
  readonly hint: (runId: string) => void;
  /** Ends all subscriptions and stops polling; a later subscription begins anew. */
  readonly close: () => void;
}

export interface ChangeFeedOptions {
  readonly store: Pick<Store, "revisions">;
  readonly clock: EngineClock;
  readonly logger: Logger;
}

/** Soon after a change that another process made, the next one is likely. */
export const MIN_POLL_MS = 100;
/** What a reader waits at most for another process's change while nothing happens. */
export const MAX_POLL_MS = 1_000;
const MAX_BACK_OFF_MS = 10_000;

interface Subscriber {
  /** The newest revision read or told of; 0 before the first, -1 once the run is gone. */
  known: number;
  readonly onChange: OnChange;
  readonly endOnly: boolean;
}

export function createChangeFeed({ store, clock, logger }: ChangeFeedOptions): ChangeFeed {
  const subscribersByRun = new Map<string, Set<Subscriber>>();
  let pollMs = MIN_POLL_MS;
  let timer: EngineTimer | null = null;
  let polling = false;

  function schedule(): void {
    timer?.cancel();
    timer = null;
    if (subscribersByRun.size > 0 && !polling) timer = clock.setTimeout(() => void poll(), pollMs);
  }

  /** A newly watched run is likely to change soon, however long the others were quiet. */
  function pollSoon(): void {
    // Runs that are watched one after another must not put the poll off for ever.
    if (pollMs === MIN_POLL_MS && timer !== null) return;
    pollMs = MIN_POLL_MS;
    schedule();
  }

  async function poll(): Promise<void> {
    timer = null;
    polling = true;
    // Who subscribes during the read reads by itself afterwards: an answer that is older than the
    // subscription says nothing about it.
    const asked = [...subscribersByRun].map(
      ([runId, subscribers]) => [runId, [...subscribers]] as const,
    );
    try {
      const revisions = await store.revisions(asked.map(([runId]) => runId));
      let changed = false;
      for (const [runId, subscribers] of asked) {
        for (const subscriber of subscribers) {
          if (tell(runId, subscriber, revisions.get(runId))) changed = true;
        }
      }
      pollMs = changed ? MIN_POLL_MS : Math.min(pollMs * 2, MAX_POLL_MS);
    } catch (error) {
      pollMs = Math.min(pollMs * 2, MAX_BACK_OFF_MS);
      logger.warn(`Changes of watched runs could not be read; next try in ${pollMs} ms.`, error);
    } finally {
      polling = false;
      schedule();
    }
  }

  /** Whether it was news. */
  function tell(runId: string, subscriber: Subscriber, polled: number | undefined): boolean {
    if (!subscribersByRun.get(runId)?.has(subscriber)) return false;
    if (polled === undefined ? subscriber.known === -1 : polled <= subscriber.known) return false;
    subscriber.known = polled ?? -1;
    subscriber.onChange("changed");
    return true;
  }

  function remove(runId: string, subscriber: Subscriber): void {
    const subscribers = subscribersByRun.get(runId);
    if (!subscribers?.delete(subscriber) || subscribers.size > 0) return;
    subscribersByRun.delete(runId);
    if (subscribersByRun.size === 0) schedule();
  }

  function notifyRun(runId: string): void {
    for (const subscriber of subscribersByRun.get(runId) ?? []) subscriber.onChange("changed");
  }

  return {
    subscribe: (runId, onChange, { endOnly = false } = {}) => {
      const subscriber: Subscriber = { known: 0, onChange, endOnly };
      const subscribers = subscribersByRun.get(runId);
      if (subscribers === undefined) {
        subscribersByRun.set(runId, new Set([subscriber]));
        pollSoon();
      } else {
        subscribers.add(subscriber);
      }
      return {
        seen: (revision) => {
          subscriber.known = Math.max(subscriber.known, revision);
        },
        unsubscribe: () => remove(runId, subscriber),
      };
    },
    committed: ({ runId, revision, ended, output }) => {
      for (const subscriber of subscribersByRun.get(runId) ?? []) {
        if (revision <= subscriber.known) continue;
        subscriber.known = revision;
        if (ended || !subscriber.endOnly) subscriber.onChange("changed", output);
      }
    },
    notify: (runIds) => {
      for (const runId of runIds) notifyRun(runId);
    },
    hint: notifyRun,
    close: () => {
      const all = [...subscribersByRun.values()].flatMap((subscribers) => [...subscribers]);
      subscribersByRun.clear();
      schedule();
      for (const subscriber of all) subscriber.onChange("closed");
    },
  };
}
