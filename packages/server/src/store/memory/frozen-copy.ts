/** A deep copy that nobody can change, of plain data: what goes in and out of the tables is never shared. */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null || copies.has(value)) return value;
  const copy = Array.isArray(value) ? value.map(frozenCopy) : copyFields(value);
  copies.add(copy);
  return Object.freeze(copy) as T;
}

/** What this module made is not copied again: a row that is replaced keeps most of its parts. */
const copies = new WeakSet<object>();

function copyFields(value: object): object {
  // A spread takes a tenth of the time of building the object from its entries.
  const copy: object = { ...value };
  for (const [key, field] of Object.entries(value)) {
    if (typeof field !== "object" || field === null) continue;
    // Defined, not assigned: a key may be `__proto__`.
    Object.defineProperty(copy, key, { value: frozenCopy(field), enumerable: true });
  }
  return copy;
}
