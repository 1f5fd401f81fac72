import { executionScope } from "./execution-scope.js";

let guards = 0;

/**
 * While a worker runs, a rejection that a handler left unhandled fails its run, not the process. Any
 * other is as fatal as it is without us. Returns the release.
 */
export function guardStrayRejections(): () => void {
  guards += 1;
  if (guards === 1) process.on("unhandledRejection", onStrayRejection);
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    guards -= 1;
    if (guards === 0) process.off("unhandledRejection", onStrayRejection);
  };
}

function onStrayRejection(reason: unknown): void {
  const scope = executionScope.getStore();
  if (scope !== undefined) {
    scope.fail(reason);
    return;
  }
  // Our listener alone would keep Node from what it does by itself: throw.
  if (process.listenerCount("unhandledRejection") === 1) throw reason;
}
