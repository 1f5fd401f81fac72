/** What came back: the network, under which no old connection lives, or the page. */
export type WakeUp = "network" | "page";

/**
 * Calls back when the network comes back, and when the page is shown again, where timers may have
 * slept for minutes. Does nothing outside of browsers. Returns what stops it.
 */
export function onWakeUp(listener: (wakeUp: WakeUp) => void): () => void {
  const { window, document } = globalThis;
  const onOnline = (): void => listener("network");
  const onVisibilityChange = (): void => {
    if (document.visibilityState === "visible") listener("page");
  };
  window?.addEventListener?.("online", onOnline);
  document?.addEventListener?.("visibilitychange", onVisibilityChange);
  return () => {
    window?.removeEventListener?.("online", onOnline);
    document?.removeEventListener?.("visibilitychange", onVisibilityChange);
  };
}
