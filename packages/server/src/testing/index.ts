export { createTestEngine } from "./create-test-engine.js";
export type {
  CrashEverywhereOptions,
  CreateTestEngine,
  EventEntry,
  TestEngine,
  TestEngineOptions,
} from "./testing-types.js";
