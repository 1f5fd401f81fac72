import type { Connection } from "./connection.js";
import { isRefusal } from "./is-refusal.js";
import { keepSubscribed, type SubscriptionEnd } from "./keep-subscribed.js";
import type { Subscribe } from "./subscription-types.js";

/** A part of a stream; one with `reset` makes void what its step emitted before. */
export interface StreamPartShape {
  readonly step: string | null;
  readonly value?: unknown;
  readonly reset?: true | undefined;
}

/** What is known of a stream that is read; a new object for each change. */
export interface LiveStreamState {
  readonly connection: Connection;
  /** In the order of their emission. */
  readonly values: readonly unknown[];
  /** Why the server refused, or why no stream can be had. */
  readonly error: unknown;
}

export interface StreamSource {
  readonly subscribe: Subscribe<StreamPartShape>;
  readonly onChange: () => void;
}

/** A connection to one stream of a run; closes by itself when the run ends or the server refuses. */
export interface StreamConnection {
  readonly getState: () => LiveStreamState;
  readonly close: () => void;
}

/** Reads a stream from the first part kept: each part once, in order, over any number of cuts. */
export function connectStream({ subscribe, onChange }: StreamSource): StreamConnection {
  let state: LiveStreamState = { connection: "connecting", values: [], error: undefined };
  let parts: StreamPartShape[] = [];
  let newParts = 0;
  let isClosed = false;
  let stop: (() => void) | null = null;
  stop = keepSubscribed<StreamPartShape>({
    subscribe,
    lastEventId: null,
    onUp: () => {
      newParts = 0;
      change({ connection: "live", error: undefined });
    },
    onItem: receive,
    onDown: down,
  });
  // What came while it opened may have closed it.
  if (isClosed) stop();

  function receive(part: StreamPartShape): void {
    newParts += 1;
    if (part.reset) parts = parts.filter(({ step }) => step !== part.step);
    else parts.push(part);
    change({ values: parts.map(({ value }) => value) });
  }

  function down({ error, failures }: SubscriptionEnd): void {
    // Servers that cannot stream complete after the first part: the end is where no more comes.
    if (error === undefined && newParts === 0) return end(undefined);
    if (isRefusal(error)) return end(error);
    const isHopeless = error !== undefined && failures >= MAX_SILENT_FAILURES;
    change({ connection: "reconnecting", ...(isHopeless ? { error } : {}) });
  }

  function end(error: unknown): void {
    close();
    change({ connection: "closed", error });
  }

  function change(part: Partial<LiveStreamState>): void {
    state = { ...state, ...part };
    onChange();
  }

  function close(): void {
    isClosed = true;
    stop?.();
  }

  return { getState: () => state, close };
}

/** A server that restarts is away for a moment, which is no error yet. */
const MAX_SILENT_FAILURES = 3;
