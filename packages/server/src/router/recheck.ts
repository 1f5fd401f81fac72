/** Asks again and again while a subscription is open. */
export interface Recheck {
  readonly stop: () => void;
  /** Throws what the check threw, if it did. */
  readonly rethrow: () => void;
}

/**
 * Calls `check` every `everyMs`, each time after the last was answered; at the first that throws it
 * aborts `scope` and ends.
 */
export function startRecheck(
  check: () => Promise<void>,
  everyMs: number,
  scope: AbortController,
): Recheck {
  let failure: { readonly error: unknown } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  function schedule(): void {
    if (!isStopped) timer = setTimeout(run, everyMs);
  }

  function run(): void {
    check().then(schedule, (error: unknown) => {
      failure = { error };
      scope.abort();
    });
  }

  schedule();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
    rethrow: () => {
      if (failure !== null) throw failure.error;
    },
  };
}
