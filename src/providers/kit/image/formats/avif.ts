/**
 * AVIF: reads the size of the primary image and checks that its data is complete.
 * Source: AV1 Image File Format 1.1 (AOM); ISO/IEC 23008-12 (ispe, ipma, auxC); ISO/IEC 14496-12 (meta, iloc, stsz).
 */
import { latin1, u16be, u32be } from '../bytes.ts';
import { brokenImage, type Inspection, inspectedImage } from '../inspection.ts';
import { boxesAt, type IsoBox, readBoxes, readBrands, readFileBoxes } from './iso-boxes.ts';

export function isAvif(bytes: Uint8Array): boolean {
  const brands = readBrands(bytes);
  return brands.includes('avif') || brands.includes('avis');
}

export function inspectAvif(bytes: Uint8Array): Inspection {
  const file = readFileBoxes(bytes);
  if (!file) return brokenImage('avif', 'ends inside a box');
  const { boxes, end } = file;
  if (!boxes.some(({ type }) => type === 'mdat' || type === 'idat')) {
    if (boxesAt(bytes, boxes, 'meta', 'idat').length === 0) return brokenImage('avif', 'has no image data (mdat)');
  }
  const sizes = readSizes(bytes, boxes);
  if (sizes.length === 0) return brokenImage('avif', 'does not say its size (ispe)');
  if (!hasAllExtents(bytes.subarray(0, end), boxes)) return brokenImage('avif', 'ends before its image data does');

  const primary = primaryProperties(bytes, boxes);
  const own = sizes.filter(({ index }) => primary.has(index));
  const { width, height } = (own.length > 0 ? own : sizes).reduce((a, b) =>
    b.width * b.height > a.width * a.height ? b : a,
  );
  const frames = countFrames(bytes, boxes);
  const hasAlpha = hasAlphaItem(bytes, boxes);
  return inspectedImage('avif', { width, height, frames, hasAlpha, trailingBytes: bytes.length - end });
}

/** Describes what rotates or mirrors the primary image when it is shown. Empty for other files. */
export function primaryTransforms(bytes: Uint8Array): readonly string[] {
  const { boxes } = readFileBoxes(bytes) ?? { boxes: [] };
  const primary = primaryProperties(bytes, boxes);
  return properties(bytes, boxes).flatMap(({ type, start }, place) => {
    if (!primary.has(place + 1)) return [];
    const angle = (bytes[start] ?? 0) & 3;
    if (type === 'irot' && angle > 0) return [`a rotation by ${angle * 90} degrees (irot)`];
    return type === 'imir' ? ['a mirroring (imir)'] : [];
  });
}

interface IndexedSize {
  /** Position among the properties, from 1. */
  readonly index: number;
  readonly width: number;
  readonly height: number;
}

const properties = (bytes: Uint8Array, boxes: readonly IsoBox[]) =>
  boxesAt(bytes, boxes, 'meta', 'iprp', 'ipco').flatMap((box) => readBoxes(bytes, box.start, box.end) ?? []);

function readSizes(bytes: Uint8Array, boxes: readonly IsoBox[]): readonly IndexedSize[] {
  return properties(bytes, boxes).flatMap(({ type, start, end }, place) => {
    if (type !== 'ispe' || end - start < 12) return [];
    return [{ index: place + 1, width: u32be(bytes, start + 4), height: u32be(bytes, start + 8) }];
  });
}

/** Returns the indices of the primary item's properties. Other sizes are those of tiles, thumbnails and alpha. */
function primaryProperties(bytes: Uint8Array, boxes: readonly IsoBox[]): ReadonlySet<number> {
  const found = new Set<number>();
  const primary = primaryItem(bytes, boxes);
  for (const { start, end } of boxesAt(bytes, boxes, 'meta', 'iprp', 'ipma')) {
    const hasLongIds = (bytes[start] ?? 0) >= 1;
    const hasLongIndices = ((bytes[start + 3] ?? 0) & 1) === 1;
    let at = start + 8;
    while (at + 3 <= end) {
      const item = hasLongIds ? u32be(bytes, at) : u16be(bytes, at);
      at += hasLongIds ? 4 : 2;
      const count = bytes[at++] ?? 0;
      for (let i = 0; i < count && at < end; i++, at += hasLongIndices ? 2 : 1) {
        // The top bit means "essential".
        if (item === primary) found.add(hasLongIndices ? u16be(bytes, at) & 0x7fff : (bytes[at] ?? 0) & 0x7f);
      }
    }
  }
  return found;
}

function primaryItem(bytes: Uint8Array, boxes: readonly IsoBox[]): number | undefined {
  const [box] = boxesAt(bytes, boxes, 'meta', 'pitm');
  if (!box) return undefined;
  return bytes[box.start] === 0 ? u16be(bytes, box.start + 4) : u32be(bytes, box.start + 4);
}

/**
 * Checks that each range in `iloc` lies inside the file. The boxes alone do not show that a file was cut off: a `mdat` box without a length
 * reaches to the end of the file, wherever that is.
 */
function hasAllExtents(bytes: Uint8Array, boxes: readonly IsoBox[]): boolean {
  for (const { start, end } of boxesAt(bytes, boxes, 'meta', 'iloc')) {
    const version = bytes[start] ?? 0;
    if (version > 2) return false;
    const widths = u16be(bytes, start + 4);
    const offsetBytes = widths >>> 12;
    const lengthBytes = (widths >>> 8) & 15;
    const baseBytes = (widths >>> 4) & 15;
    const indexBytes = version === 0 ? 0 : widths & 15;
    const countBytes = version === 2 ? 4 : 2;
    const items = uint(bytes, start + 6, countBytes);
    let at = start + 6 + countBytes;
    for (let item = 0; item < items; item++) {
      if (at >= end) return false;
      at += countBytes; // the item's id
      const isFileOffset = version === 0 || (u16be(bytes, at) & 15) === 0;
      if (version > 0) at += 2;
      at += 2; // data reference
      const base = uint(bytes, at, baseBytes);
      at += baseBytes;
      const extents = u16be(bytes, at);
      at += 2;
      for (let extent = 0; extent < extents; extent++) {
        if (at >= end) return false;
        at += indexBytes;
        const offset = base + uint(bytes, at, offsetBytes);
        const length = uint(bytes, at + offsetBytes, lengthBytes);
        if (isFileOffset && offset + length > bytes.length) return false;
        at += offsetBytes + lengthBytes;
        if (indexBytes + offsetBytes + lengthBytes === 0) break; // no further fields: the extent is the whole file
      }
    }
  }
  return true;
}

function uint(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Alpha is an auxiliary image that a property marks with this URN. */
function hasAlphaItem(bytes: Uint8Array, boxes: readonly IsoBox[]): boolean {
  return properties(bytes, boxes).some(
    ({ type, start, end }) =>
      type === 'auxC' && latin1(bytes, start + 4, Math.min(end - start - 4, 64)).includes('auxiliary:alpha'),
  );
}

/** The number of samples of the longest track; 1 without tracks. */
function countFrames(bytes: Uint8Array, boxes: readonly IsoBox[]): number {
  const tables = boxesAt(bytes, boxes, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsz');
  return tables.reduce((max, { start }) => Math.max(max, u32be(bytes, start + 8)), 1);
}
