/** A growing buffer for a body of unknown length. */
import { moveToNewBuffer, reclaim } from '#platform';

/** Segment sizes are multiples of three, so that whole base64 groups fill a segment exactly. */
const MIN_SEGMENT_BYTES = 3 * 4 * 1024;
const MAX_SEGMENT_BYTES = 3 * 1024 * 1024;
/**
 * The server claims the expected length. It is trusted once 1/64 of it has arrived: few bytes to copy, and a false claim costs the server
 * real traffic.
 */
const TRUSTED_DIVISOR = 64;
/** The returned buffer may have unused bytes at its end, at most 1/64 of its length; otherwise it is copied. */
export const SLACK_DIVISOR = 64;

/**
 * Collects bytes in one buffer if the length is known approximately, otherwise in segments that are joined at the end.
 *
 * A single growing buffer would be copied more often and need twice its size at the end: shrinking an `ArrayBuffer` copies it (measured
 * with `transfer` on Node 22).
 */
export class ByteSegments {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  readonly #expected: number;
  #current = new Uint8Array(0);
  #used = 0;
  #length = 0;

  /** @param expected estimate of the length, better too high than too low. @default 0, unknown */
  constructor(expected = 0) {
    this.#expected = expected;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const free = this.freeBytes();
      const part = from === 0 && bytes.length <= free ? bytes : bytes.subarray(from, from + free);
      this.#current.set(part, this.#used);
      this.commit(part.length);
      from += part.length;
    }
  }

  /** Returns where to write the next bytes; at least one byte is free. Call `commit` after writing. */
  target(): { readonly segment: Uint8Array; readonly offset: number } {
    this.freeBytes();
    return { segment: this.#current, offset: this.#used };
  }

  /** Free bytes at the end of the current segment. Adds a segment if there are none. */
  freeBytes(): number {
    if (this.#used === this.#current.length) this.#grow();
    return this.#current.length - this.#used;
  }

  commit(count: number): void {
    this.#used += count;
    this.#length += count;
  }

  #grow(): void {
    const expected = this.#expected;
    if (this.#length < expected && this.#length * TRUSTED_DIVISOR >= expected) {
      this.#current = this.#gather(expected);
      this.#used = this.#length;
      return;
    }
    if (this.#used > 0) this.#full.push(this.#current);
    this.#current = new Uint8Array(Math.min(Math.max(this.#length, MIN_SEGMENT_BYTES), MAX_SEGMENT_BYTES));
    this.#used = 0;
  }

  /**
   * Returns all bytes. Call it last.
   * @returns a view of a buffer with exactly this length, or with at most 1/64 of unused zeros after it
   */
  join(): Uint8Array<ArrayBuffer> {
    const slack = this.#current.length - this.#used;
    const isSingle = this.#full.length === 0;
    return isSingle && slack * SLACK_DIVISOR <= this.#length
      ? moveToNewBuffer(this.#current.subarray(0, this.#length))
      : this.#gather(this.#length);
  }

  /**
   * Copies everything so far into a new buffer. Each segment is freed right after its copy, the last one first: allocators return memory
   * at the end of their heap to the system, but keep holes.
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
