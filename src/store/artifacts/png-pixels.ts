/**
 * Whether the pixel data of a PNG file adds up: inflated as a stream and counted row by row, so that neither a large image nor a
 * decompression bomb takes more memory than a few blocks. No pixel is decoded.
 * Source: PNG Specification, third edition (W3C, 2025), sections 4.8 (APNG), 7 (rows), 8 (Adam7), 9 (filters) and 10 (deflate).
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { viewOf } from '../../provenance/carriers/bytes.ts';
import { isPng, type PngChunk, readPngChunks } from '../../provenance/carriers/png.ts';

/** All frames together, as when an image is generated. */
const MOST_PIXELS = 100_000_000;
const BLOCK_BYTES = 65_536;
/** Deflate's best: 258 bytes for two bits. */
const MAX_DEFLATE_RATIO = 1032;
const LAST_FILTER = 4;

/** Samples of a pixel and the bit depths that may hold them, by colour type (section 11.2.1). */
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
 * Takes time that grows with the pixels, at most 100 million of them, and a few hundred kilobytes of memory.
 * @param bytes the whole file; any bytes are allowed
 * @returns what is wrong, as a phrase whose subject is the file; undefined for a file that adds up, and for one that is no PNG
 */
export async function findPixelFault(bytes: Uint8Array): Promise<string | undefined> {
  const file = viewOf(bytes);
  if (!isPng(file)) return undefined;
  const { chunks, broken } = readPngChunks(file);
  if (broken) return broken;
  const header = readHeader(chunks[0]);
  if (typeof header === 'string') return header;
  const pictures = toPictures(chunks, header);
  if (typeof pictures === 'string') return pictures;
  const pixels = pictures.reduce((sum, { width, height }) => sum + width * height, 0);
  if (pixels > MOST_PIXELS) {
    const frames = pictures.length === 1 ? '' : ` in ${pictures.length} frames`;
    return `says it is ${header.width}x${header.height} pixels${frames}; more than ${MOST_PIXELS} pixels are not inflated`;
  }
  for (const picture of pictures) {
    const fault = await countRows(picture, header);
    if (fault) return picture.name === '' ? fault : `${fault}, in ${picture.name}`;
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
interface Picture {
  /** Empty for the still picture. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly data: Buffer[];
}

/** The still picture, then the frames of an animation that are not the still picture. */
function toPictures(chunks: readonly PngChunk[], { width, height }: Header): readonly Picture[] | string {
  const still: Picture = { name: '', width, height, data: [] };
  const pictures = [still];
  let frame: Picture | undefined;
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
      if (frame.data.length === 0) pictures.push(frame);
      frame.data.push(data.subarray(4)); // behind its sequence number
    }
  }
  return pictures;
}

interface Pass {
  readonly rows: number;
  /** With the filter byte. */
  readonly lineBytes: number;
}

/** The passes that carry pixels. */
function passesOf({ width, height }: Picture, { bitsPerPixel, isInterlaced }: Header): readonly Pass[] {
  return (isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const]).flatMap(([left, top, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - left) / stepX));
    const rows = Math.max(0, Math.ceil((height - top) / stepY));
    return columns === 0 || rows === 0 ? [] : [{ rows, lineBytes: 1 + Math.ceil((columns * bitsPerPixel) / 8) }];
  });
}

async function countRows(picture: Picture, header: Header): Promise<string | undefined> {
  const passes = passesOf(picture, header);
  const allRows = passes.reduce((sum, { rows }) => sum + rows, 0);
  const wanted = passes.reduce((sum, { rows, lineBytes }) => sum + rows * lineBytes, 0);
  const given = picture.data.reduce((sum, { length }) => sum + length, 0);
  // No deflate stream of this length can hold them: nothing is inflated to find it out.
  if (given * MAX_DEFLATE_RATIO < wanted) return `has too little image data for its ${allRows} rows`;

  const counter = createRowCounter(passes);
  const inflate = createInflate({ chunkSize: BLOCK_BYTES });
  const count = async (blocks: AsyncIterable<Buffer>) => {
    for await (const block of blocks) if (!counter.take(block)) return;
  };
  const error = await pipeline(Readable.from(blocksOf(picture.data)), inflate, count).then(
    () => undefined,
    (reason: NodeJS.ErrnoException) => reason,
  );
  const { rows, isFull, fault } = counter.now();
  if (fault !== undefined) return fault;
  // zlib's own codes begin with Z_. Other errors mean that the compressed stream is at its end and that of the chunks is not.
  const isZlib = error?.code?.startsWith('Z_') === true;
  if (isZlib && (isFull || error?.code !== 'Z_BUF_ERROR')) return DAMAGED;
  if (!isFull) return `has the data of ${rows} of ${allRows} rows`;
  return error || inflate.bytesWritten < given ? SURPLUS : undefined;
}

const SURPLUS = 'has more image data than its size allows';
const DAMAGED = 'has damaged image data: its compressed stream cannot be read';

function* blocksOf(data: readonly Buffer[]): Generator<Buffer> {
  for (const chunk of data) {
    for (let at = 0; at < chunk.length; at += BLOCK_BYTES) yield chunk.subarray(at, at + BLOCK_BYTES);
  }
}

/** Looks at the filter byte of each row and steps over the rest. */
function createRowCounter(passes: readonly Pass[]) {
  let pass = 0;
  let rowOfPass = 0;
  let rows = 0;
  /** Bytes of the row under way that are still to come. */
  let left = 0;
  let fault: string | undefined;

  return {
    /** @returns whether the rows add up so far */
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
