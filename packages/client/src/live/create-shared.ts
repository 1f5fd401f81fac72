import type { Connection } from "./connection.js";

/** Something connected to, whose state changes. */
export interface Shareable<TState> {
  readonly getState: () => TState;
  readonly close: () => void;
}

export interface CreateSharedOptions<TState> {
  /** The state of what nobody is subscribed to. */
  readonly idle: TState;
  readonly connect: (key: string, onChange: () => void) => Shareable<TState>;
}

/** Connections by key, opened by the first subscriber of each and closed by its last. */
export interface Shared<TState> {
  readonly subscribe: (key: string, listener: () => void) => () => void;
  readonly getState: (key: string) => TState;
}

interface Entry<TState> {
  readonly listeners: Set<() => void>;
  connection: Shareable<TState> | null;
}

/**
 * Shares connections among their subscribers. The last one to leave closes a connection at the end of
 * the task, so that React's StrictMode, or a hook that moves in the tree, does not open it twice. One
 * that has closed by itself is opened again for the next subscriber.
 */
export function createShared<TState extends { readonly connection: Connection }>({
  idle,
  connect,
}: CreateSharedOptions<TState>): Shared<TState> {
  const entries = new Map<string, Entry<TState>>();

  function getState(key: string): TState {
    return entries.get(key)?.connection?.getState() ?? idle;
  }

  function open(key: string): Entry<TState> {
    const entry: Entry<TState> = { listeners: new Set(), connection: null };
    entries.set(key, entry);
    entry.connection = connect(key, () => {
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
    subscribe: (key, listener) => {
      const found = getState(key).connection === "closed" ? undefined : entries.get(key);
      const entry = found ?? open(key);
      const notify = (): void => listener();
      entry.listeners.add(notify);
      return () => {
        entry.listeners.delete(notify);
        queueMicrotask(() => leave(key, entry));
      };
    },
  };
}
