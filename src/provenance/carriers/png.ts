/**
 * PNG: an XMP packet is a text chunk with the keyword "XML:com.adobe.xmp". A C2PA manifest is a chunk caBX. The XMP Specification requires
 * iTXt, but libvips (sharp) writes zTXt, and some tools tEXt. All three are read; iTXt is written.
 * Sources: PNG Specification, third edition (W3C, 2025), section 11.3.3; XMP Specification, part 3; C2PA 2.2, appendix A.
 */
import { isUtf8 } from 'node:buffer';
import { crc32, inflateSync } from 'node:zlib';
import { MAX_PACKET_BYTES } from '../xmp/read.ts';
import { join } from './bytes.ts';
import { type CarrierContents, MAX_PACKETS } from './carrier-contents.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const TEXT_CHUNKS = ['iTXt', 'zTXt', 'tEXt'];
const KEYWORD = Buffer.from('XML:com.adobe.xmp\0', 'latin1');
/** A 64 MB file in chunks of 8 kB has 8,000. */
const MAX_CHUNKS = 100_000;

export interface PngChunk {
  readonly type: string;
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
}

export function isPng(file: Buffer): boolean {
  return file.subarray(0, SIGNATURE.length).equals(SIGNATURE);
}

export function readPng(file: Buffer): CarrierContents {
  const { chunks, broken } = readPngChunks(file);
  const packets: Uint8Array[] = [];
  let unreadable: string | undefined;
  for (const chunk of chunks.filter(isXmp).slice(0, MAX_PACKETS)) {
    const packet = readText(chunk);
    if (typeof packet === 'string') unreadable = packet;
    else packets.push(packet);
  }
  const hasManifest = chunks.some(({ type }) => type === 'caBX');
  return { packets, hasManifest, ...(unreadable && { unreadable }), ...(broken && { broken }) };
}

/** Writes the packet after the header, where readers find it before the pixels. The format allows any position. */
export function writePng(file: Buffer, packet: Uint8Array): Uint8Array {
  const { chunks } = readPngChunks(file);
  const old = chunks.find(isXmp);
  const at = old?.start ?? chunks[0]?.end ?? SIGNATURE.length;
  return join([file.subarray(0, at), toChunk(packet), file.subarray(old?.end ?? at)]);
}

/** Reads the chunks up to IEND. Bytes after it do not belong to the image. */
export function readPngChunks(file: Buffer): { readonly chunks: readonly PngChunk[]; readonly broken?: string } {
  const chunks: PngChunk[] = [];
  let hasPixels = false;
  let at = SIGNATURE.length;
  while (at + 12 <= file.length) {
    const type = file.toString('latin1', at + 4, at + 8);
    const end = at + 12 + file.readUInt32BE(at);
    if (!/^[A-Za-z]{4}$/.test(type)) return { chunks, broken: 'has a chunk without a valid name' };
    if (end > file.length) return { chunks, broken: `ends inside chunk ${type}` };
    if (crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
      return { chunks, broken: `has a wrong checksum in chunk ${type}` };
    }
    if (chunks.length === 0 && type !== 'IHDR') return { chunks, broken: 'does not start with an IHDR chunk' };
    if (chunks.length === MAX_CHUNKS) return { chunks, broken: `has more than ${MAX_CHUNKS} chunks` };
    chunks.push({ type, data: file.subarray(at + 8, end - 4), start: at, end });
    if (type === 'IDAT') hasPixels = true;
    if (type === 'IEND') return hasPixels ? { chunks } : { chunks, broken: 'has no image data (IDAT)' };
    at = end;
  }
  return { chunks, broken: 'ends without an IEND chunk' };
}

function isXmp({ type, data }: PngChunk): boolean {
  return TEXT_CHUNKS.includes(type) && data.subarray(0, KEYWORD.length).equals(KEYWORD);
}

/** @returns the packet in UTF-8, or why it cannot be read, as a phrase whose subject is the file */
function readText({ type, data }: PngChunk): Uint8Array | string {
  if (type === 'iTXt') return readInternational(data);
  const text = data.subarray(KEYWORD.length);
  if (type === 'tEXt') return readUtf8(text);
  // zTXt: the compression method, then the text.
  const inflated = text[0] === 0 ? inflate(text.subarray(1)) : UNKNOWN_COMPRESSION;
  return typeof inflated === 'string' ? inflated : readUtf8(inflated);
}

/** By the specification, tEXt and zTXt contain Latin-1. Programs that write a packet into them write UTF-8 all the same. */
function readUtf8(text: Buffer): Uint8Array {
  return isUtf8(text) ? text : Buffer.from(text.toString('latin1'), 'utf8');
}

const UNKNOWN_COMPRESSION = 'has an XMP chunk in an unknown compression';

/** The fields of iTXt: keyword, compression flag and method, language, translated keyword, text. */
function readInternational(data: Buffer): Uint8Array | string {
  const [flag, method] = data.subarray(KEYWORD.length);
  const language = data.indexOf(0, KEYWORD.length + 2);
  const keyword = language === -1 ? -1 : data.indexOf(0, language + 1);
  if (keyword === -1) return 'has a damaged XMP chunk';
  const text = data.subarray(keyword + 1);
  if (flag === 0) return text;
  return flag === 1 && method === 0 ? inflate(text) : UNKNOWN_COMPRESSION;
}

function inflate(text: Buffer): Buffer | string {
  try {
    return inflateSync(text, { maxOutputLength: MAX_PACKET_BYTES });
  } catch {
    // Damaged and too large texts are not distinguished, because that would take more memory.
    return `has a compressed XMP chunk that is damaged or larger than ${MAX_PACKET_BYTES} bytes`;
  }
}

function toChunk(packet: Uint8Array): Uint8Array {
  // Uncompressed, so that tools that scan files for packets find it. No language, no translated keyword.
  const body = join([Buffer.from('iTXt', 'latin1'), KEYWORD, new Uint8Array(4), packet]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return join([length, body, sum]);
}
