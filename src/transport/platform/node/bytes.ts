/** Base64, CRC-32 and buffers on Node: faster than the web platform alone. */
import { Buffer } from 'node:buffer';
import { crc32 as zlibCrc32 } from 'node:zlib';

const MINUS = 0x2d;
const UNDERSCORE = 0x5f;
/** Characters decoded per step. Strings of this size are freed while young, so a large reply costs the garbage collector little. */
const STEP = 65_536;

/**
 * Decodes whole base64 groups without padding into `target`.
 * @param characters ASCII bytes, a multiple of four of them
 * @returns the bytes written, or -1 if a character is not in the base64 alphabet
 */
export function decodeBase64(characters: Uint8Array, target: Uint8Array, offset: number): number {
  const source = Buffer.from(characters.buffer, characters.byteOffset, characters.byteLength);
  const sink = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  if (source.includes(MINUS) || source.includes(UNDERSCORE)) return -1; // Node also accepts base64url, which this function must refuse
  let written = 0;
  for (let start = 0; start < source.length; start += STEP) {
    const end = Math.min(start + STEP, source.length);
    const count = sink.write(source.toString('latin1', start, end), offset + written, 'base64');
    if (count !== ((end - start) / 4) * 3) return -1; // Node skips invalid characters, so bytes are missing
    written += count;
  }
  return written;
}

/** Index of the first `byte` at or after `from`, or -1. About 30 times as fast as the `indexOf` of typed arrays. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number): number {
  return Buffer.prototype.indexOf.call(bytes, byte, from);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** CRC-32 as in PNG and zip. Pass an earlier result as `seed` to continue it. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  return zlibCrc32(bytes, seed);
}

/**
 * Frees a chunk's memory at once. The garbage collector would have to mark the host's whole heap to free it.
 * Only for chunks that the platform's own fetch made and that no other code can hold.
 */
export function reclaim(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength) buffer.transfer(0);
}

/**
 * Moves bytes into a new `ArrayBuffer` object, without a copy. The garbage collector frees young objects cheaply; an old one stays until
 * the whole heap is marked, and its size triggers such a collection sooner.
 */
export function moveToNewBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { byteOffset, length } = bytes;
  return new Uint8Array(bytes.buffer.transfer(), byteOffset, length);
}
