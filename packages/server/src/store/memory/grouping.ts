/** Ids grouped by a key, as an index of rows on a column that is not unique. */
export class Grouping {
  readonly #groups = new Map<string, Set<string>>();

  /** A copy: rows may be written while it is walked through. */
  of(key: string): readonly string[] {
    return [...(this.#groups.get(key) ?? [])];
  }

  /** Those of all groups. */
  all(): readonly string[] {
    return this.keys().flatMap((key) => this.of(key));
  }

  keys(): readonly string[] {
    return [...this.#groups.keys()];
  }

  has(key: string): boolean {
    return this.#groups.has(key);
  }

  add(key: string, id: string): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, new Set([id]));
    else group.add(id);
  }

  remove(key: string, id: string): void {
    const group = this.#groups.get(key);
    if (group?.delete(id) === true && group.size === 0) this.#groups.delete(key);
  }
}
