import { connectStream, type LiveStreamState, type StreamPartShape } from "./connect-stream.js";
import { createShared } from "./create-shared.js";
import type { Subscribe } from "./subscription-types.js";

/** Opens the subscription to a stream of a run. */
export type StreamsSource = (
  id: string,
  stream: string,
  ...args: Parameters<Subscribe<StreamPartShape>>
) => ReturnType<Subscribe<StreamPartShape>>;

/** The streams that are read, by run and name: one connection to each, however many read it. */
export interface LiveStreams {
  /** As that of the live runs; what was read is dropped with the last reader. */
  readonly subscribe: (id: string, stream: string, listener: () => void) => () => void;
  /** The same object until it changes; `idle` for a stream that nobody reads. */
  readonly getState: (id: string, stream: string) => LiveStreamState;
}

/** Shares one live connection among all that read a stream of a run. */
export function createLiveStreams(source: StreamsSource): LiveStreams {
  const { subscribe, getState } = createShared<LiveStreamState>({
    idle: { connection: "idle", values: [], error: undefined },
    connect: (key, onChange) => {
      const [id = "", stream = ""] = JSON.parse(key) as string[];
      return connectStream({ subscribe: (...args) => source(id, stream, ...args), onChange });
    },
  });
  return {
    subscribe: (id, stream, listener) => subscribe(keyOf(id, stream), listener),
    getState: (id, stream) => getState(keyOf(id, stream)),
  };
}

function keyOf(id: string, stream: string): string {
  return JSON.stringify([id, stream]);
}
