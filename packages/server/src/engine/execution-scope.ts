import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "../core/logger.js";

/** Where in an execution the calling code stands; tells nested steps and stray rejections apart. */
export interface ExecutionScope {
  readonly runId: string;
  /** Ends the handler with an error that none of its own code caught. */
  readonly fail: (error: unknown) => void;
  /** Set inside the function of a step, transaction or undo. */
  readonly inside: InnerScope | null;
}

/** A step, transaction or undo in flight: where `log`, `emit` and `progress` go. */
export interface InnerScope {
  readonly what: string;
  readonly isTransaction: boolean;
  readonly log: Logger;
  readonly emit: (stream: string, value: unknown) => void;
  readonly progress: (value: unknown) => void;
}

/** The execution that the calling code belongs to, through any number of awaits. */
export const executionScope = new AsyncLocalStorage<ExecutionScope>();
