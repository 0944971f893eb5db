/** Encodes the pieces of a document one slice at a time. */
import { base64Length, encodeBase64 } from './encode-base64.ts';
import type { JsonPiece } from './json-pieces.ts';

/** A multiple of three, so that base64 groups stay whole: 64 KiB of text, which sockets take in one piece. */
const SLICE_BYTES = 49_152;

const encoder = new TextEncoder();

/** Yields the bytes of the document in order. Each slice is encoded when it is asked for. */
export function* encodePieces(pieces: readonly JsonPiece[]): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  for (const piece of pieces) {
    if (typeof piece === 'string') yield encoder.encode(piece);
    else
      for (let start = 0; start < piece.length; start += SLICE_BYTES)
        yield encodeBase64(piece.subarray(start, start + SLICE_BYTES));
  }
}

/** The length of the encoded document in bytes. Images are not encoded for it. */
export function encodedLength(pieces: readonly JsonPiece[]): number {
  return pieces.reduce(
    (total, piece) => total + (typeof piece === 'string' ? encoder.encode(piece).length : base64Length(piece.length)),
    0,
  );
}
