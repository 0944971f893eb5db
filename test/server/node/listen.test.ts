/** Listening and closing with Node. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { streamSlices } from '../../../src/apps/server/files/stream-slices.ts';
import {
  createImageServer,
  type ImageServer,
  type ListeningServer,
  type ListenSettings,
  listen,
} from '../../../src/apps/server/index.ts';
import type { AiImageError } from '../../../src/index.ts';
import { openConnection, readAnswer, requestText, sendRaw } from '../http/raw-request.ts';
import { hashOf, TOKEN, useServers } from '../support.ts';

const start = useServers();
const open: ListeningServer[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-listen-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function serve(
  server: Partial<ImageServer> = {},
  settings: ListenSettings = { port: 0 },
): Promise<ListeningServer> {
  const listening = await listen(
    { fetch: () => new Response('hello'), close: async () => undefined, ...server },
    settings,
  );
  open.push(listening);
  return listening;
}

const portOf = ({ url }: ListeningServer) => Number(new URL(url).port);

const refusalOf = (settings: unknown): Promise<AiImageError> =>
  serve({}, settings as ListenSettings).then(
    ({ url }) => Promise.reject(new Error(`it listens at ${url}`)),
    (error: AiImageError) => error,
  );

describe('S01: without options', () => {
  it('listens on 127.0.0.1 alone', async () => {
    const listening = await serve();
    expect(listening.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const others = Object.values(networkInterfaces())
      .flat()
      .flatMap((each) => (each === undefined || each.internal || each.family !== 'IPv4' ? [] : [each.address]));
    for (const address of ['127.0.0.2', ...others]) {
      const socket = openConnectionTo(address, portOf(listening));
      await expect(socket, address).resolves.toBe('ECONNREFUSED');
    }
  });

  it('always needs a token: a server without one cannot be created', async () => {
    await expect(start({ tokens: [] })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

it('writes an IPv6 address in brackets', async () => {
  const { url } = await serve({}, { host: '::1', port: 0 });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await (await fetch(url)).text()).toBe('hello');
});

it('S31: refuses a port that is taken, and takes no other', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  try {
    const error = await refusalOf({ port });
    expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
    expect(error.message).toBe(`listen: 127.0.0.1:${port} is in use by another program`);
    expect(error.hint).toContain('another port');
  } finally {
    await new Promise((resolve) => taken.close(resolve));
  }
});

it.each([
  [{ host: '192.0.2.1', port: 0 }, '192.0.2.1:0 is no address of this machine'],
  [
    { socket: '/nowhere-at-all/a.sock' },
    '/nowhere-at-all/a.sock cannot be created: its folder is missing, or this user may not write to it',
  ],
])('says why it cannot listen on %o', async (settings, message) => {
  expect(await refusalOf(settings)).toMatchObject({ code: 'invalid_request', message: `listen: ${message}` });
});

it.each<[unknown, string]>([
  [null, 'the settings must be an object, not null'],
  [{ prot: 1 }, 'unknown setting "prot"'],
  [{ port: '80' }, 'setting port must be a number'],
  [{ port: 65_536 }, 'port must be a whole number'],
  [{ port: 1.5 }, 'port must be a whole number'],
  [{ port: Number.NaN }, 'setting port must be a number'],
  [{ host: '' }, 'host must be an address or a name'],
  [{ host: 'http://localhost' }, 'host must be an address or a name'],
  [{ host: '[::1]' }, 'host must be an address or a name'],
  [{ socket: '' }, 'socket must be a path'],
  [{ socket: 'x'.repeat(200) }, 'socket must be a path'],
  [{ socket: '/tmp/a.sock', port: 1 }, 'both socket and host or port are set'],
  [{ requestTimeoutMs: 0 }, 'requestTimeoutMs must be from'],
])('refuses the settings %o', async (settings, message) => {
  const error = await refusalOf(settings);
  expect(error.code).toBe('invalid_request');
  expect(error.message).toContain(message);
  expect(error.hint).not.toBe('');
});

describe('S32: a Unix socket', () => {
  it('has mode 0600 from the moment of its creation, and the mask of the process is as before', async () => {
    const socket = join(folder, 'a.sock');
    const mask = process.umask();
    const { url } = await serve({}, { socket });
    expect(url).toBe(socket);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(mask);
    expect((await sendRaw(0, requestText('GET', '/', { host: 'localhost' }), socket)).body).toBe('hello');
  });

  it('replaces the file of a server that was killed, and no other file', async () => {
    const socket = join(folder, 'c.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['--eval', script]).catch(() => undefined);
    expect((await stat(socket)).isSocket()).toBe(true);
    await serve({}, { socket });
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    const file = join(folder, 'file');
    await writeFile(file, 'kept');
    expect((await refusalOf({ socket: file })).message).toContain('or is no socket');
    expect(await readFile(file, 'utf8')).toBe('kept');
  });

  it('is refused where a server listens', async () => {
    const socket = join(folder, 'b.sock');
    await serve({}, { socket });
    expect((await refusalOf({ socket })).message).toContain('is in use by another program');
  });
});

describe('listen', () => {
  it.each<[unknown, string]>([
    [undefined, 'argument server is missing'],
    [null, 'argument server must be an object with the methods fetch, close'],
    [{ port: 0 }, 'argument server must be an object with the methods fetch, close'],
    [() => new Response(), 'argument server must be an object with the methods fetch, close'],
  ])('refuses %o in place of a server', async (server, message) => {
    // As JavaScript can.
    const error = await listen(server as ImageServer, { port: 0 }).catch((thrown: unknown) => thrown as AiImageError);
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining(`listen: ${message}`) });
  });
});

describe('close', () => {
  it('lets an answer end that has begun, takes no new connections, and answers 503 on open ones', async () => {
    const answer = Promise.withResolvers<Response>();
    const asked = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const listening = await serve({
      fetch: () => {
        asked.resolve();
        return answer.promise;
      },
      close: () => ended.promise,
    });
    const port = portOf(listening);
    const running = sendRaw(port, requestText('GET', '/', { connection: 'keep-alive' }));
    await asked.promise;
    let isClosed = false;
    const closed = listening.close(10_000).then(() => {
      isClosed = true;
    });
    await expect(openConnectionTo('127.0.0.1', port)).resolves.toBe('ECONNREFUSED');
    ended.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    answer.resolve(new Response('late'));
    expect((await running).body).toBe('late');
    await closed;
  });

  it('answers a request on an open connection with 503, which may be repeated', async () => {
    const { manager, store } = await start();
    const asked = Promise.withResolvers<void>();
    const checked = Promise.withResolvers<void>();
    // A request that is under way until the test lets it go on.
    Object.assign(store, {
      preflight: () => {
        asked.resolve();
        return checked.promise;
      },
    });
    const tokens = [{ name: 'ada', sha256: hashOf(TOKEN) }];
    const listening = await serve(createImageServer({ manager, store, tokens }));
    const { socket, received, closed } = await openConnection(portOf(listening));
    socket.write(requestText('GET', '/readyz', { connection: 'keep-alive' }));
    await asked.promise;
    const closing = listening.close(10_000);
    socket.write(requestText('GET', '/v1/models', { connection: 'keep-alive' }));
    checked.resolve();
    await closed;
    expect(readAnswer(received()).status).toBe(200);
    const answer = readAnswer(received().slice(received().lastIndexOf('HTTP/1.1')));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.headers.get('x-should-retry')).toBe('true');
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'server_closing' } });
    await closing;
  });

  it('ends the streams of clients that follow events, and does not wait for the deadline', async () => {
    const { manager, store } = await start();
    const tokens = [{ name: 'ada', sha256: hashOf(TOKEN) }];
    const listening = await serve(createImageServer({ manager, store, tokens }));
    const answer = await fetch(`${listening.url}/api/runs/events`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const read = answer.text();
    await listening.close(600_000);
    expect(await read).toContain(': connected');
  });

  it('does not wait for a client that has taken nothing of its answer for 5 seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    let waiting = (): number => 0;
    const listening = await serve({
      fetch: (_, env) => {
        const { socket } = (env as { incoming: { socket: Socket } }).incoming;
        waiting = () => socket.writableLength;
        return new Response(streamSlices(new Uint8Array(20 * 1024 ** 2)));
      },
    });
    const { socket } = await openConnection(portOf(listening));
    socket.pause();
    socket.write(requestText('GET', '/'));
    await vi.waitFor(() => expect(waiting()).toBeGreaterThan(0));
    const startedAt = performance.now();
    const closing = listening.close(25_000);
    for (let second = 0; second < 7; second++) vi.advanceTimersByTime(1_000);
    await closing;
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    socket.destroy();
  });

  it('waits for a client that takes its answer slowly', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    const big = new Uint8Array(20 * 1024 ** 2);
    const asked = Promise.withResolvers<void>();
    let waiting = (): number => 0;
    const listening = await serve({
      fetch: (_, env) => {
        const { socket } = (env as { incoming: { socket: Socket } }).incoming;
        waiting = () => socket.bytesWritten - socket.writableLength;
        asked.resolve();
        return new Response(streamSlices(big), { headers: { 'content-length': String(big.length) } });
      },
    });
    const { socket, received, closed } = await openConnection(portOf(listening));
    socket.write(requestText('GET', '/'));
    // A connection without a request would be closed at once.
    await asked.promise;
    const closing = listening.close(25_000);
    for (let sent = -1; waiting() < big.length && !socket.destroyed; sent = waiting()) {
      // Not `vi.waitFor`, which moves the clock of the test, and waits for a second only.
      await expect.poll(() => waiting(), { timeout: 30_000 }).toBeGreaterThan(sent);
      vi.advanceTimersByTime(1_000);
    }
    await closed;
    await closing;
    expect(received().length).toBeGreaterThan(big.length);
  });

  it('cuts what has not ended at the deadline', async () => {
    const asked = Promise.withResolvers<void>();
    const listening = await serve({
      fetch: () => {
        asked.resolve();
        return new Promise<Response>(() => undefined);
      },
    });
    const { socket, closed } = await openConnection(portOf(listening));
    socket.write(requestText('GET', '/'));
    await asked.promise;
    await listening.close(10);
    await closed;
  });

  it('closes connections also when the server cannot be closed, and can be called again', async () => {
    const listening = await listen(
      { fetch: () => new Response('x'), close: async () => Promise.reject(new Error('no')) },
      { port: 0 },
    );
    const { closed } = await openConnection(portOf(listening));
    await expect(listening.close(10)).rejects.toThrow('no');
    await expect(listening.close(10)).rejects.toThrow('no');
    await closed;
  });
});

describe('a package that is not installed', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));

  it.each([
    [['zod'], 'hono'],
    [['zod', 'hono'], '@hono/node-server'],
  ])('with %o alone, %s is named', async (installed, missing) => {
    const copy = join(folder, missing.replace('/', '-'));
    for (const part of ['src', 'package.json']) await cp(join(root, part), join(copy, part), { recursive: true });
    await mkdir(join(copy, 'node_modules'), { recursive: true });
    for (const name of installed) await symlink(join(root, 'node_modules', name), join(copy, 'node_modules', name));
    const script = `
      import { createImageServer, listen } from './src/apps/server/index.ts';
      const report = ({ code, message, hint }) => console.log(code, message, hint);
      await listen({ fetch: () => new Response('x'), close: async () => undefined }, { port: 0 }).catch(report);`;
    const options = ['--disable-warning=ExperimentalWarning', '--experimental-strip-types', '--input-type=module'];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, '--eval', script], { cwd: copy });
    expect(stdout.trim()).toBe(
      `not_configured a server needs the package ${missing}, which is not installed Run: npm install hono @hono/node-server`,
    );
  });
});

/** @returns the code of the error, or `open` */
function openConnectionTo(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once('connect', () => {
      socket.destroy();
      resolve('open');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
}
