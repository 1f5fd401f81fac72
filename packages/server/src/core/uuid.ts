/**
 * Makes a maker of UUIDv7s (RFC 9562, lower-case) that ascend strictly within one process, for ids of
 * one millisecond and for a clock that goes back too: the 12 bits after the time are a counter, and
 * one that overflows borrows from the next millisecond. The other 62 bits are drawn.
 *
 * @param random gives as many random bytes as it is asked for.
 */
export function createUuidv7(random: (bytes: number) => Uint8Array): (now: number) => string {
  let time = -1;
  let counter = 0;

  return (now) => {
    const bytes = random(10);
    if (now > time) {
      time = now;
      // Below half, so that a millisecond has room for 2,048 more before it borrows.
      counter = readUint16(bytes, 8) & 0x7ff;
    } else if (counter < 0xfff) {
      counter += 1;
    } else {
      time += 1;
      counter = 0;
    }
    return format(time, counter, bytes);
  };
}

function format(time: number, counter: number, bytes: Uint8Array): string {
  const timeHex = time.toString(16).padStart(12, "0");
  const counterHex = counter.toString(16).padStart(3, "0");
  const variantHex = ((readUint16(bytes, 0) & 0x3fff) | 0x8000).toString(16);
  const tailHex =
    hex16(readUint16(bytes, 2)) + hex16(readUint16(bytes, 4)) + hex16(readUint16(bytes, 6));
  return `${timeHex.slice(0, 8)}-${timeHex.slice(8)}-7${counterHex}-${variantHex}-${tailHex}`;
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, "0");
}
