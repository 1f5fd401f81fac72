/**
 * Whether the server answered, and asking again would not change the answer: the run is unknown, or
 * not the caller's to see. Everything else (no network, a server that restarts) may pass.
 */
export function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("data" in error)) return false;
  const { data } = error;
  return (
    typeof data === "object" &&
    data !== null &&
    "code" in data &&
    REFUSALS.includes(String(data.code))
  );
}

const REFUSALS = [
  "BAD_REQUEST",
  "UNAUTHORIZED",
  "PAYMENT_REQUIRED",
  "FORBIDDEN",
  "NOT_FOUND",
  "PRECONDITION_FAILED",
  "UNPROCESSABLE_CONTENT",
];
