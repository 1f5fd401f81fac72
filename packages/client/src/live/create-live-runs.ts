import { connectRun, type LiveRunState } from "./connect-run.js";
import { createShared } from "./create-shared.js";
import type { RunShape } from "./run-shape.js";
import type { Subscribe } from "./subscription-types.js";

/** How the runs of a router are reached, and who else is told of their snapshots. */
export interface LiveRunsSource<TRun> {
  readonly subscribe: (
    id: string,
    ...args: Parameters<Subscribe<TRun>>
  ) => ReturnType<Subscribe<TRun>>;
  readonly get: (id: string, signal: AbortSignal) => PromiseLike<TRun>;
  /** The newest snapshot that is known from elsewhere, after which a connection begins. */
  readonly getKnown?: (id: string) => TRun | undefined;
  /** Told before the listeners. */
  readonly onChange?: (id: string, state: LiveRunState<TRun>) => void;
}

/** The runs that are followed, by id: one connection to each, however many follow it. */
export interface LiveRuns<TRun> {
  /**
   * Follows a run: the first to do so opens its connection, the last to stop closes it. The listener
   * is called after each change of `getState`. Returns what stops; to stop and to begin again within
   * one task keeps the connection.
   */
  readonly subscribe: (id: string, listener: () => void) => () => void;
  /** The same object until it changes; `idle` for a run that nobody follows. */
  readonly getState: (id: string) => LiveRunState<TRun>;
}

/** Shares one live connection among all that follow a run. */
export function createLiveRuns<TRun extends RunShape>(
  source: LiveRunsSource<TRun>,
): LiveRuns<TRun> {
  const { subscribe, getState } = createShared<LiveRunState<TRun>>({
    connection: "idle",
    run: undefined,
    error: undefined,
  });
  return {
    subscribe: (id, listener) =>
      subscribe(
        id,
        (onChange) =>
          connectRun<TRun>({
            subscribe: (...args) => source.subscribe(id, ...args),
            get: (signal) => source.get(id, signal),
            known: source.getKnown?.(id),
            onChange: (state) => {
              source.onChange?.(id, state);
              onChange();
            },
          }),
        listener,
      ),
    getState,
  };
}
