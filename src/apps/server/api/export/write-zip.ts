/**
 * Writes a zip file, one file after the other, so that memory stays near the largest file. Files are stored as they are: image formats are
 * compressed already. Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. Without zip64: at most 65,535 files and 4 GiB.
 */
import { crc32 } from './crc32.ts';

export interface ZipEntry {
  /** The name inside the zip file. ASCII, unique, without slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** When it was made. */
  readonly at: Date;
}

/** Version 2.0 of the format: what readers must know. */
const VERSION = 20;
const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;

const encoder = new TextEncoder();

/** Yields the bytes of a zip file. */
export async function* writeZip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array, void> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for await (const { name, bytes, at } of entries) {
    const nameBytes = encoder.encode(name);
    const facts = factsOf(await crc32(bytes), bytes.length, nameBytes.length, at);
    const header = record([[LOCAL_HEADER, 4], ...facts, [0, 2]]);
    directory.push(centralHeader(facts, offset), nameBytes);
    offset += header.length + nameBytes.length + bytes.length;
    yield header;
    yield nameBytes;
    yield bytes;
  }
  const length = directory.reduce((sum, each) => sum + each.length, 0);
  yield* directory;
  const count = directory.length / 2;
  yield record([
    [END_OF_DIRECTORY, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [length, 4],
    [offset, 4],
    [0, 2],
  ]);
}

/** The fields that local and central headers share. */
function factsOf(crc: number, length: number, nameLength: number, at: Date): readonly Field[] {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const year = Math.max(at.getUTCFullYear() - 1980, 0);
  const day = (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  // Version, flags and method (0: stored), then the times and the sizes before and after compression.
  return [
    [VERSION, 2],
    [0, 2],
    [0, 2],
    [time, 2],
    [day, 2],
    [crc, 4],
    [length, 4],
    [length, 4],
    [nameLength, 2],
  ];
}

function centralHeader(facts: readonly Field[], offset: number): Uint8Array {
  // No extra field, comment, further disks or attributes.
  return record([[CENTRAL_HEADER, 4], [VERSION, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]);
}

/** A number and its length in bytes. */
type Field = readonly [value: number, bytes: 2 | 4];

/** Little-endian. */
function record(fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [, length]) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, length] of fields) {
    if (length === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += length;
  }
  return bytes;
}
