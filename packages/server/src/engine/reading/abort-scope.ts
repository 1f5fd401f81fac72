/** Ends `scope` when `signal` is aborted; the function returned lets go of `signal`. */
export function followSignal(signal: AbortSignal | undefined, scope: AbortController): () => void {
  if (signal === undefined) return () => undefined;
  const abort = () => scope.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

/**
 * What `promise` settles to, or `undefined` as soon as `signal` is aborted: the promise then goes on
 * unheard, its rejection too.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve(undefined);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
