import type { Logger } from "../../core/logger.js";
import type { WorkflowRun } from "../../core/run-types.js";
import type { Codec } from "../../core/values/codec.js";
import type { Store } from "../../store/store.js";
import type { EngineClock } from "../clock.js";
import type { ChangeFeed, ChangeNews, ChangeSubscription } from "./change-feed.js";
import { readAgain } from "./read-again.js";
import { runNotFound } from "./run-not-found.js";
import { viewRun } from "./run-view.js";
import { WATCH_WINDOW } from "./step-windows.js";

/** One watcher's part in the snapshots of a run. */
export interface SnapshotReader {
  /**
   * The newest snapshot: not older than the last change that was told, and than the call of `join`.
   *
   * @throws {RunNotFoundError} when there is no such run (any more).
   */
  readonly read: () => Promise<WorkflowRun>;
  readonly leave: () => void;
}

/** The snapshots that the watchers of this process share: each is read and decoded once. */
export interface Snapshots {
  readonly join: (runId: string, onChange: (news: ChangeNews) => void) => SnapshotReader;
}

export interface SnapshotsOptions {
  readonly store: Pick<Store, "readRun" | "revisions">;
  readonly codec: Codec;
  readonly feed: Pick<ChangeFeed, "subscribe">;
  readonly clock: EngineClock;
  readonly logger: Logger;
}

interface WatchedRun {
  readonly id: string;
  readonly watchers: Set<(news: ChangeNews) => void>;
  /** Aborted with the last watcher. */
  readonly scope: AbortController;
  readonly subscription: ChangeSubscription;
  current: WorkflowRun | null;
  /** What is known of `current`: `unconfirmed` is one that a newcomer may have seen the successor of. */
  freshness: "fresh" | "unconfirmed" | "stale";
  reading: { readonly promise: Promise<WorkflowRun>; begun: boolean } | null;
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { store, codec, feed, clock, logger } = options;
  const runs = new Map<string, WatchedRun>();

  function open(id: string): WatchedRun {
    const run: WatchedRun = {
      id,
      watchers: new Set(),
      scope: new AbortController(),
      subscription: feed.subscribe(id, (news) => {
        if (news === "changed") run.freshness = "stale";
        for (const onChange of run.watchers) onChange(news);
      }),
      current: null,
      freshness: "stale",
      reading: null,
    };
    runs.set(id, run);
    return run;
  }

  function leave(run: WatchedRun, onChange: (news: ChangeNews) => void): void {
    if (!run.watchers.delete(onChange) || run.watchers.size > 0) return;
    runs.delete(run.id);
    run.subscription.unsubscribe();
    run.scope.abort();
  }

  function newest(run: WatchedRun): Promise<WorkflowRun> {
    if (run.reading !== null) return run.reading.promise;
    if (run.freshness === "fresh" && run.current !== null) return Promise.resolve(run.current);
    const reading = { promise: refresh(run), begun: false };
    run.reading = reading;
    return reading.promise;
  }

  async function refresh(run: WatchedRun): Promise<WorkflowRun> {
    // Whoever joins in this tick shares the read.
    await Promise.resolve();
    if (run.reading !== null) run.reading.begun = true;
    const { freshness } = run;
    // Set before the read: a change that comes during it may not be in it.
    run.freshness = "fresh";
    try {
      run.current = await load(run, freshness === "unconfirmed");
      run.subscription.seen(run.current.revision);
      return run.current;
    } catch (error) {
      run.freshness = "stale";
      throw error;
    } finally {
      run.reading = null;
    }
  }

  async function load(run: WatchedRun, unconfirmed: boolean): Promise<WorkflowRun> {
    const { current, id } = run;
    if (current === null) return await loadOnce(id);
    return await readAgain(
      async () => {
        if (!unconfirmed) return await loadOnce(id);
        const revision = (await store.revisions([id])).get(id);
        return revision === current.revision ? current : await loadOnce(id);
      },
      { clock, logger, signal: run.scope.signal },
    );
  }

  async function loadOnce(id: string): Promise<WorkflowRun> {
    const rows = await store.readRun(id, WATCH_WINDOW);
    if (rows === null) throw runNotFound(id);
    return viewRun(rows, codec);
  }

  return {
    join: (runId, onChange) => {
      const run = runs.get(runId) ?? open(runId);
      run.watchers.add(onChange);
      if (run.freshness === "fresh") run.freshness = "unconfirmed";
      let tooEarly = run.reading?.begun === true ? run.reading.promise : null;
      return {
        read: async () => {
          if (tooEarly !== null) {
            await tooEarly.catch(() => undefined);
            tooEarly = null;
          }
          return await newest(run);
        },
        leave: () => leave(run, onChange),
      };
    },
  };
}
