/**
 * Checks the pixel data of a PNG file: inflates it as a stream and counts the rows, so that neither a large image nor a decompression bomb
 * takes more memory than a few blocks. Does not decode pixels.
 * Source: PNG Specification, third edition (W3C, 2025), sections 4.8 (APNG), 7 (rows), 8 (Adam7), 9 (filters) and 10 (deflate).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { viewOf } from '../../provenance/carriers/bytes.ts';
import { isPng, type PngChunk, readPngChunks } from '../../provenance/carriers/png.ts';

/** The limit for all frames together. Generated images have the same limit. */
const MAX_PIXELS = 100_000_000;
const BLOCK_BYTES = 65_536;
/** The maximum of deflate: 258 bytes for two bits. */
const MAX_DEFLATE_RATIO = 1032;
const LAST_FILTER = 4;

/** Samples per pixel and allowed bit depths, by colour type (section 11.2.1). */
const COLOUR_TYPES: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** Left, top and the steps of the seven passes (section 8.1). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Inflates the image data of a PNG file, and of every frame of an APNG, and counts its rows.
 * The time grows with the number of pixels, at most 100 million. Uses a few hundred kilobytes of memory.
 * @param bytes the whole file; any bytes are allowed
 * @returns what is wrong, as a phrase whose subject is the file; undefined when all rows are there, and for a file that is not a PNG
 */
export async function findPixelFault(bytes: Uint8Array): Promise<string | undefined> {
  const file = viewOf(bytes);
  if (!isPng(file)) return undefined;
  const { chunks, broken } = readPngChunks(file);
  if (broken) return broken;
  const header = readHeader(chunks[0]);
  if (typeof header === 'string') return header;
  const images = toFrames(chunks, header);
  if (typeof images === 'string') return images;
  const pixels = images.reduce((sum, { width, height }) => sum + width * height, 0);
  if (pixels > MAX_PIXELS) {
    const frames = images.length === 1 ? '' : ` in ${images.length} frames`;
    return `says it is ${header.width}x${header.height} pixels${frames}; more than ${MAX_PIXELS} pixels are not inflated`;
  }
  for (const image of images) {
    const fault = await countRows(image, header);
    if (fault) return image.name === '' ? fault : `${fault}, in ${image.name}`;
  }
  return undefined;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly isInterlaced: boolean;
}

function readHeader(chunk: PngChunk | undefined): Header | string {
  const data = chunk?.data;
  if (data?.length !== 13) return 'has a damaged IHDR chunk';
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  if (width === 0 || height === 0) return `says it is ${width}x${height} pixels`;
  const colour = COLOUR_TYPES[colourType];
  if (!colour?.depths.includes(bitDepth)) return `has colour type ${colourType} with bit depth ${bitDepth}`;
  if (compression !== 0 || filter !== 0 || interlace > 1)
    return 'has an unknown compression, filter or interlace method';
  return { width, height, bitsPerPixel: colour.samples * bitDepth, isInterlaced: interlace === 1 };
}

/** One zlib stream and the size of what it holds. */
interface Frame {
  /** Empty for the still image. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly data: Buffer[];
}

/** Returns the still image, then the frames of an animation that are not the still image. */
function toFrames(chunks: readonly PngChunk[], { width, height }: Header): readonly Frame[] | string {
  const still: Frame = { name: '', width, height, data: [] };
  const images = [still];
  let frame: Frame | undefined;
  let frames = 0;
  for (const { type, data } of chunks) {
    if (type === 'IDAT') still.data.push(data);
    else if (type === 'fcTL') {
      if (data.length !== 26) return 'has a damaged fcTL chunk';
      frames++;
      const [frameWidth, frameHeight] = [data.readUInt32BE(4), data.readUInt32BE(8)];
      const isOutside = data.readUInt32BE(12) + frameWidth > width || data.readUInt32BE(16) + frameHeight > height;
      if (isOutside || frameWidth === 0 || frameHeight === 0) return `has a frame ${frames} that does not fit into it`;
      frame = { name: `frame ${frames}`, width: frameWidth, height: frameHeight, data: [] };
    } else if (type === 'fdAT') {
      if (!frame || data.length < 4) return 'has a misplaced or damaged fdAT chunk';
      if (frame.data.length === 0) images.push(frame);
      frame.data.push(data.subarray(4)); // behind its sequence number
    }
  }
  return images;
}

interface Pass {
  readonly rows: number;
  /** Including the filter byte. */
  readonly lineBytes: number;
}

/** Returns the passes that contain pixels. */
function passesOf({ width, height }: Frame, { bitsPerPixel, isInterlaced }: Header): readonly Pass[] {
  return (isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const]).flatMap(([left, top, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - left) / stepX));
    const rows = Math.max(0, Math.ceil((height - top) / stepY));
    return columns === 0 || rows === 0 ? [] : [{ rows, lineBytes: 1 + Math.ceil((columns * bitsPerPixel) / 8) }];
  });
}

async function countRows(image: Frame, header: Header): Promise<string | undefined> {
  const passes = passesOf(image, header);
  const allRows = passes.reduce((sum, { rows }) => sum + rows, 0);
  const expectedBytes = passes.reduce((sum, { rows, lineBytes }) => sum + rows * lineBytes, 0);
  const givenBytes = image.data.reduce((sum, { length }) => sum + length, 0);
  // No deflate stream of this length can contain the rows, so inflating is unnecessary.
  if (givenBytes * MAX_DEFLATE_RATIO < expectedBytes) return `has too little image data for its ${allRows} rows`;

  const counter = createRowCounter(passes);
  const inflate = createInflate({ chunkSize: BLOCK_BYTES });
  const count = async (blocks: AsyncIterable<Buffer>) => {
    for await (const block of blocks) if (!counter.take(block)) return;
  };
  const error = await pipeline(Readable.from(blocksOf(image.data)), inflate, count).then(
    () => undefined,
    (reason: NodeJS.ErrnoException) => reason,
  );
  const { rows, isFull, fault } = counter.now();
  if (fault !== undefined) return fault;
  // Codes of zlib begin with Z_. Other errors mean that the compressed stream ended before the chunks did.
  const isZlib = error?.code?.startsWith('Z_') === true;
  if (isZlib && (isFull || error?.code !== 'Z_BUF_ERROR')) return DAMAGED;
  if (!isFull) return `has the data of ${rows} of ${allRows} rows`;
  return error || inflate.bytesWritten < givenBytes ? SURPLUS : undefined;
}

const SURPLUS = 'has more image data than its size allows';
const DAMAGED = 'has damaged image data: its compressed stream cannot be read';

function* blocksOf(data: readonly Buffer[]): Generator<Buffer> {
  for (const chunk of data) {
    for (let at = 0; at < chunk.length; at += BLOCK_BYTES) yield chunk.subarray(at, at + BLOCK_BYTES);
  }
}

/** Reads the filter byte of each row and skips the rest. */
function createRowCounter(passes: readonly Pass[]) {
  let pass = 0;
  let rowOfPass = 0;
  let rows = 0;
  /** Remaining bytes of the current row. */
  let left = 0;
  let fault: string | undefined;

  return {
    /** @returns whether the rows are correct so far */
    take(block: Buffer): boolean {
      let at = 0;
      while (at < block.length && fault === undefined) {
        if (left > 0) {
          const step = Math.min(left, block.length - at);
          at += step;
          left -= step;
        } else {
          const current = passes[pass];
          if (!current) fault = SURPLUS;
          else if (block[at]! > LAST_FILTER) fault = `has an unknown filter in row ${rows + 1}`;
          left = (current?.lineBytes ?? 1) - 1;
          at++;
        }
        if (left === 0) next();
      }
      return fault === undefined;
    },
    now: () => ({ rows, isFull: pass >= passes.length, fault }),
  };

  function next(): void {
    rows++;
    if (++rowOfPass < (passes[pass]?.rows ?? 0)) return;
    rowOfPass = 0;
    pass++;
  }
}
