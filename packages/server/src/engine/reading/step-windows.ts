import type { StepWindow } from "../../store/store.js";

/** A run with all its steps. */
export const ALL_STEPS: StepWindow = { kind: "all" };

/** A run without its steps. */
export const NO_STEPS: StepWindow = { kind: "page", after: 0, limit: 0 };

/** What a snapshot of `watch` holds of the steps. */
export const WATCH_WINDOW: StepWindow = { kind: "newest", limit: 1_000, maxOutputBytes: 16_384 };
