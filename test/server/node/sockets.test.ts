/** Clients that send or read as no honest client does, over raw sockets. */
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { streamSlices } from '../../../src/apps/server/files/stream-slices.ts';
import { readJsonBody } from '../../../src/apps/server/http/read-body.ts';
import { DEFAULT_TIMES } from '../../../src/apps/server/node/create-http-server.ts';
import { type GuardedAppOptions, useGuardedApps } from '../http/guarded-app.ts';
import { openConnection, readAnswer, requestText, sendRaw } from '../http/raw-request.ts';
import { TOKEN } from '../support.ts';

const start = useGuardedApps();
afterEach(() => {
  vi.useRealTimers();
});

const MIB = 1024 ** 2;
const HEADERS = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', connection: 'keep-alive' };

const mount: GuardedAppOptions['mount'] = (app, { limits }) => {
  app.post('/json', async (c) => c.json({ bytes: (await readJsonBody(c, limits.maxJsonBytes)).bytes.length }));
};

/** @returns how many chunks the other side let through */
async function writeUntilClosed(socket: Socket, chunk: Buffer, maxChunks: number): Promise<number> {
  for (let count = 0; count < maxChunks; count++) {
    await new Promise((resolve) => socket.write(chunk, resolve));
    if (socket.destroyed) return count;
  }
  return maxChunks;
}

describe('S08: a body of 100 MB with an honest length', () => {
  it('is answered with 413 before it is sent, and the connection is closed', async () => {
    const { port } = await start({ mount });
    const { socket, received, closed } = await openConnection(port);
    socket.write(requestText('POST', '/json', { ...HEADERS, 'content-length': String(100 * MIB) }));
    await closed;
    const answer = readAnswer(received());
    expect(answer.status).toBe(413);
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.reason).toBe('request too large: The body is larger than 1048576 bytes, the limit of this s...');
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'request_too_large' } });
  });

  it('takes no memory when it is sent all the same', async () => {
    const { port } = await start({ mount });
    const { socket, closed } = await openConnection(port);
    socket.write(requestText('POST', '/json', { ...HEADERS, 'content-length': String(100 * MIB) }));
    const before = process.memoryUsage().arrayBuffers;
    expect(await writeUntilClosed(socket, Buffer.alloc(MIB, 'x'), 100)).toBeLessThan(100);
    await closed;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30 * MIB);
  });
});

it('lets a client read the 413 that sends its whole body before it looks', async () => {
  const { port } = await start({ mount });
  const { socket, received, closed } = await openConnection(port);
  socket.pause();
  socket.write(requestText('POST', '/json', { ...HEADERS, 'content-length': String(8 * MIB) }));
  for (let count = 0; count < 8; count++) {
    await new Promise((resolve) => socket.write(Buffer.alloc(MIB, 'x'), resolve));
  }
  socket.resume();
  await closed;
  expect(readAnswer(received()).status).toBe(413);
});

describe('S09: a chunked body without an end', () => {
  it('is answered with 413 at the cap, and the connection is closed', async () => {
    const { port } = await start({ mount });
    const { socket, received, closed } = await openConnection(port);
    socket.write(requestText('POST', '/json', { ...HEADERS, 'transfer-encoding': 'chunked' }));
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    expect(await writeUntilClosed(socket, chunk, 2_000)).toBeLessThan(2_000);
    await closed;
    expect(readAnswer(received()).status).toBe(413);
  });

  it('is read to its end below the cap', async () => {
    const { port } = await start({ mount });
    const text = requestText('POST', '/json', { ...HEADERS, connection: 'close', 'transfer-encoding': 'chunked' });
    expect(await sendRaw(port, `${text}2\r\n{}\r\n0\r\n\r\n`)).toMatchObject({ status: 200, body: '{"bytes":2}' });
  });
});

it('answers 401 without reading the body', async () => {
  const { port } = await start({ mount });
  const { socket, received, closed } = await openConnection(port);
  const headers = { 'content-type': 'application/json', 'content-length': String(50 * MIB) };
  socket.write(requestText('POST', '/json', headers));
  await closed;
  expect(readAnswer(received()).status).toBe(401);
});

it.each([
  ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
  ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
  ['no host', ''],
])('closes a connection whose request has %s', async (what, lines) => {
  const { port, reached } = await start();
  const host = what === 'no host' ? '' : 'host: 127.0.0.1\r\n';
  const text = `POST /probe HTTP/1.1\r\n${host}authorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n${lines}\r\n{}`;
  expect((await sendRaw(port, text)).status).toBe(400);
  expect(reached()).toBe(0);
});

it.each(['/a\\b', 'http://[', '*'])(
  'answers an address that is none with 400, in the form of OpenAI: %s',
  async (path) => {
    const { port } = await start();
    const { status, body } = await sendRaw(port, requestText('GET', path, { authorization: `Bearer ${TOKEN}` }));
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'invalid_request_error' } });
  },
);

describe('S10, S11: a client that sends one byte now and then', () => {
  // The same rule as with the default times, in a tenth of them.
  const times = { headersTimeoutMs: 1_000, requestTimeoutMs: 2_000, checkIntervalMs: 200 };

  it('has 10 seconds for its headers and 60 for its body, checked every 2 seconds', () => {
    const { headersTimeoutMs, requestTimeoutMs, checkIntervalMs } = DEFAULT_TIMES;
    expect([headersTimeoutMs, requestTimeoutMs, checkIntervalMs]).toEqual([10_000, 60_000, 2_000]);
  });

  it('S10: is closed in the headers, and others are served meanwhile', async () => {
    const { port, url } = await start({ times });
    const slow = await Promise.all(Array.from({ length: 200 }, () => openConnection(port)));
    const started = performance.now();
    for (const { socket } of slow) socket.write('GET /probe HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: ');
    const drip = setInterval(() => {
      for (const { socket } of slow) if (!socket.destroyed) socket.write('x');
    }, 100);
    try {
      for (let at = 0; at < 20; at++) expect((await fetch(`${url}/healthz`)).status).toBe(200);
      await Promise.all(slow.map(({ closed }) => closed));
    } finally {
      clearInterval(drip);
    }
    // Not before its time, and not because the test ended.
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(readAnswer(slow[0]?.received() ?? '').status).toBe(408);
  });

  it('S11: is closed in the body', async () => {
    const { port } = await start({ times, mount });
    const { socket, received, closed } = await openConnection(port);
    socket.write(requestText('POST', '/json', { ...HEADERS, 'content-length': '1000' }));
    const drip = setInterval(() => {
      if (!socket.destroyed) socket.write('x');
    }, 100);
    try {
      await closed;
    } finally {
      clearInterval(drip);
    }
    expect(readAnswer(received()).status).toBe(408);
  });
});

describe('S12: a client that reads an answer of 20 MB', () => {
  const slowReaders = { windowMs: 30_000, minBytesPerSecond: 4_096, checkIntervalMs: 1_000 };
  const big = new Uint8Array(20 * MIB);
  const answersBig: GuardedAppOptions = {
    times: { slowReaders },
    mount: (app) => {
      app.get('/big', () => new Response(streamSlices(big), { headers: { 'content-length': String(big.length) } }));
    },
  };
  const request = requestText('GET', '/big', { authorization: `Bearer ${TOKEN}`, connection: 'close' });

  it('is closed when it takes less than 4 kB/s for 30 seconds, and no more than a slice waits for it', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    let waiting = (): number => 0;
    const { port } = await start({
      ...answersBig,
      mount: (app) => {
        app.get('/big', (c) => {
          const socket = c.env.incoming?.socket as unknown as { writableLength: number }; // Node's own
          waiting = () => socket.writableLength;
          return new Response(streamSlices(big));
        });
      },
    });
    const { socket, closed } = await openConnection(port);
    socket.pause();
    socket.write(request);
    await vi.waitFor(() => expect(waiting()).toBeGreaterThan(0));
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    for (let second = 0; second < 29; second++) {
      vi.advanceTimersByTime(1_000);
      // 1 kB/s: a little is read, and the rest waits.
      socket.read(1_000);
      expect(waiting()).toBeLessThan(MIB);
    }
    expect(isClosed).toBe(false);
    for (let second = 0; second < 3; second++) vi.advanceTimersByTime(1_000);
    socket.resume();
    await closed;
  });

  it('gets all of it when it reads', async () => {
    const { port } = await start(answersBig);
    const { body } = await sendRaw(port, request);
    expect(body).toHaveLength(big.length);
  });

  it('is not closed while it waits for an answer that takes minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    let answer = (): void => undefined;
    const asked = Promise.withResolvers<void>();
    const { port } = await start({
      times: { slowReaders },
      mount: (app) => {
        app.get('/slow', async (c) => {
          const answered = new Promise<void>((resolve) => {
            answer = resolve;
          });
          asked.resolve();
          await answered;
          return c.json({ isDone: true });
        });
      },
    });
    const got = sendRaw(port, requestText('GET', '/slow', { authorization: `Bearer ${TOKEN}` }));
    await asked.promise;
    vi.advanceTimersByTime(600_000);
    answer();
    expect((await got).body).toBe('{"isDone":true}');
  });
});
