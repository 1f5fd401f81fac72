import type { Connection } from "./connection.js";

/** Something connected to, whose state changes. */
export interface Shareable<TState> {
  readonly getState: () => TState;
  readonly close: () => void;
}

/** Connects; `onChange` is to be called after each change of its state. */
export type Connect<TState> = (onChange: () => void) => Shareable<TState>;

/** Connections by key, opened by the first subscriber of each and closed by its last. */
export interface Shared<TState> {
  readonly subscribe: (key: string, connect: Connect<TState>, listener: () => void) => () => void;
  readonly getState: (key: string) => TState;
}

interface Entry<TState> {
  readonly listeners: Set<() => void>;
  connection: Shareable<TState> | null;
}

/**
 * Shares connections among their subscribers; `idle` is the state of what nobody subscribes to. The last
 * one to leave closes a connection at the end of the task, so that React's StrictMode, or a hook that
 * moves in the tree, does not open it twice. One that has closed by itself is opened again for the next.
 */
export function createShared<TState extends { readonly connection: Connection }>(
  idle: TState,
): Shared<TState> {
  const entries = new Map<string, Entry<TState>>();

  function getState(key: string): TState {
    return entries.get(key)?.connection?.getState() ?? idle;
  }

  function open(key: string, connect: Connect<TState>): Entry<TState> {
    const entry: Entry<TState> = { listeners: new Set(), connection: null };
    entries.set(key, entry);
    entry.connection = connect(() => {
      for (const listener of entry.listeners) listener();
    });
    return entry;
  }

  function leave(key: string, entry: Entry<TState>): void {
    if (entry.listeners.size > 0) return;
    entry.connection?.close();
    if (entries.get(key) === entry) entries.delete(key);
  }

  return {
    getState,
    subscribe: (key, connect, listener) => {
      const found = getState(key).connection === "closed" ? undefined : entries.get(key);
      const entry = found ?? open(key, connect);
      const notify = (): void => listener();
      entry.listeners.add(notify);
      return () => {
        entry.listeners.delete(notify);
        queueMicrotask(() => leave(key, entry));
      };
    },
  };
}
