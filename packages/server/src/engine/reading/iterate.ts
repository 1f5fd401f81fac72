import { followSignal } from "./abort-scope.js";

/**
 * An iterable that `signal` or the consumer's `return()` ends quietly, while it waits for its next
 * value too: `generate` has to return when its scope is aborted. Each iteration begins anew, and
 * nothing is held before it begins.
 */
export function iterate<T>(
  signal: AbortSignal | undefined,
  generate: (scope: AbortController) => AsyncGenerator<T, void, undefined>,
): AsyncIterable<T> {
  async function* run(scope: AbortController): AsyncGenerator<T, void, undefined> {
    const unfollow = followSignal(signal, scope);
    try {
      if (!scope.signal.aborted) yield* generate(scope);
    } finally {
      unfollow();
    }
  }

  return {
    [Symbol.asyncIterator]() {
      const scope = new AbortController();
      const generator = run(scope);
      return {
        next: () => generator.next(),
        // The generator's own `return` would wait behind a `next` that waits for the run.
        return: () => {
          scope.abort();
          return generator.return();
        },
      };
    },
  };
}
