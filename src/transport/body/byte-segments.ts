/** Bytes of which nobody knows yet how many there will be. */

import { reclaim } from '#platform';

/** All are multiples of three, so that whole base64 groups fill a segment to its last byte. */
const SMALLEST = 3 * 4 * 1024;
const LARGEST = 3 * 1024 * 1024;
/** With a good guess of the length one large segment is cheapest: a large one goes back to the system as soon as it is given up. */
const LARGEST_EXPECTED = 12 * 1024 * 1024;
/** So many bytes must have come before a guess is believed: it rests on what the other side claims. */
const BELIEVED_AFTER = 3 * 64 * 1024;

/**
 * Collects bytes in segments and joins them into one exact buffer at the end.
 * One buffer that grows would be copied more often, and twice its size would be held at the end: making an `ArrayBuffer` shorter copies
 * it (measured with `transfer` on Node 22). While joining, each segment is given back as soon as it is copied.
 * The last goes first: allocators return what is freed at the end of their heap and keep holes.
 */
export class ByteSegments {
  readonly #full: Uint8Array[] = [];
  readonly #expected: number;
  #current: Uint8Array = new Uint8Array(0);
  #used = 0;
  #length = 0;

  /** @param expected how many bytes there will be, as far as anybody can guess; default 0 for no idea */
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
    if (this.#used === this.#current.length) {
      if (this.#used > 0) this.#full.push(this.#current);
      this.#current = new Uint8Array(this.#nextSize());
      this.#used = 0;
    }
    return this.#current.length - this.#used;
  }

  #nextSize(): number {
    const doubled = Math.min(Math.max(this.#length, SMALLEST), LARGEST);
    if (this.#length < BELIEVED_AFTER) return doubled;
    const missing = Math.min(Math.ceil((this.#expected - this.#length) / 3) * 3, LARGEST_EXPECTED);
    return missing > SMALLEST ? missing : doubled;
  }

  commit(count: number): void {
    this.#used += count;
    this.#length += count;
  }

  /** All bytes in a buffer of exactly their length. Ends the collecting. */
  join(): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(this.#length);
    let at = this.#length - this.#used;
    joined.set(this.#current.subarray(0, this.#used), at);
    reclaim(this.#current);
    for (const segment of this.#full.reverse()) {
      at -= segment.length;
      joined.set(segment, at);
      reclaim(segment);
    }
    this.#full.length = 0;
    return joined;
  }
}
