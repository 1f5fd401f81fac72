/**
 * How long to wait after this many failures in a row, in milliseconds: doubles from half a second to
 * fifteen. Random by half, so that the clients of a server that restarts do not come back as one.
 */
export function backOffMs(failures: number, random: () => number = Math.random): number {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.5 + random() / 2);
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
