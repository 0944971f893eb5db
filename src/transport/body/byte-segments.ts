/** Bytes of which nobody knows for sure how many there will be. */

import { reclaim, rejuvenate } from '#platform';

/** All are multiples of three, so that whole base64 groups fill a segment to its last byte. */
const SMALLEST = 3 * 4 * 1024;
const LARGEST = 3 * 1024 * 1024;
/**
 * A guess rests on what the other side claims: it is believed once the bytes that came are one part in so many of it.
 * Few enough to be copied, enough that a claim costs whoever makes it.
 */
const BELIEVED_PART = 64;
/** What is handed out may be followed by one part in so many of zeros; with more it is copied. */
export const SLACK_PART = 64;

/**
 * Collects bytes in the one buffer they are handed out in, when there is a good guess of their length, and in segments otherwise.
 *
 * Segments are joined at the end. One buffer that grows would be copied more often, and twice its size would be held at the end: making
 * an `ArrayBuffer` shorter copies it (measured with `transfer` on Node 22).
 */
export class ByteSegments {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  readonly #expected: number;
  #current = new Uint8Array(0);
  #used = 0;
  #length = 0;

  /** @param expected how many bytes there will be, as far as anybody can guess, rather too many than too few; default 0 for no idea */
  constructor(expected = 0) {
    this.#expected = expected;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const free = this.room();
      const part = from === 0 && bytes.length <= free ? bytes : bytes.subarray(from, from + free);
      this.#current.set(part, this.#used);
      this.commit(part.length);
      from += part.length;
    }
  }

  /** Where the next bytes may be written, with at least one byte free behind `offset`; `commit` says how many were. */
  target(): { readonly segment: Uint8Array; readonly offset: number } {
    this.room();
    return { segment: this.#current, offset: this.#used };
  }

  /** Free bytes at the end of the current segment; makes a new one when there are none. */
  room(): number {
    if (this.#used === this.#current.length) this.#grow();
    return this.#current.length - this.#used;
  }

  commit(count: number): void {
    this.#used += count;
    this.#length += count;
  }

  #grow(): void {
    const expected = this.#expected;
    if (this.#length < expected && this.#length * BELIEVED_PART >= expected) {
      this.#current = this.#gather(expected);
      this.#used = this.#length;
      return;
    }
    if (this.#used > 0) this.#full.push(this.#current);
    this.#current = new Uint8Array(Math.min(Math.max(this.#length, SMALLEST), LARGEST));
    this.#used = 0;
  }

  /**
   * All bytes. Ends the collecting.
   * @returns a buffer of exactly their length, or a view of one with a slack of zeros: at most one byte in `SLACK_PART`
   */
  join(): Uint8Array<ArrayBuffer> {
    const slack = this.#current.length - this.#used;
    const isAlone = this.#full.length === 0;
    return isAlone && slack * SLACK_PART <= this.#length
      ? rejuvenate(this.#current.subarray(0, this.#length))
      : this.#gather(this.#length);
  }

  /**
   * Everything so far at the beginning of a new buffer. Each segment is given back as soon as it is copied, the last one first: allocators
   * return what is freed at the end of their heap and keep holes.
   */
  #gather(size: number): Uint8Array<ArrayBuffer> {
    const gathered = new Uint8Array(size);
    let at = this.#length - this.#used;
    gathered.set(this.#current.subarray(0, this.#used), at);
    reclaim(this.#current);
    for (const segment of this.#full.reverse()) {
      at -= segment.length;
      gathered.set(segment, at);
      reclaim(segment);
    }
    this.#full.length = 0;
    return gathered;
  }
}
