/** A deep copy that nobody can change, of plain data: what goes in and out of the tables is never shared. */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const entries = Object.entries(value).map(([key, field]) => [key, frozenCopy(field)] as const);
  // fromEntries defines own properties: a patch may be called `__proto__`.
  return Object.freeze(Object.fromEntries(entries)) as T;
}
