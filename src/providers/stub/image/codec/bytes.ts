/** A byte buffer that grows. */
export interface ByteWriter {
  byte(value: number): void;
  bytes(values: ArrayLike<number>): void;
  /** Big-endian, as in JPEG. */
  uint16(value: number): void;
  readonly length: number;
  /** A view of the written bytes; valid until the next write. */
  done(): Uint8Array;
}

export function createByteWriter(capacity: number): ByteWriter {
  let buffer = new Uint8Array(Math.max(64, capacity));
  let length = 0;
  const grow = (): void => {
    const larger = new Uint8Array(buffer.length * 2);
    larger.set(buffer);
    buffer = larger;
  };
  const byte = (value: number): void => {
    if (length === buffer.length) grow();
    buffer[length] = value;
    length += 1;
  };
  return {
    byte,
    bytes: (values) => {
      while (length + values.length > buffer.length) grow();
      buffer.set(values, length);
      length += values.length;
    },
    uint16: (value) => {
      byte(value >>> 8);
      byte(value & 255);
    },
    get length() {
      return length;
    },
    done: () => buffer.subarray(0, length),
  };
}
