/** CRC-32, which zip files need for each of their files. */

const TABLE = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** A longer block of work would stop other requests for milliseconds. */
const SLICE_BYTES = 1024 ** 2;

/** Computes in slices, and lets other requests go on in between. */
export async function crc32(bytes: Uint8Array): Promise<number> {
  let value = ~0;
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const end = Math.min(start + SLICE_BYTES, bytes.length);
    for (let at = start; at < end; at++) value = TABLE[(value ^ bytes[at]!) & 255]! ^ (value >>> 8);
  }
  return ~value >>> 0;
}
