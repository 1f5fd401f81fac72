import type { PrismaLike } from "../core/prisma-like.js";
import type { Store } from "../store/store.js";
import type { DatabaseClock } from "./database-clock.js";
import type { EngineOptions, EngineTuning } from "./engine-options.js";
import type { ExecutionHost } from "./execution-host.js";

/** What an engine runs on; tests bring a store in memory and a virtual clock. */
export interface EngineGround extends Pick<
  ExecutionHost,
  "seed" | "random" | "onStepStart" | "observeAsks"
> {
  readonly store: Store;
  readonly clock: DatabaseClock;
  /** `null` has workers look for what is due only when something happens in this process. */
  readonly pollMs: number | null;
  /** Up to this long an execution waits in memory rather than parking. */
  readonly lingerMs: number;
}

/** The options of an engine with the types of its workflows erased. */
export type AnyEngineOptions = EngineTuning &
  Pick<EngineOptions<readonly never[]>, "listen"> & {
    readonly prisma: PrismaLike | null;
    readonly workflows: readonly unknown[];
    readonly context?: (() => unknown) | undefined;
  };
