/** Reads the boxes of the ISO base media file format, the container of AVIF and HEIC. Source: ISO/IEC 14496-12, section 4.2. */
import { hasText, latin1, u32be, u64be } from '../bytes.ts';

export interface IsoBox {
  readonly type: string;
  /** Start and end of the content in the file. */
  readonly start: number;
  readonly end: number;
}

/** More boxes than this at one level indicate an attack. */
const MAX_BOXES = 10_000;

/** Reads the boxes that fill the range exactly; undefined if one of them is truncated or damaged. */
export function readBoxes(bytes: Uint8Array, from: number, to: number): readonly IsoBox[] | undefined {
  const boxes: IsoBox[] = [];
  let at = from;
  while (at < to) {
    const box = boxes.length === MAX_BOXES ? undefined : readBox(bytes, at, to);
    if (!box) return undefined;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** Reads the box at a position; undefined if it does not fit into the range. */
function readBox(bytes: Uint8Array, at: number, to: number): IsoBox | undefined {
  if (at + 8 > to) return undefined;
  const short = u32be(bytes, at);
  const start = short === 1 ? at + 16 : at + 8;
  const length = short === 1 ? u64be(bytes, at + 8) : short === 0 ? to - at : short; // 0: up to the end
  const end = at + length;
  if (start > to || end < start || end > to) return undefined;
  return { type: latin1(bytes, at + 4, 4), start, end };
}

/** The box types of image files. If one of these does not fit into the file, the file is truncated. */
const FILE_BOXES = ['ftyp', 'styp', 'meta', 'mdat', 'idat', 'moov', 'moof', 'mfra', 'sidx', 'free', 'skip', 'uuid'];
/** Printable, as all registered types are. */
const BOX_TYPE = /^[\x20-\x7e]{4}$/;

/**
 * Reads the boxes of a file, up to the first bytes that are not a box.
 * @returns the boxes and the end of the last one; undefined if a box is truncated or damaged
 */
export function readFileBoxes(
  bytes: Uint8Array,
): { readonly boxes: readonly IsoBox[]; readonly end: number } | undefined {
  const boxes: IsoBox[] = [];
  let at = 0;
  while (at < bytes.length) {
    const isKnown = FILE_BOXES.some((type) => hasText(bytes, at + 4, type));
    const box = readBox(bytes, at, bytes.length);
    if (isKnown && !box) return undefined;
    // An unknown box with length 0 would extend to the end of the file, but four zero bytes look the same.
    if (!box || !(isKnown || (BOX_TYPE.test(box.type) && u32be(bytes, at) !== 0))) break;
    if (boxes.length === MAX_BOXES) return undefined;
    boxes.push(box);
    at = box.end;
  }
  return { boxes, end: at };
}

/** Finds the boxes at a path of types, with every match at each level. */
export function boxesAt(bytes: Uint8Array, from: readonly IsoBox[], ...path: readonly string[]): readonly IsoBox[] {
  const [type, ...rest] = path;
  const found = from.filter((box) => box.type === type);
  if (rest.length === 0) return found;
  return found.flatMap((box) => {
    const start = box.type === 'meta' ? box.start + 4 : box.start; // version and flags
    return boxesAt(bytes, readBoxes(bytes, start, box.end) ?? [], ...rest);
  });
}

/** Returns the brands in the `ftyp` box at the start of the file, the major brand first; empty without that box. */
export function readBrands(bytes: Uint8Array): readonly string[] {
  if (latin1(bytes, 4, 4) !== 'ftyp') return [];
  const end = Math.min(u32be(bytes, 0), bytes.length, 4096);
  const brands = [latin1(bytes, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(latin1(bytes, at, 4));
  return brands;
}
