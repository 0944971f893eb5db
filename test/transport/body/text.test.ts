import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/transport/body/text.ts';
import { endlessly, pour, reply, serve } from './loopback.ts';

describe('reading the text of an error reply', () => {
  it('returns short text, compressed or not', async () => {
    expect(await readText(await reply((response) => response.writeHead(500).end('no capacity – später')))).toBe(
      'no capacity – später',
    );
    const gzipped = gzipSync('no capacity');
    expect(
      await readText(await reply((response) => response.writeHead(500, { 'content-encoding': 'gzip' }).end(gzipped))),
    ).toBe('no capacity');
  });

  it('B09: the text reader returns the first 64 KiB of an endless body and closes the connection', async () => {
    const { url, clientGone } = await serve((response) =>
      pour(response.writeHead(500), endlessly(Buffer.alloc(50_000, 'x'))),
    );
    expect(await readText(await fetch(url))).toBe('x'.repeat(65_536));
    await clientGone;
  });

  it('returns the beginning of a body with a huge declared length', async () => {
    const response = await reply((response) => {
      response.writeHead(500, { 'content-length': 10_000_000 });
      response.write('x'.repeat(100_000));
    });
    expect(await readText(response)).toHaveLength(65_536);
  });

  it('drops a character that the limit splits', async () => {
    expect(await readText(await reply((response) => response.end('ab€')), { maxBytes: 4 })).toBe('ab');
    expect(await readText(await reply((response) => response.end('ab€')), { maxBytes: 5 })).toBe('ab€');
  });

  it('replaces bytes that are not UTF-8', async () => {
    expect(await readText(await reply((response) => response.end(Buffer.from([0x61, 0xff, 0x62, 0xc3]))))).toBe(
      'a\uFFFDb\uFFFD',
    );
  });

  it('returns the text before a broken connection, and a body of an unknown encoding undecoded', async () => {
    const broken = await reply((response) => {
      response.writeHead(500, { 'content-length': 1000 });
      response.write('half', () => setTimeout(() => response.socket?.destroy(), 20));
    });
    expect(await readText(broken)).toBe('half');
    expect(await readText(new Response('x', { headers: { 'content-encoding': 'rot13' } }))).toBe('x');
    expect(await readText(new Response(null, { status: 500 }))).toBe('');
  });

  it('rejects with the signal’s reason', async () => {
    const response = await reply((response) => response.writeHead(500).write('x'));
    await expect(readText(response, { signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
