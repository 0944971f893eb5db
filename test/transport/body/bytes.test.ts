import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/transport/body/bytes.ts';
import { pour, reply, serve } from './loopback.ts';

const MIB = 1024 * 1024;
const options = { maxBytes: 8 * MIB, own: true };

describe('reading raw bytes', () => {
  it.each([0, 1, 65_536, 1_500_001, 5 * MIB])(
    'returns a body of %i bytes in a buffer of exactly that length',
    async (length) => {
      const body = randomBytes(length);
      for (const headers of [{ 'content-length': length }, { 'transfer-encoding': 'chunked' }]) {
        const bytes = await readBytes(await reply((response) => response.writeHead(200, headers).end(body)), options);
        expect(Buffer.compare(bytes, body)).toBe(0);
        expect(bytes.buffer.byteLength).toBe(length);
      }
    },
  );

  it('returns the decoded bytes of a compressed body without a declared length', async () => {
    const body = gzipSync(Buffer.alloc(100_000, 'abc'));
    const response = await reply((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body),
    );
    const bytes = await readBytes(response, options);
    expect(Buffer.compare(bytes, Buffer.alloc(100_000, 'abc'))).toBe(0);
    expect(bytes.buffer.byteLength).toBe(100_000);
  });

  it('returns all of a body that is longer than declared, as on platforms that hide decompression', async () => {
    const bytes = await readBytes(new Response('x'.repeat(3000), { headers: { 'content-length': '20' } }), options);
    expect(bytes.buffer.byteLength).toBe(3000);
  });

  it('allocates little for a length that is only declared', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { url } = await serve((response) => {
      response.writeHead(200, { 'content-length': 8 * MIB });
      response.write('x');
    });
    const controllers = Array.from({ length: 16 }, () => new AbortController());
    const reads = controllers.map(async ({ signal }) => readBytes(await fetch(url), { ...options, signal }));
    const settled = Promise.allSettled(reads);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const grown = process.memoryUsage().arrayBuffers - before;
    for (const controller of controllers) controller.abort();
    await settled;
    expect(grown).toBeLessThan(32 * MIB); // and not 16 times 8 MiB
  });

  it('stops at the limit', async () => {
    const response = await reply((response) =>
      pour(
        response,
        Array.from({ length: 200 }, () => Buffer.alloc(65_536)),
      ),
    );
    await expect(readBytes(response, options)).rejects.toMatchObject({ fault: 'too_large' });
  });
});
