/** Decodes PNG files with the platform's inflate. Source: PNG Specification, third edition, sections 10 and 13. */

import { createYielder } from './create-yielder.ts';
import { unfilterRow } from './filters.ts';
import { PngError } from './png-error.ts';
import { bitsPerPixel, createRowWriter, passesOf } from './rows.ts';
import { isPng, readPngStructure } from './structure.ts';

/** An image in memory: four bytes per pixel (red, green, blue, alpha, not premultiplied), rows from the top without padding. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Compressed bytes passed to the platform at once. Some platforms inflate all of them before they can be stopped. Deflate expands at most
 * 1032-fold, so a decompression bomb costs at most 17 MB more than the image.
 */
const STEP_BYTES = 16_384;

/** The maximum of deflate: 258 bytes for two bits. */
const MAX_DEFLATE_RATIO = 1032;
const TOO_LITTLE = 'The PNG has too little image data.';

/**
 * Decodes a PNG file of any colour type, bit depth and interlacing to 8-bit RGBA. Of an animation, it decodes the still image.
 * Samples of 16 bits are rounded; gamma and colour profiles are ignored.
 * Takes `width * height * 4` bytes of memory and yields to the event loop.
 * @param options.maxPixels larger images are refused before anything is inflated
 * @throws PngError if the bytes are not a complete, valid PNG file of at most `maxPixels`
 */
export async function decodePng(bytes: Uint8Array, { maxPixels }: { readonly maxPixels: number }): Promise<RgbaImage> {
  if (!isPng(bytes)) throw new PngError('The bytes are not a PNG file.');
  const png = readPngStructure(bytes);
  if (typeof png === 'string') throw new PngError(`The PNG ${png}.`);
  const { width, height } = png;
  if (!(width * height <= maxPixels)) {
    throw new PngError(`The PNG is ${width}x${height} pixels large; at most ${maxPixels} pixels are allowed.`);
  }

  const passes = passesOf(png);
  const expectedBytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  const compressedBytes = png.imageData.reduce((sum, chunk) => sum + chunk.length, 0);
  if (compressedBytes * MAX_DEFLATE_RATIO < expectedBytes) throw new PngError(TOO_LITTLE);

  const data = new Uint8Array(width * height * 4);
  const writeRow = createRowWriter(png);
  const step = Math.max(1, bitsPerPixel(png) >> 3);
  const yieldAfter = createYielder();
  const stream = createByteReader(inflate(png.imageData));
  try {
    for (const { left, top, stepX, stepY, columns, rows, rowBytes } of passes) {
      // A line is the filter byte and the row.
      let line = new Uint8Array(1 + rowBytes);
      let lineAbove = new Uint8Array(1 + rowBytes);
      for (let y = 0; y < rows; y++) {
        if (!stream.take(line) && !(await stream.fill(line))) throw new PngError(TOO_LITTLE);
        const row = line.subarray(1);
        if (!unfilterRow(line[0]!, row, lineAbove.subarray(1), step)) {
          throw new PngError(`The PNG has an unknown filter in row ${y}.`);
        }
        writeRow(row, columns, data, ((top + y * stepY) * width + left) * 4, stepX * 4);
        [line, lineAbove] = [lineAbove, line];
        const pause = yieldAfter(columns);
        if (pause) await pause;
      }
    }
    if (!(await stream.isAtEnd())) throw new PngError('The PNG has more image data than its size allows.');
  } catch (error) {
    if (error instanceof PngError) throw error;
    throw new PngError('The PNG has damaged image data: its compressed stream cannot be read.', { cause: error });
  } finally {
    await stream.close();
  }
  return { width, height, data };
}

function inflate(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const steps = stepsOf(chunks);
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { value, done } = steps.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return source.pipeThrough(new DecompressionStream('deflate'));
}

/** Copies the bytes: the platform may detach them, and the file belongs to the caller. */
function* stepsOf(chunks: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>, undefined> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) yield chunk.slice(at, at + STEP_BYTES);
  }
}

/** Reads a stream in pieces of given lengths. */
function createByteReader(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  let chunk: Uint8Array = new Uint8Array();
  let at = 0;

  async function more(): Promise<boolean> {
    while (at === chunk.length) {
      const { value, done } = await reader.read();
      if (done) return false;
      chunk = value;
      at = 0;
    }
    return true;
  }

  return {
    /** Fills the target from the current chunk, or reads nothing: avoids a promise for most rows. */
    take(target: Uint8Array): boolean {
      if (chunk.length - at < target.length) return false;
      target.set(chunk.subarray(at, at + target.length));
      at += target.length;
      return true;
    },
    /** Fills the target. @returns false if the stream ended before */
    async fill(target: Uint8Array): Promise<boolean> {
      let filled = 0;
      while (filled < target.length) {
        if (at === chunk.length && !(await more())) return false;
        const count = Math.min(target.length - filled, chunk.length - at);
        target.set(chunk.subarray(at, at + count), filled);
        at += count;
        filled += count;
      }
      return true;
    },
    /** Reads to the end, so that the platform also verifies the checksum of the stream. */
    isAtEnd: async () => !(await more()),
    /** Ignores errors: they have been reported before, or no longer matter. */
    close: () => reader.cancel().catch(() => undefined),
  };
}
