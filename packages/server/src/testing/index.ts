export { crashEverywhere } from "./crash-everywhere.js";
export { createTestEngine } from "./create-test-engine.js";
export { replay } from "./replay.js";
export type {
  CrashEverywhere,
  CrashEverywhereOptions,
  CreateTestEngine,
  EventEntry,
  Replay,
  TestEngine,
  TestEngineOptions,
} from "./testing-types.js";
