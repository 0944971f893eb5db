import { setTimeout } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodyError } from '../../../src/transport/body/body-error.ts';
import { type ChunkOptions, readChunks } from '../../../src/transport/body/chunks.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { endlessly, pour, reply, serve } from './loopback.ts';

const MIB = 1024 * 1024;

async function lengthOf(response: Response, options: Partial<ChunkOptions> = {}): Promise<number> {
  let length = 0;
  for await (const chunk of readChunks(response, { maxBytes: MIB, ...options })) length += chunk.length;
  return length;
}

const failureOf = (response: Response, options?: Partial<ChunkOptions>): Promise<unknown> =>
  lengthOf(response, options).then(
    (length) => `read ${length} bytes`,
    (error: unknown) => error,
  );

describe('reading chunks', () => {
  it('yields all bytes, and none for a reply without a body', async () => {
    expect(await lengthOf(await reply((response) => response.end(Buffer.alloc(500_000))))).toBe(500_000);
    expect(await lengthOf(await reply((response) => response.writeHead(204).end()))).toBe(0);
  });

  it('accepts a body that is exactly as long as the limit', async () => {
    expect(await lengthOf(await reply((response) => response.end(Buffer.alloc(1000))), { maxBytes: 1000 })).toBe(1000);
  });

  it('frees the memory of a chunk when the next one is requested, if it may reclaim chunks', async () => {
    const lengthsAfter = async (mayReclaim: boolean) => {
      const kept: Uint8Array[] = [];
      for await (const chunk of readChunks(await reply((response) => response.end(Buffer.alloc(300_000))), {
        maxBytes: MIB,
        mayReclaim,
      }))
        kept.push(chunk);
      return kept.reduce((sum, chunk) => sum + chunk.length, 0);
    };
    expect(await lengthsAfter(true)).toBe(0);
    expect(await lengthsAfter(false)).toBe(300_000);
  });

  it('keeps the connection for the next request after reading a body to its end', async () => {
    const sockets = new Set<unknown>();
    const { url } = await serve((response, request) => {
      sockets.add(request.socket);
      response.end('x'.repeat(100));
    });
    for (let i = 0; i < 3; i++) {
      await lengthOf(await fetch(url));
      await setTimeout(20); // the end of a body is known a moment before its connection is idle
    }
    expect(sockets.size).toBe(1);
  });
});

describe('bodies that are too long', () => {
  it('B09: the body reader stops an endless body at the limit and closes the connection', async () => {
    const { url, clientGone } = await serve((response) => pour(response, endlessly(Buffer.alloc(65_536, 'x'))));
    expect(await failureOf(await fetch(url))).toMatchObject({
      fault: 'too_large',
      message: 'the body is longer than 1048576 bytes',
    });
    await clientGone;
  });

  it('B09: the body reader refuses a declared length above the limit before reading', async () => {
    const { url, clientGone } = await serve((response) => {
      response.writeHead(200, { 'content-length': 5 * MIB });
      response.write('x');
    });
    expect(await failureOf(await fetch(url))).toMatchObject({ fault: 'too_large' });
    await clientGone;
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('B10 counts decoded bytes of a %s bomb', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(20 * MIB));
    expect(bomb.length).toBeLessThan(50_000);
    const response = await reply((response) => response.writeHead(200, { 'content-encoding': encoding }).end(bomb));
    expect(await failureOf(response)).toMatchObject({ fault: 'too_large' });
  });

  it('B10: the body reader limits a zstd bomb whether or not the platform decodes it', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(20 * MIB));
    const response = await reply((response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end(bomb));
    const outcome = await failureOf(response);
    if (outcome instanceof BodyError) expect(outcome.fault).toBe('too_large');
    else expect(outcome).toBe(`read ${bomb.length} bytes`);
  });
});

describe('content encodings', () => {
  const encoded = (names: string) => new Response('{}', { headers: { 'content-encoding': names } });

  it('B16: the body reader refuses more than two encodings before reading, and unknown ones after it', async () => {
    for (const names of [Array.from({ length: 100 }, () => 'gzip').join(', '), 'gzip, gzip, gzip']) {
      expect(await failureOf(encoded(names))).toMatchObject({
        fault: 'unreadable',
        message: expect.stringContaining('at most 2'),
      });
    }
    expect(await failureOf(encoded('rot13'))).toMatchObject({
      fault: 'unreadable',
      message: 'the body has an unknown content encoding',
    });
  });

  it('B16: the body reader closes the connection of a body it refuses', async () => {
    const { url, clientGone } = await serve((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip, gzip, gzip' });
      response.write('x');
    });
    expect(await failureOf(await fetch(url))).toMatchObject({ fault: 'unreadable' });
    await clientGone;
  });

  it('reads a body that was encoded twice', async () => {
    const body = gzipSync(gzipSync(Buffer.alloc(1000)));
    expect(
      await lengthOf(
        await reply((response) => response.writeHead(200, { 'content-encoding': 'gzip, x-gzip' }).end(body)),
      ),
    ).toBe(1000);
  });
});

describe('bodies that break off', () => {
  it('H23: the body reader reports a connection that ends before the declared length', async () => {
    const response = await reply((response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('x'.repeat(400), () => response.socket?.end());
    });
    const error = await failureOf(response);
    expect(error).toMatchObject({ fault: 'network', message: 'the connection broke after 400 bytes of the body' });
    expect((error as BodyError).cause).toBeInstanceOf(Error);
  });

  it('H23: the body reader notices a short body also where the platform does not', async () => {
    const response = new Response('x'.repeat(400), { headers: { 'content-length': '1000' } });
    expect(await failureOf(response)).toMatchObject({
      fault: 'network',
      message: 'the body ended after 400 of 1000 bytes',
    });
  });

  it('reports a reset connection', async () => {
    const response = await reply((response) => {
      response.write('x'.repeat(400), () => void setTimeout(20).then(() => response.socket?.resetAndDestroy()));
    });
    expect(await failureOf(response)).toMatchObject({ fault: 'network' });
  });
});

describe('stopping early', () => {
  const stalled = () => serve((response) => response.write('x'.repeat(1000)));

  it('H17: the body reader rejects with the signal’s reason at once, and closes the connection', async () => {
    const { url, clientGone } = await stalled();
    const controller = new AbortController();
    const response = await fetch(url);
    const reason = new Error('the caller has left');
    void setTimeout(50).then(() => controller.abort(reason));
    const elapsedMs = startStopwatch();
    expect(await failureOf(response, { signal: controller.signal })).toBe(reason);
    expect(elapsedMs()).toBeLessThan(3_000);
    await clientGone;
  });

  it('H17: the body reader does the same if fetch has the same signal', async () => {
    const { url, clientGone } = await stalled();
    const controller = new AbortController();
    const response = await fetch(url, { signal: controller.signal });
    const reason = new Error('the caller has left');
    void setTimeout(50).then(() => controller.abort(reason));
    expect(await failureOf(response, { signal: controller.signal })).toBe(reason);
    await clientGone;
  });

  it('H17: ends a stream that ignores cancellation', async () => {
    const response = new Response(
      new ReadableStream({ pull: () => new Promise(() => undefined), cancel: () => new Promise(() => undefined) }),
    );
    const error = await failureOf(response, { signal: AbortSignal.timeout(30) });
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  it('H19: the body reader reads nothing if the signal has already fired', async () => {
    const { url, clientGone } = await stalled();
    const response = await fetch(url);
    expect(await failureOf(response, { signal: AbortSignal.abort(new Error('too late')) })).toEqual(
      new Error('too late'),
    );
    await clientGone;
  });

  it('closes the connection when the reader breaks out of the loop', async () => {
    const { url, clientGone } = await serve((response) => pour(response, endlessly(Buffer.alloc(65_536))));
    for await (const _ of readChunks(await fetch(url), { maxBytes: MIB })) break;
    await clientGone;
  });

  it('leaves no listener on the signal behind', async () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await lengthOf(await reply((response) => response.end('x')), { signal });
    expect(listeners).toBe(0);
  });
});
