import { types } from "node:util";

/** The name of a kind of bytes, and the bytes in base64. */
export type EncodedBytes = readonly [kind: string, base64: string];

/** Writes an `ArrayBuffer`, `DataView` or typed array; a Node `Buffer` is a `Uint8Array`. Else `undefined`. */
export function writeBytes(value: object): EncodedBytes | undefined {
  if (types.isArrayBuffer(value)) return ["ArrayBuffer", Buffer.from(value).toString("base64")];
  if (!ArrayBuffer.isView(value)) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const kind = types.isDataView(value) ? "DataView" : typedArrayKind(value);
  return [kind, bytes.toString("base64")];
}

/**
 * Reads what `writeBytes` wrote, on memory of its own.
 *
 * @throws for an unknown kind, and for a length that its elements do not divide.
 */
export function readBytes(kind: string, base64: string): ArrayBuffer | ArrayBufferView {
  // Not the Buffer's own memory, which others share.
  const { buffer } = new Uint8Array(Buffer.from(base64, "base64"));
  if (kind === "ArrayBuffer") return buffer;
  const ViewClass = VIEWS.get(kind);
  if (ViewClass === undefined) throw new TypeError(`it holds bytes of the unknown kind ${kind}`);
  return new ViewClass(buffer);
}

const VIEWS: ReadonlyMap<string, new (buffer: ArrayBuffer) => ArrayBufferView> = new Map<
  string,
  new (buffer: ArrayBuffer) => ArrayBufferView
>([
  ["DataView", DataView],
  ["Int8Array", Int8Array],
  ["Uint8Array", Uint8Array],
  ["Uint8ClampedArray", Uint8ClampedArray],
  ["Int16Array", Int16Array],
  ["Uint16Array", Uint16Array],
  ["Int32Array", Int32Array],
  ["Uint32Array", Uint32Array],
  ["Float32Array", Float32Array],
  ["Float64Array", Float64Array],
  ["BigInt64Array", BigInt64Array],
  ["BigUint64Array", BigUint64Array],
]);

/** The kind without the class: `Uint8Array` for a `Buffer`, and for an array of another realm. */
function typedArrayKind(value: ArrayBufferView): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
