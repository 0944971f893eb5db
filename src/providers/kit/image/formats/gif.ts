/** GIF: checks all blocks from the logical screen to the trailer. Source: GIF89a specification (CompuServe, 1990). */
import { hasText, u16le } from '../bytes.ts';
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;

export function isGif(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, 'GIF87a') || hasText(bytes, 0, 'GIF89a');
}

export function inspectGif(bytes: Uint8Array): Inspection {
  const width = u16le(bytes, 6);
  const height = u16le(bytes, 8);
  let frames = 0;
  let hasAlpha = false;

  let at = 13 + colourTableBytes(bytes[10]);
  while (at < bytes.length) {
    const block = bytes[at];
    if (block === TRAILER) {
      if (frames === 0) return brokenImage('gif', 'contains no image');
      return inspectedImage('gif', { width, height, frames, hasAlpha, trailingBytes: bytes.length - at - 1 });
    }
    if (block === IMAGE) {
      const right = u16le(bytes, at + 1) + u16le(bytes, at + 5);
      const bottom = u16le(bytes, at + 3) + u16le(bytes, at + 7);
      if (at + 10 > bytes.length) break;
      // A decoder would allocate more memory for such a frame than the header announces.
      if (right > width || bottom > height)
        return brokenImage('gif', `has a frame ${frames + 1} that is larger than its screen`);
      frames++;
      at = endOfSubBlocks(bytes, at + 10 + colourTableBytes(bytes[at + 9]) + 1);
    } else if (block === EXTENSION) {
      if (bytes[at + 1] === GRAPHIC_CONTROL && ((bytes[at + 3] ?? 0) & 1) === 1) hasAlpha = true;
      at = endOfSubBlocks(bytes, at + 2);
    } else {
      return brokenImage('gif', `has an unknown block at byte ${at}`);
    }
  }
  return brokenImage('gif', 'ends without its trailer');
}

/** The size of the colour table, 3 * 2^(n + 1) bytes; 0 if the flag says that there is none. */
function colourTableBytes(flags = 0): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** Returns the position after the empty sub-block that ends a chain; the end of the file if it is truncated. */
function endOfSubBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return bytes.length;
}
