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
  const shared = createShared<LiveStreamState>({
    connection: "idle",
    values: [],
    error: undefined,
  });
  return {
    subscribe: (id, stream, listener) =>
      shared.subscribe(
        keyOf(id, stream),
        (onChange) =>
          connectStream({ subscribe: (...args) => source(id, stream, ...args), onChange }),
        listener,
      ),
    getState: (id, stream) => shared.getState(keyOf(id, stream)),
  };
}

/** Neither has control characters. */
function keyOf(id: string, stream: string): string {
  return `${id}\n${stream}`;
}
