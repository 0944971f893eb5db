import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../../src/transport/errors.ts';
import { isPublicAddress } from '../../../src/transport/net/address.ts';
import { type DialOptions, dial, type ResolvedAddress } from '../../../src/transport/platform/node.ts';
import { startStopwatch } from '../../support/stopwatch.ts';

const openServers = new Set<TcpServer>();

afterEach(async () => {
  for (const server of openServers) {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  openServers.clear();
});

async function listen(server: TcpServer, host = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, host, done));
  openServers.add(server);
  return (server.address() as AddressInfo).port;
}

/** A server on 127.0.0.1 that remembers who came. */
async function serve(answer: RequestListener) {
  const requests: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listen(server);
  return { port, requests, sockets };
}

/** A server that answers every request with these bytes. */
async function serveRaw(reply: string, { andClose = true } = {}) {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => (andClose ? socket.end(reply, 'latin1') : socket.write(reply, 'latin1')));
  });
  return { port: await listen(server), sockets };
}

const loopback: ResolvedAddress = { address: '127.0.0.1', family: 4 };
const isLoopback = (address: string) => address === '127.0.0.1';
const resolvesTo = (...addresses: ResolvedAddress[]) => ({ lookup: async () => addresses });

/** Dials with what is safe for a test: two seconds, loopback allowed, names lead to loopback. */
function dialLoopback(link: string, options: Partial<DialOptions> = {}): Promise<Response> {
  const signal = AbortSignal.timeout(5_000);
  return dial(new URL(link), { signal, headers: {}, isAllowed: isLoopback, ...resolvesTo(loopback), ...options });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => expect.unreachable(`resolved with ${value}`),
    (error: unknown) => error,
  );
}

async function untilClosed(socket: Socket | undefined, limitMs = 1_000): Promise<void> {
  const limit = performance.now() + limitMs;
  while (socket?.closed === false && performance.now() < limit) await wait(5);
  expect(socket?.closed, `socket closed within ${limitMs} ms`).toBe(true);
}

describe('dialling a checked link', () => {
  it('fetches the bytes with the link’s host name, the given headers and no encoding', async () => {
    const body = randomBytes(8_000_000);
    const { port, requests } = await serve((_request, response) => response.end(body));

    const response = await dialLoopback(`http://cdn.example.com:${port}/a%20b.png?sig=a%2Fb`, {
      headers: { Accept: 'image/*', 'Accept-Encoding': 'gzip' },
    });
    const received = new Uint8Array(await response.arrayBuffer());

    expect(response.status).toBe(200);
    expect(digest(received)).toBe(digest(body));
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/a%20b.png?sig=a%2Fb' });
    expect(requests[0]?.headers).toMatchObject({
      host: `cdn.example.com:${port}`,
      accept: 'image/*',
      'accept-encoding': 'identity',
    });
  });

  it('returns web-compatible chunks and keeps every header', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(200, [
        ['content-type', 'image/png'],
        ['x-note', 'one'],
        ['x-note', 'two'],
      ]);
      response.end('bytes');
    });
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-note')).toBe('one, two');
    const chunk = await response.body?.getReader().read();
    expect(Object.getPrototypeOf(chunk?.value)).toBe(Uint8Array.prototype);
  });

  it('decodes no content encoding, even one that was not requested', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not even gzip');
    });
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(await response.text()).toBe('not even gzip');
  });

  it('R08: dialling a checked link returns a redirect instead of following it', async () => {
    const { port, requests } = await serve((_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    });
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('http://169.254.169.254/latest/meta-data/');
    expect(requests).toHaveLength(1);
  });

  it.each([204, 205, 304])('returns no body for %i and closes the connection', async (status) => {
    const { port, sockets } = await serveRaw(`HTTP/1.1 ${status} Nothing\r\n\r\n`, { andClose: false });
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
    await untilClosed(sockets[0]);
  });

  it('does not send the user name and password of a link', async () => {
    const { port, requests } = await serve((_request, response) => response.end());
    await dialLoopback(`http://me:password@cdn.example.com:${port}/`);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it('opens a new connection per link and leaves no listener on a long-lived signal', async () => {
    const { port, sockets } = await serve((_request, response) => response.end('bytes'));
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round++) {
      await (await dialLoopback(`http://cdn.example.com:${port}/`, { signal })).text();
    }
    await failureOf(dialLoopback(`http://cdn.example.com:${port}/`, { signal, isAllowed: () => false }));
    expect(sockets).toHaveLength(3);
    for (const socket of sockets) await untilClosed(socket);
    await expect.poll(() => getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('the checked address', () => {
  it('R07: a public name that resolves to a private address is not dialled', async () => {
    const { port, sockets } = await serve((_request, response) => response.end('secret'));
    for (const address of [
      '10.0.0.5',
      '127.0.0.1',
      '169.254.169.254',
      '::1',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      'fec0::1',
    ]) {
      const failure = await failureOf(
        dialLoopback(`http://cdn.example.com:${port}/?sig=secret`, {
          isAllowed: isPublicAddress,
          ...resolvesTo({ address, family: address.includes(':') ? 6 : 4 }),
        }),
      );
      expect(failure).toBeInstanceOf(TransportError);
      expect(failure).toMatchObject({
        fault: 'unsafe_url',
        step: 'download',
        message: 'link to cdn.example.com is refused: none of its addresses is allowed',
      });
    }
    expect(sockets).toHaveLength(0);
  });

  it('R07: addresses from the system resolver are checked too', async () => {
    const { port, sockets } = await serve((_request, response) => response.end('secret'));
    const options = { signal: AbortSignal.timeout(5_000), headers: {}, isAllowed: isPublicAddress };
    expect(await failureOf(dial(new URL(`http://localhost:${port}/`), options))).toMatchObject({ fault: 'unsafe_url' });
    expect(sockets).toHaveLength(0);
    const allowed = await dial(new URL(`http://localhost:${port}/`), { ...options, isAllowed: isLoopback });
    expect(await allowed.text()).toBe('secret');
  });

  it('R09: a name is resolved only once, so later answers of the resolver do not matter', async () => {
    const { port, requests } = await serve((_request, response) => response.end('checked'));
    const answers = [loopback, { address: '10.0.0.5', family: 4 }];
    let lookups = 0;
    const response = await dialLoopback(`http://cdn.example.com:${port}/`, {
      lookup: async () => [answers[Math.min(lookups++, 1)] ?? loopback],
    });
    expect(await response.text()).toBe('checked');
    expect(lookups).toBe(1);
    expect(requests).toHaveLength(1);
  });

  it('R09: a name that resolves to a private address after the check does not reach the private server', async () => {
    const { port, sockets } = await serve((_request, response) => response.end('secret'));
    // 127.0.0.2 plays the public address: nothing listens there.
    let lookups = 0;
    let reads = 0;
    const changing: ResolvedAddress = {
      get address() {
        return reads++ === 0 ? '127.0.0.2' : '127.0.0.1';
      },
      family: 4,
    };
    const failure = await failureOf(
      dialLoopback(`http://cdn.example.com:${port}/`, {
        signal: AbortSignal.timeout(2_000),
        isAllowed: (address) => address === '127.0.0.2',
        lookup: async () => (lookups++ === 0 ? [changing] : [loopback]),
      }),
    );
    expect(failure).not.toBeInstanceOf(TransportError);
    expect(lookups).toBe(1);
    expect(sockets).toHaveLength(0);
  });

  it('of several addresses only the allowed ones are dialled', async () => {
    const { port, requests } = await serve((_request, response) => response.end('checked'));
    const asked: string[] = [];
    const response = await dialLoopback(`http://cdn.example.com:${port}/`, {
      ...resolvesTo({ address: 'fd00::5', family: 6 }, { address: '10.0.0.5', family: 4 }, loopback),
      isAllowed: (address) => {
        asked.push(address);
        return isLoopback(address);
      },
    });
    expect(await response.text()).toBe('checked');
    expect(asked).toEqual(['fd00::5', '10.0.0.5', '127.0.0.1']);
    expect(requests).toHaveLength(1);
  });

  it('R14 R16: a link with an IP address is checked without a resolver', async () => {
    const { port, sockets } = await serve((_request, response) => response.end('secret'));
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return [loopback];
    };
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[fec0::1]',
    ]) {
      const failure = await failureOf(dialLoopback(`http://${host}:${port}/`, { isAllowed: isPublicAddress, lookup }));
      expect(failure).toMatchObject({ fault: 'unsafe_url' });
      expect(String(failure)).toContain('the address is not allowed');
    }
    expect(lookups).toBe(0);
    expect(sockets).toHaveLength(0);
    expect(await (await dialLoopback(`http://127.0.0.1:${port}/`, { lookup })).text()).toBe('secret');
    expect(lookups).toBe(0);
  });

  it('H31: a first address that never connects costs less than a second', async () => {
    const { host, port, release } = await openBlackHole();
    try {
      const server = createServer((_request, response) => response.end('checked'));
      await listen(server, '127.0.0.1', port);
      const started = performance.now();
      const response = await dialLoopback(`http://cdn.example.com:${port}/`, {
        isAllowed: () => true,
        ...resolvesTo({ address: host, family: host.includes(':') ? 6 : 4 }, loopback),
      });
      expect(await response.text()).toBe('checked');
      expect(performance.now() - started).toBeGreaterThan(300); // the first address was really tried
      expect(performance.now() - started).toBeLessThan(1_000);
    } finally {
      release();
    }
  });
});

describe('a body', () => {
  it('is read from the socket only on demand', async () => {
    let written = 0;
    const { port } = await serve((_request, response) => {
      const chunk = Buffer.alloc(1_000_000);
      const more = () => {
        while (written < 200_000_000 && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    await wait(500);
    // What the kernel buffers on both sides of a loopback connection.
    expect(written).toBeLessThan(30_000_000);
    await response.body?.cancel();
  });

  it('a body that is cancelled closes its socket', async () => {
    const { port, sockets } = await serve((_request, response) => response.write('first'));
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await untilClosed(sockets[0]);
  });

  it('a body that stalls ends with the signal, which closes the socket', async () => {
    const { port, sockets } = await serve((_request, response) => response.write('first'));
    const controller = new AbortController();
    const response = await dialLoopback(`http://cdn.example.com:${port}/`, { signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 50);
    expect(await failureOf(reader?.read() ?? Promise.resolve())).toBe(reason);
    await untilClosed(sockets[0]);
  });

  it('a body that is not read ends with the signal too, for any reason', async () => {
    const { port, sockets } = await serve((_request, response) => response.write('first'));
    const controller = new AbortController();
    const response = await dialLoopback(`http://cdn.example.com:${port}/`, { signal: controller.signal });
    controller.abort('not an error');
    await untilClosed(sockets[0]);
    expect(await failureOf(response.text())).toBe('not an error');
  });

  it('a body that arrived but was not read yet does not count as complete after an abort', async () => {
    const { port } = await serve((_request, response) => response.end('whole body'));
    const controller = new AbortController();
    const response = await dialLoopback(`http://cdn.example.com:${port}/`, { signal: controller.signal });
    await wait(100);
    controller.abort(new Error('enough'));
    expect(await failureOf(response.text())).toMatchObject({ message: 'enough' });
  });

  it('a body that is truncated is an error, not a short body', async () => {
    const { port } = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    expect(await failureOf(response.text())).toMatchObject({ code: 'ECONNRESET' });
  });

  it('a body that breaks before it is read reports the reason to its reader', async () => {
    const { port } = await serveRaw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\nnonsense');
    const response = await dialLoopback(`http://cdn.example.com:${port}/`);
    await wait(100);
    expect(await failureOf(response.text())).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('an end before the reply', () => {
  it('comes at once with a signal that has already fired, without a lookup or connection', async () => {
    const { port, sockets } = await serve((_request, response) => response.end());
    const lookup = () => expect.unreachable('resolved a name');
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await failureOf(dialLoopback(`http://cdn.example.com:${port}/`, { signal, lookup }))).toBe(signal.reason);
    expect(sockets).toHaveLength(0);
  });

  it('comes with the signal during a lookup', async () => {
    const signal = AbortSignal.timeout(100);
    const never = () => new Promise<never>(() => undefined);
    expect(await failureOf(dialLoopback('http://cdn.example.com/', { signal, lookup: never }))).toBe(signal.reason);
  });

  it('comes with the signal while the server is silent, and closes the socket', async () => {
    const { port, sockets } = await serve(() => undefined);
    const signal = AbortSignal.timeout(100);
    const elapsedMs = startStopwatch();
    expect(await failureOf(dialLoopback(`http://cdn.example.com:${port}/`, { signal }))).toBe(signal.reason);
    expect(elapsedMs()).toBeLessThan(3_000);
    await untilClosed(sockets[0]);
  });

  it('keeps Node’s code if the connection is refused or the name is unknown', async () => {
    const { port } = await serveRaw('');
    const [server] = openServers;
    await new Promise((done) => server?.close(done));
    openServers.clear();
    expect(await failureOf(dialLoopback(`http://cdn.example.com:${port}/`))).toMatchObject({ code: 'ECONNREFUSED' });

    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND cdn.example.com'), { code: 'ENOTFOUND' });
    const lookup = () => Promise.reject(unknown);
    expect(await failureOf(dialLoopback('http://cdn.example.com/', { lookup }))).toBe(unknown);
    expect(await failureOf(dialLoopback('http://cdn.example.com/', resolvesTo()))).toMatchObject({
      fault: 'network',
      message: 'cdn.example.com has no address',
    });
  });

  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', { code: 'HPE_INVALID_CONSTANT' }],
    ['nothing', '', { code: 'ECONNRESET' }],
    ['a status nobody knows', 'HTTP/1.1 999 Request denied\r\n\r\n', { fault: 'unreadable' }],
    ['a switch of protocols', 'HTTP/1.1 101 Hi\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', { fault: 'network' }],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(200_000)}\r\n\r\n`, { code: 'HPE_HEADER_OVERFLOW' }],
    ['a header with a NUL', 'HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n', { code: 'HPE_INVALID_HEADER_TOKEN' }],
  ])('is an error when the server sends %s', async (_name, reply, failure) => {
    const { port } = await serveRaw(reply);
    expect(await failureOf(dialLoopback(`http://cdn.example.com:${port}/`))).toMatchObject(failure);
  });

  it('is an error for other schemes than http and https', async () => {
    expect(await failureOf(dialLoopback('ftp://cdn.example.com/'))).toMatchObject({ code: 'ERR_INVALID_PROTOCOL' });
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * A port whose queue of connections is full and never emptied, so that further attempts hear nothing: a process listens, then sleeps.
 * On `::1` where there is one.
 */
async function openBlackHole() {
  const host = await listen(createTcpServer(), '::1').then(
    () => '::1',
    () => '127.0.0.2',
  );
  const script = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '${host}', backlog: 1 }, () => {
      process.send(server.address().port, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000));
    });`;
  const sleeper = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const port = await new Promise<number>((done) => sleeper.once('message', (message) => done(Number(message))));
  const queued = Array.from({ length: 8 }, () => connect(port, host).on('error', () => undefined));
  await wait(300);
  const release = () => {
    for (const socket of queued) socket.destroy();
    sleeper.kill('SIGKILL');
  };
  return { host, port, release };
}
