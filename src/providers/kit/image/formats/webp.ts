/** WebP: checks the RIFF chunks and the first bytes of each bitstream. Source: RFC 9649 (WebP) and RFC 6386, section 9.1 (VP8 frame header). */
import { hasText, latin1, u16le, u24le, u32le } from '../bytes.ts';
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';

interface Size {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;

export function isWebp(bytes: Uint8Array): boolean {
  return hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'WEBP');
}

export function inspectWebp(bytes: Uint8Array): Inspection {
  const end = 8 + u32le(bytes, 4);
  if (bytes.length < end) return brokenImage('webp', `is ${bytes.length} bytes long, but its header says ${end}`);
  // Some writers pad the file to an even length without counting the pad.
  const trailingBytes = Math.max(0, bytes.length - (end + (end % 2)));
  let canvas: Size | undefined;
  let bitstream: Size | undefined;
  let isAnimated = false;
  let frames = 0;

  let at = 12;
  while (at < end) {
    const type = latin1(bytes, at, 4);
    const length = u32le(bytes, at + 4);
    const start = at + 8;
    if (start + length > end) return brokenImage('webp', 'ends inside a chunk');
    const data = bytes.subarray(start, start + length);
    const isFirst = at === 12;

    if (type === 'VP8X') {
      if (!isFirst || length < 10) return brokenImage('webp', 'has a damaged or misplaced VP8X chunk');
      const flags = data[0] ?? 0;
      isAnimated = (flags & ANIMATION_FLAG) !== 0;
      canvas = { width: u24le(data, 4) + 1, height: u24le(data, 7) + 1, hasAlpha: (flags & ALPHA_FLAG) !== 0 };
    } else if (type === 'VP8 ' || type === 'VP8L') {
      if (!isFirst && !canvas) return brokenImage('webp', `has a misplaced ${type.trim()} chunk`);
      const read = type === 'VP8 ' ? readLossy(data) : readLossless(data);
      if (!read) return brokenImage('webp', `has a damaged ${type.trim()} chunk`);
      bitstream ??= read;
    } else if (type === 'ANMF') {
      if (!canvas) return brokenImage('webp', 'has an animation frame without a canvas');
      if (!isInside(data, canvas)) return brokenImage('webp', `has a damaged animation frame ${frames + 1}`);
      frames++;
    } else if (isFirst) {
      return brokenImage('webp', 'does not start with an image chunk');
    }
    at = start + length + (length % 2);
  }

  if (canvas && isAnimated) {
    return frames > 0
      ? inspectedImage('webp', { ...canvas, frames, trailingBytes })
      : brokenImage('webp', 'is an animation without a frame');
  }
  if (!bitstream) return brokenImage('webp', 'has no image data');
  if (canvas && (canvas.width !== bitstream.width || canvas.height !== bitstream.height)) {
    return brokenImage('webp', 'has a canvas of another size than its image');
  }
  return inspectedImage('webp', { ...(canvas ?? bitstream), trailingBytes });
}

/** A key frame: three bytes of tag, the start code 9D 01 2A, two 14-bit sides. The first partition has to fit in the chunk. */
function readLossy(data: Uint8Array): Size | undefined {
  const tag = u24le(data, 0);
  const isKeyFrame = (tag & 1) === 0;
  if (data.length < 10 || !isKeyFrame || !hasText(data, 3, '\x9d\x01\x2a')) return undefined;
  if (10 + (tag >> 5) > data.length) return undefined;
  return { width: u16le(data, 6) & 0x3fff, height: u16le(data, 8) & 0x3fff, hasAlpha: false };
}

/** The signature 2F, 14 bits of width - 1, 14 bits of height - 1, one bit of alpha, three bits of version (0). */
function readLossless(data: Uint8Array): Size | undefined {
  if (data.length < 6 || data[0] !== 0x2f) return undefined;
  const bits = u32le(data, 1);
  if (bits >>> 29 !== 0) return undefined;
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha: ((bits >>> 28) & 1) === 1 };
}

/** Checks that a frame lies inside the canvas: else a decoder would allocate more than the header announces. Offsets are stored halved. */
function isInside(frame: Uint8Array, canvas: Size): boolean {
  if (frame.length < 16 + 8) return false;
  const right = u24le(frame, 0) * 2 + u24le(frame, 6) + 1;
  const bottom = u24le(frame, 3) * 2 + u24le(frame, 9) + 1;
  return right <= canvas.width && bottom <= canvas.height;
}
