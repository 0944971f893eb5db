/** Encodes PNG files with the platform's deflate. Source: PNG Specification, third edition, sections 5, 9, 10 and 11.3.3. */
import { crc32 } from '#platform';
import { writeU32be } from '../bytes.ts';
import { createYielder } from './create-yielder.ts';
import { filterRow } from './filters.ts';
import { PngError } from './png-error.ts';
import { type ColourType, PNG_SIGNATURE } from './structure.ts';

/** 8 bits per channel: greyscale, RGB or RGBA. */
export type Channels = 1 | 3 | 4;

export interface PngSource {
  /** At least 1. */
  readonly width: number;
  readonly height: number;
  /** `width * height * channels` bytes, rows from the top without padding; alpha not premultiplied. */
  readonly data: Uint8Array;
  readonly channels: Channels;
  /**
   * Text chunks (iTXt, UTF-8) by keyword. A keyword has 1 to 79 printable Latin-1 characters, a text no NUL.
   * @default none
   */
  readonly text?: Readonly<Record<string, string>>;
}

const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const satisfies Record<Channels, ColourType>;

/** Filtered bytes passed to the platform at once. */
const BLOCK_BYTES = 262_144;
const MAX_CHUNK_BYTES = 0x100_0000;

/**
 * Encodes 8-bit pixels as a PNG file without interlacing. Deterministic on one platform; another
 * platform may compress the same pixels to other bytes. Yields to the event loop.
 * @returns the whole file
 * @throws PngError if a side, the length of the data or a text is invalid
 */
export async function encodePng({ width, height, data, channels, text = {} }: PngSource): Promise<Uint8Array> {
  if (!isSide(width) || !isSide(height)) throw new PngError(`A PNG cannot be ${width}x${height} pixels large.`);
  if (!(channels in COLOUR_TYPES)) throw new PngError(`A PNG has 1, 3 or 4 channels, not ${channels}.`);
  if (data.length !== width * height * channels) {
    throw new PngError(
      `The data has ${data.length} bytes; ${width}x${height} pixels of ${channels} channels take ${width * height * channels}.`,
    );
  }
  const compressed = await deflate(filteredRows(data, width * channels, height, channels));
  return assemblePng({ width, height, channels, text, compressed });
}

export interface PngParts extends Omit<PngSource, 'data'> {
  /** Filtered rows as a zlib stream. */
  readonly compressed: Uint8Array;
}

/** @returns the whole file @throws PngError if a text is invalid */
export function assemblePng({ width, height, channels, text = {}, compressed }: PngParts): Uint8Array {
  const header = new Uint8Array(13);
  writeU32be(header, 0, width);
  writeU32be(header, 4, height);
  header.set([8, COLOUR_TYPES[channels]], 8);
  const texts = Object.entries(text).map(([keyword, value]) => textChunk(keyword, value));
  const parts = [asBytes(PNG_SIGNATURE), toChunk('IHDR', header), ...texts];
  for (let at = 0; at < compressed.length; at += MAX_CHUNK_BYTES) {
    parts.push(toChunk('IDAT', compressed.subarray(at, at + MAX_CHUNK_BYTES)));
  }
  parts.push(toChunk('IEND', new Uint8Array()));
  return concat(parts);
}

const isSide = (side: number) => Number.isInteger(side) && side > 0 && side <= 0x7fff_ffff;

/** Yields blocks of complete rows with their filter bytes. */
async function* filteredRows(data: Uint8Array, rowBytes: number, rows: number, step: number) {
  const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (rowBytes + 1)));
  const yieldAfter = createYielder();
  let above: Uint8Array = new Uint8Array(rowBytes);
  for (let first = 0; first < rows; first += rowsPerBlock) {
    const count = Math.min(rowsPerBlock, rows - first);
    const block = new Uint8Array(count * (rowBytes + 1));
    for (let i = 0; i < count; i++) {
      const row = data.subarray((first + i) * rowBytes, (first + i + 1) * rowBytes);
      filterRow(block.subarray(i * (rowBytes + 1), (i + 1) * (rowBytes + 1)), row, above, step);
      above = row;
    }
    const pause = yieldAfter((count * rowBytes) / step);
    if (pause) await pause;
    yield block;
  }
}

async function deflate(blocks: AsyncGenerator<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await blocks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const reader = source.pipeThrough(new CompressionStream('deflate')).getReader();
  const parts: Uint8Array[] = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return concat(parts);
    parts.push(value);
  }
}

/** International text: keyword, no compression, no language, no translated keyword, text (11.3.3.4). */
function textChunk(keyword: string, text: string): Uint8Array {
  if (!/^[\x20-\x7e\xa1-\xff]{1,79}$/.test(keyword) || /^ | $| {2}/.test(keyword)) {
    throw new PngError(
      'A PNG text keyword has 1 to 79 printable Latin-1 characters, and no space at an end or beside another.',
    );
  }
  if (text.includes('\0')) throw new PngError('A PNG text cannot contain a NUL character.');
  return toChunk('iTXt', concat([asBytes(`${keyword}\0\0\0\0\0`), new TextEncoder().encode(text)]));
}

function toChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(data.length + 12);
  writeU32be(chunk, 0, data.length);
  chunk.set(asBytes(type), 4);
  chunk.set(data, 8);
  writeU32be(chunk, data.length + 8, crc32(chunk.subarray(4, data.length + 8)));
  return chunk;
}

/** Latin-1 text as bytes. */
function asBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
