import type { Connection } from "./connection.js";
import { isRefusal } from "./is-refusal.js";
import { keepSubscribed, type SubscriptionEnd } from "./keep-subscribed.js";
import { isEnded, type RunShape } from "./run-shape.js";
import type { Subscribe } from "./subscription-types.js";
import { createTimer } from "./timer.js";

/** What is known of a run that is followed; a new object for each change. */
export interface LiveRunState<TRun> {
  readonly connection: Connection;
  /** The newest snapshot. */
  readonly run: TRun | undefined;
  /** Why the server refused; the connection is `closed` then. */
  readonly error: unknown;
}

/** Where the snapshots of a run come from, and who is told. */
export interface RunSource<TRun> {
  readonly subscribe: Subscribe<TRun>;
  readonly get: (signal: AbortSignal) => PromiseLike<TRun>;
  /** A snapshot from elsewhere, after which the connection begins. */
  readonly known: TRun | undefined;
  readonly onChange: (state: LiveRunState<TRun>) => void;
}

/** A connection to one run; closes by itself when the run ends or the server refuses. */
export interface RunConnection<TRun> {
  readonly getState: () => LiveRunState<TRun>;
  readonly close: () => void;
}

/**
 * Follows a run: each snapshot that is newer than the one before, over any number of cuts, and the one
 * in which it ended. Where no stream can be had it reads the run every two seconds, and goes on trying.
 */
export function connectRun<TRun extends RunShape>(source: RunSource<TRun>): RunConnection<TRun> {
  const scope = new AbortController();
  let state: LiveRunState<TRun> = { connection: "connecting", run: source.known, error: undefined };
  let isUp = false;
  let isPolling = false;
  const pollTimer = createTimer(() => void poll());
  let stop: (() => void) | null = null;
  stop = keepSubscribed<TRun>({
    subscribe: source.subscribe,
    // The ids of snapshots are their revisions.
    lastEventId: source.known === undefined ? null : String(source.known.revision),
    onUp: () => {
      isUp = true;
      pollTimer.stop();
      change({ connection: "live" });
    },
    onItem: accept,
    onDown: down,
  });
  // What came while it opened may have closed it.
  if (scope.signal.aborted) stop();

  function accept(run: TRun): void {
    if (state.run !== undefined && run.revision <= state.run.revision) return;
    if (!isEnded(run)) return change({ run });
    close();
    change({ run, connection: "closed" });
  }

  function down({ error, wasUp, failures }: SubscriptionEnd): void {
    isUp = false;
    if (wasUp && failures < MAX_SHORT_STREAMS && !isRefusal(error)) {
      change({ connection: "reconnecting" });
    } else if (state.connection !== "polling") {
      void poll();
    }
  }

  /** Tells a stream that cannot be had from a server that is away, and from one that refuses. */
  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    try {
      const run = await source.get(scope.signal);
      if (scope.signal.aborted) return;
      accept(run);
      if (isUp || scope.signal.aborted) return;
      change({ connection: "polling" });
      pollTimer.start(POLL_MS);
    } catch (error) {
      if (scope.signal.aborted) return;
      if (isRefusal(error)) {
        close();
        change({ connection: "closed", error });
      } else if (!isUp) {
        change({ connection: "reconnecting" });
      }
    } finally {
      isPolling = false;
    }
  }

  function change(part: Partial<LiveRunState<TRun>>): void {
    if (part.run === undefined && part.connection === state.connection) return;
    state = { ...state, ...part };
    source.onChange(state);
  }

  function close(): void {
    scope.abort();
    pollTimer.stop();
    stop?.();
  }

  return { getState: () => state, close };
}

const POLL_MS = 2_000;

/** After this many streams that broke off at once, none can be had. */
const MAX_SHORT_STREAMS = 3;
