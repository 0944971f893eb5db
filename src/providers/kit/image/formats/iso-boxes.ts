/** Boxes of the ISO base media file format, the frame of AVIF and HEIC. Source: ISO/IEC 14496-12, section 4.2. */
import { latin1, u32be, u64be } from '../bytes.ts';

export interface Box {
  readonly type: string;
  /** Where the content begins and ends in the file. */
  readonly start: number;
  readonly end: number;
}

/** More boxes than this at one level are an attack, not a picture. */
const MAX_BOXES = 10_000;

/** The boxes that fill the range exactly, or undefined when one of them is cut or damaged. */
export function readBoxes(bytes: Uint8Array, from: number, to: number): readonly Box[] | undefined {
  const boxes: Box[] = [];
  let at = from;
  while (at < to) {
    if (at + 8 > to || boxes.length === MAX_BOXES) return undefined;
    const short = u32be(bytes, at);
    const start = short === 1 ? at + 16 : at + 8;
    const length = short === 1 ? u64be(bytes, at + 8) : short === 0 ? to - at : short; // 0: up to the end
    const end = at + length;
    if (start > to || end < start || end > to) return undefined;
    boxes.push({ type: latin1(bytes, at + 4, 4), start, end });
    at = end;
  }
  return boxes;
}

/** The boxes found by going down a path of types; every match at each level. */
export function boxesAt(bytes: Uint8Array, from: readonly Box[], ...path: readonly string[]): readonly Box[] {
  const [type, ...rest] = path;
  const found = from.filter((box) => box.type === type);
  if (rest.length === 0) return found;
  return found.flatMap((box) => {
    const start = box.type === 'meta' ? box.start + 4 : box.start; // version and flags
    return boxesAt(bytes, readBoxes(bytes, start, box.end) ?? [], ...rest);
  });
}

/** The brands an `ftyp` box at the start of the file names, the major one first; empty when there is none. */
export function readBrands(bytes: Uint8Array): readonly string[] {
  if (latin1(bytes, 4, 4) !== 'ftyp') return [];
  const end = Math.min(u32be(bytes, 0), bytes.length, 4096);
  const brands = [latin1(bytes, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, 4));
  return brands;
}
