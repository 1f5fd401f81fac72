/** What is used of a superjson instance: its registered classes, symbols and custom types. */
export interface ValueSerializer {
  serialize: (value: unknown) => { json: unknown; meta?: unknown };
  deserialize: (encoded: { json: never; meta?: never }) => unknown;
}

/** What a registered type was turned into. */
export interface CustomValue {
  readonly json: unknown;
  readonly meta: unknown;
}

/**
 * What `serializer` makes of a value whose type was registered with it, else `undefined`. superjson
 * hands on what it does not know, and knows types that are not its business here; only for a
 * registered one it notes a pair, such as `["class", "Money"]`, at the root of the value.
 */
export function toCustomValue(
  serializer: ValueSerializer | undefined,
  value: unknown,
): CustomValue | undefined {
  if (serializer === undefined) return undefined;
  const { json, meta } = serializer.serialize(value);
  if (typeof meta !== "object" || meta === null || !("values" in meta)) return undefined;
  const root: unknown = Array.isArray(meta.values) ? meta.values[0] : undefined;
  return Array.isArray(root) && REGISTERED.has(root[0]) ? { json, meta } : undefined;
}

/** @throws whatever the registered type throws. */
export function fromCustomValue(
  serializer: ValueSerializer | undefined,
  { json, meta }: CustomValue,
): unknown {
  if (serializer === undefined) {
    throw new TypeError("it holds a registered type, and the engine has no `serializer`");
  }
  return serializer.deserialize({ json, meta } as { json: never; meta: never });
}

const REGISTERED: ReadonlySet<unknown> = new Set(["class", "custom", "symbol"]);
