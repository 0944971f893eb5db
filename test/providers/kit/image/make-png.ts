/** Builds PNG files by hand, in every colour type, bit depth and interlacing, from samples of full depth. */
import { crc32, deflateSync } from 'node:zlib';

export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly isInterlaced?: boolean;
  /** `width * height * samples per pixel` values. */
  readonly samples: readonly number[];
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
  /** Chunks to stand before the image data. */
  readonly before?: readonly Uint8Array[];
  /** Chunks to stand behind the image data. */
  readonly behind?: readonly Uint8Array[];
}

export const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
export const SAMPLES_PER_PIXEL = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function chunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export function headerChunk(width: number, height: number, bitDepth = 8, colourType = 6, isInterlaced = false): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([bitDepth, colourType, 0, 0, isInterlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** All rows without a filter (type 0). */
export function makePng(source: Samples): Uint8Array {
  const { width, height, bitDepth, colourType, isInterlaced = false, samples } = source;
  const perPixel = SAMPLES_PER_PIXEL[colourType];
  const lines: Buffer[] = [];
  for (const [left, top, stepX, stepY] of isInterlaced ? PASSES : [[0, 0, 1, 1] as const]) {
    for (let y = top; y < height && left < width; y += stepY) {
      const values: number[] = [];
      for (let x = left; x < width; x += stepX) {
        values.push(...samples.slice((y * width + x) * perPixel, (y * width + x + 1) * perPixel));
      }
      lines.push(Buffer.from([0]), pack(values, bitDepth));
    }
  }
  return Buffer.concat([
    SIGNATURE,
    headerChunk(width, height, bitDepth, colourType, isInterlaced),
    ...(source.palette ? [chunk('PLTE', Uint8Array.from(source.palette))] : []),
    ...(source.transparency ? [chunk('tRNS', Uint8Array.from(source.transparency))] : []),
    ...(source.before ?? []),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    ...(source.behind ?? []),
    chunk('IEND'),
  ]);
}

function pack(values: readonly number[], bitDepth: number): Buffer {
  const bits = values.map((value) => value.toString(2).padStart(bitDepth, '0')).join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

/** A file whose header says what it likes; its image data is `data`. */
export function pngWith(header: Uint8Array, data: Uint8Array, ...before: Uint8Array[]): Uint8Array {
  return Buffer.concat([SIGNATURE, header, ...before, chunk('IDAT', data), chunk('IEND')]);
}
