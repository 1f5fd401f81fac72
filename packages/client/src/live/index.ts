// What bindings to a framework are built on, as `@trpc-workflow/react` is.
export type { LiveRunState } from "./connect-run.js";
export type { LiveStreamState, StreamPartShape } from "./connect-stream.js";
export type { Connection } from "./connection.js";
export { createLiveRuns, type LiveRuns, type LiveRunsSource } from "./create-live-runs.js";
export { createLiveStreams, type LiveStreams, type StreamsSource } from "./create-live-streams.js";
export { isRefusal } from "./is-refusal.js";
export { isEnded, type RunShape } from "./run-shape.js";
export type { Subscribe, SubscriptionObserver, Tracked } from "./subscription-types.js";
