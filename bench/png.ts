/** Creates valid PNG files of a given size for the server: noise, stored without compression. */
import { randomFillSync } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 1024;
/** A filter byte, then 8-bit RGB. */
const ROW_BYTES = 1 + 3 * WIDTH;
/** The default of libpng. */
const IDAT_BYTES = 8192;

/** @param bytes approximate file size; the file is at most one row shorter or 2 % longer */
export function makePng(bytes: number): Buffer {
  const height = Math.max(1, Math.floor(bytes / ROW_BYTES));
  const rows = randomFillSync(Buffer.allocUnsafe(height * ROW_BYTES));
  for (let row = 0; row < height; row++) rows[row * ROW_BYTES] = 0;
  const stored = deflateSync(rows, { level: 0 });

  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = Array.from({ length: Math.ceil(stored.length / IDAT_BYTES) }, (_, index) =>
    chunk('IDAT', stored.subarray(index * IDAT_BYTES, (index + 1) * IDAT_BYTES)),
  );
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), ...data, chunk('IEND')]);
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
