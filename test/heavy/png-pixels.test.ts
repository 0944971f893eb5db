/** The pixel check at its limits: the largest image that it checks, and the narrowest one. */
import { createDeflate } from 'node:zlib';
import { expect, it } from 'vitest';
import { findPixelFault } from '../../src/store/artifacts/png-pixels.ts';
import { headerChunk, pngWith } from '../providers/kit/image/make-png.ts';

/** Zeros, deflated in blocks. */
async function deflated(length: number): Promise<Buffer> {
  const stream = createDeflate({ level: 1 });
  const block = Buffer.alloc(1_000_000);
  const parts: Buffer[] = [];
  const read = (async () => {
    for await (const part of stream) parts.push(part as Buffer);
  })();
  for (let left = length; left > 0; left -= block.length) {
    await new Promise((resolve) => stream.write(block.subarray(0, Math.min(left, block.length)), resolve));
  }
  stream.end();
  await read;
  return Buffer.concat(parts);
}

it.each([
  ['100 megapixels of 64 bits', 10_000, 10_000, 16, 6, 80_001 * 10_000],
  ['100 million rows of one pixel', 1, 100_000_000, 8, 0, 200_000_000],
] as const)('counts the rows of %s in little memory', async (_, width, height, depth, type, length) => {
  const whole = pngWith(headerChunk(width, height, depth, type), await deflated(length));
  const short = pngWith(headerChunk(width, height, depth, type), await deflated(length - 1));
  let most = 0;
  const before = process.memoryUsage().arrayBuffers;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 5);
  expect(await findPixelFault(whole)).toBeUndefined();
  expect(await findPixelFault(short)).toBe(`has the data of ${height - 1} of ${height} rows`);
  clearInterval(watch);
  expect(most).toBeLessThan(60_000_000);
});
