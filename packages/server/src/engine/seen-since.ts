/** Tells what is seen again and again, from what is seen once on its way. */
export class SeenSince {
  readonly #ms: number;
  #since: ReadonlyMap<string, number> = new Map();

  /** @param ms for how long something has to be seen. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Those of `seen` that all calls of that long saw. */
  lasting(seen: readonly string[]): ReadonlySet<string> {
    const now = performance.now();
    this.#since = new Map(seen.map((key) => [key, this.#since.get(key) ?? now]));
    return new Set(seen.filter((key) => now - (this.#since.get(key) ?? now) >= this.#ms));
  }
}
