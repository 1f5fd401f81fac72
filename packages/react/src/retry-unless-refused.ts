import { isRefusal } from "@trpc-workflow/client/live";
import type { QueryClient } from "@tanstack/react-query";

/** The app's own `retry`, but for an answer that would be the same: an unknown run is told at once. */
export function retryUnlessRefused(
  queryClient: QueryClient,
): (failureCount: number, error: unknown) => boolean {
  const { retry = DEFAULT_RETRIES } = queryClient.getDefaultOptions().queries ?? {};
  return (failureCount, error) => {
    if (isRefusal(error)) return false;
    if (typeof retry === "function") return retry(failureCount, error as Error);
    return retry === true || failureCount < Number(retry);
  };
}

/** As TanStack Query's own: a server that renders has no time for a second try. */
const DEFAULT_RETRIES = typeof window === "undefined" ? 0 : 3;
