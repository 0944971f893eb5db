/**
 * WebP: an XMP packet is a chunk "XMP " of an extended file, a C2PA manifest a chunk "C2PA". A simple file contains one bitstream;
 * a chunk VP8X before it makes it an extended file. Sources: RFC 9649; RFC 6386, section 9.1; C2PA 2.2, appendix A.
 */
import { join } from './bytes.ts';
import { type CarrierContents, MAX_PACKETS } from './carrier-contents.ts';

const XMP_FLAG = 0x04;
const ALPHA_FLAG = 0x10;
const MAX_RIFF_BYTES = 0xffff_fffe;
/** A long animation has a few thousand. */
const MAX_CHUNKS = 100_000;
/** The chunks before the packet, in the order of the specification. Unknown chunks come after it. */
const BEFORE_XMP = ['VP8X', 'ICCP', 'ANIM', 'ANMF', 'ALPH', 'VP8 ', 'VP8L', 'EXIF'];

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

export function isWebp(file: Buffer): boolean {
  return file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP';
}

export function readWebp(file: Buffer): CarrierContents {
  const { chunks, broken } = readChunks(file);
  const reason = broken ?? (typeof headerOf(chunks) === 'string' ? 'has a damaged image chunk' : undefined);
  return {
    packets: chunks
      .filter(isXmp)
      .slice(0, MAX_PACKETS)
      .map(({ data }) => data),
    hasManifest: chunks.some(({ type }) => type === 'C2PA'),
    ...(reason && { broken: reason }),
  };
}

export function writeWebp(file: Buffer, packet: Uint8Array): Uint8Array | string {
  const { chunks, end } = readChunks(file);
  const header = headerOf(chunks);
  if (typeof header === 'string') return header;
  const rest = chunks.filter((chunk) => chunk.type !== 'VP8X' && !isXmp(chunk));
  const position = rest.findLastIndex(({ type }) => BEFORE_XMP.includes(type)) + 1;
  const body = [
    toChunk('VP8X', header),
    ...rest.slice(0, position).map(({ type, data }) => toChunk(type, data)),
    toChunk('XMP ', packet),
    ...rest.slice(position).map(({ type, data }) => toChunk(type, data)),
  ];
  const length = body.reduce((sum, part) => sum + part.length, 4);
  if (length > MAX_RIFF_BYTES) return `would make the file larger than ${MAX_RIFF_BYTES} bytes`;
  const riff = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  riff.writeUInt32LE(length, 4);
  return join([riff, ...body, file.subarray(end)]);
}

interface Chunks {
  readonly chunks: readonly Chunk[];
  /** The end of the image. Bytes after it do not belong to it. */
  readonly end: number;
  readonly broken?: string;
}

function readChunks(file: Buffer): Chunks {
  const chunks: Chunk[] = [];
  if (file.length < 20) return { chunks, end: file.length, broken: 'ends inside its header' };
  const riffEnd = 8 + file.readUInt32LE(4);
  // Some programs pad the file to an even length and do not count the padding.
  const end = Math.min(riffEnd + (riffEnd % 2), file.length);
  if (file.length < riffEnd) {
    return { chunks, end, broken: `is ${file.length} bytes long, but its header says ${riffEnd}` };
  }
  let at = 12;
  while (at < riffEnd) {
    if (at + 8 > riffEnd) return { chunks, end, broken: 'ends inside a chunk header' };
    const type = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (at + 8 + length > riffEnd) return { chunks, end, broken: 'ends inside a chunk' };
    if (chunks.length === MAX_CHUNKS) return { chunks, end, broken: `has more than ${MAX_CHUNKS} chunks` };
    chunks.push({ type, data: file.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return { chunks, end };
}

const isXmp = ({ type }: Chunk) => type === 'XMP ';

/** Returns the data of VP8X with the flag for XMP: flags, three zero bytes, then width and height minus one in three bytes each. */
function headerOf([first]: readonly Chunk[]): Uint8Array | string {
  if (!first) return 'does not fit into a file without chunks';
  const { type, data } = first;
  if (type === 'VP8X' && data.length >= 10) {
    const header = Buffer.from(data);
    header[0] = (header[0] ?? 0) | XMP_FLAG;
    return header;
  }
  const size = type === 'VP8 ' ? readLossy(data) : type === 'VP8L' ? readLossless(data) : undefined;
  if (!size || size.width === 0 || size.height === 0) return 'does not fit into a file without a size';
  const header = Buffer.alloc(10);
  header[0] = XMP_FLAG | (size.hasAlpha ? ALPHA_FLAG : 0);
  header.writeUIntLE(size.width - 1, 4, 3);
  header.writeUIntLE(size.height - 1, 7, 3);
  return header;
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
}

/** A tag of three bytes, the start code 9D 01 2A, then width and height in 14 bits each; the two bits above them only scale. */
function readLossy(data: Buffer): Size | undefined {
  if (data.length < 10 || data.toString('latin1', 3, 6) !== '\x9d\x01\x2a') return undefined;
  return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff, hasAlpha: false };
}

/** The signature 2F, then width and height minus one in 14 bits each, one bit for alpha, three bits for the version. */
function readLossless(data: Buffer): Size | undefined {
  if (data.length < 5 || data[0] !== 0x2f) return undefined;
  const bits = data.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, hasAlpha: ((bits >>> 28) & 1) === 1 };
}

function toChunk(type: string, data: Uint8Array): Uint8Array {
  const header = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  header.writeUInt32LE(data.length, 4);
  return join([header, data, new Uint8Array(data.length % 2)]);
}
