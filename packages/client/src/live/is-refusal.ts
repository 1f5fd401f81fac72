/**
 * Whether the server answered, and asking again would not change the answer: the run is unknown, or
 * not the caller's to see. Everything else (no network, a server that restarts) may pass.
 */
export function isRefusal(error: unknown): boolean {
  const { data } = (error ?? {}) as { data?: { code?: string } | null };
  return REFUSALS.includes(data?.code ?? "");
}

const REFUSALS = ["BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"];
