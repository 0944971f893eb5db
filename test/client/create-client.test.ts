/** What the client sends, and what it makes of each answer: a server that answers as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { ApiError, createClient } from '../../src/client/index.ts';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, request: Received, index: number) => void;

const closers: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

/** Starts a server on 127.0.0.1. @param answer gets the number of the request, from 0 */
async function startAnswering(answer: Answer) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const all = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    received.push(all);
    answer(response, all, received.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, received, client: createClient({ url, token: 'secret', reconnectMs: 1 }) };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('a request', () => {
  it('has each field where its route takes it', async () => {
    const { client, received } = await startAnswering((response) => json(response, 200, {}));
    await client.generate({ prompt: 'a fox', n: 2, wait: 0 });
    await client.searchImages({ text: 'red fox', kept: false, after: undefined });
    await client.tagImage({ id: 'a b', tags: ['x'] });
    await client.listStyles();
    expect(received.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/api/generate?wait=0', '{"prompt":"a fox","n":2}'],
      ['GET', '/api/images?text=red+fox&kept=false', ''],
      ['PUT', '/api/images/a%20b/tags', '{"tags":["x"]}'],
      ['GET', '/api/styles', ''],
    ]);
  });

  it('has the token, and a key only where it costs money', async () => {
    const { client, received } = await startAnswering((response) => json(response, 200, {}));
    await client.generate({ prompt: 'a' });
    await client.generate({ prompt: 'a' });
    await client.generate({ prompt: 'a' }, { idempotencyKey: 'mine' });
    await client.plan({ prompt: 'a' });
    const [one, other, mine, free] = received.map(({ headers }) => headers['idempotency-key']);
    expect(one).toMatch(/^[\w-]{32,36}$/);
    expect(other).not.toBe(one);
    expect([mine, free]).toEqual(['mine', undefined]);
    expect(received.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer secret'));
  });

  it('takes the token and the folder from the address', async () => {
    const { url, received } = await startAnswering((response) => json(response, 200, {}));
    await createClient({ url: `${url}/images/#token=of-the-address` }).listStyles();
    expect(received[0]).toMatchObject({
      url: '/images/api/styles',
      headers: { authorization: 'Bearer of-the-address' },
    });
  });

  it('is sent by the given function', async () => {
    const urls: string[] = [];
    const fetch = async (url: string) => {
      urls.push(url);
      return Response.json({ styles: [] });
    };
    await createClient({ url: 'http://images.example', fetch }).listStyles();
    expect(urls).toEqual(['http://images.example/api/styles']);
  });

  it('follows no redirect, which would carry the token to another host', async () => {
    const other = await startAnswering((response) => json(response, 200, {}));
    const { client } = await startAnswering((response) => response.writeHead(307, { location: other.url }).end());
    expect(await errorOf(client.listStyles())).toMatchObject({ code: 'network_failed' });
    expect(other.received).toEqual([]);
  });

  it('ends with the error of the signal', async () => {
    const { client } = await startAnswering(() => undefined);
    const reason = new Error('enough');
    await expect(client.listStyles({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('an error', () => {
  it('has what the server says', async () => {
    const { client } = await startAnswering((response) =>
      json(
        response,
        402,
        {
          error: {
            ...{ message: 'Nothing is left.', type: 'insufficient_quota', param: 'n', code: 'budget_exceeded' },
            imagen: { code: 'budget_exceeded', charged: 'no', call: 'run-1', job: 'job-1', hint: 'Wait.' },
          },
        },
        { 'x-request-id': 'req_1', 'retry-after': '7' },
      ),
    );
    expect(await errorOf(client.generate({ prompt: 'a' }, { idempotencyKey: 'k' }))).toMatchObject({
      ...{ status: 402, code: 'budget_exceeded', message: 'Nothing is left.', charged: 'no', hint: 'Wait.' },
      ...{ param: 'n', call: 'run-1', job: 'job-1', requestId: 'req_1', retryAfterMs: 7000, idempotencyKey: 'k' },
      mayRetry: false,
    });
  });

  it.each([
    ['a proxy answers for the server', 502, 'unknown'],
    ['the request was wrong', 400, 'no'],
  ])('without a description says whether it may have been charged: %s', async (_, status, charged) => {
    const { client } = await startAnswering((response) => response.writeHead(status).end('<html>'));
    expect(await errorOf(client.generate({ prompt: 'a' }))).toMatchObject({
      status,
      charged,
      code: 'unreadable_answer',
      hint: expect.stringContaining('login page'),
    });
    expect(await errorOf(client.listStyles())).toMatchObject({ charged: 'no' });
  });

  it('has the key of a request whose answer was lost, and the same request with it is the same call', async () => {
    const { client, received } = await startAnswering((response, _, index) =>
      index === 0 ? void response.destroy() : void json(response, 200, {}),
    );
    const error = await errorOf(client.generate({ prompt: 'a' }));
    expect(error).toMatchObject({ code: 'network_failed', status: 0, charged: 'unknown', mayRetry: false });
    await client.generate({ prompt: 'a' }, { idempotencyKey: error.idempotencyKey });
    expect(new Set(received.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([error.idempotencyKey]));
  });

  it('is thrown for an answer that ends too early, or is not JSON', async () => {
    const { client } = await startAnswering((response, _, index) => {
      response.writeHead(200, { 'content-type': 'application/json', ...(index === 0 && { 'content-length': '99' }) });
      if (index === 0) response.write('{"a":', () => response.destroy());
      else response.end('<html>');
    });
    const lost = await errorOf(client.generate({ prompt: 'a' }));
    expect(lost).toMatchObject({ code: 'network_failed', charged: 'unknown', idempotencyKey: expect.any(String) });
    expect(await errorOf(client.generate({ prompt: 'a' }))).toMatchObject({ code: 'unreadable_answer', status: 200 });
  });
});

it('throws an error that a server sends after the status, to keep an idle connection open', async () => {
  const { client } = await startAnswering((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('\n\n');
    response.end(
      JSON.stringify({ error: { message: 'No.', code: 'no_image', imagen: { code: 'no_image', charged: 'yes' } } }),
    );
  });
  const error = await errorOf(client.generate({ prompt: 'a' }));
  expect(error).toMatchObject({ code: 'no_image', charged: 'yes', status: 200 });
});

describe('a stream of events', () => {
  const run = { id: 'r' };
  const eventText = (cursor: string, type: string) =>
    `id: ${cursor}\nevent: ${type}\ndata: ${JSON.stringify({ cursor, type, run })}\n\n`;
  const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

  it('is opened again behind the last event, and ends with the run', async () => {
    const { client, received } = await startAnswering((response, _, index) => {
      if (index === 1) return void response.writeHead(503).end();
      open(response);
      if (index === 0)
        return void response.write(`: connected\n\n${eventText('p.1', 'submitted')}`, () => response.destroy());
      response.write(': keep-alive\n\n');
      // A character of several bytes, and an event in two parts.
      const text = Buffer.from(eventText('p.2', 'done').replace('"r"', '"ü"'));
      const middle = text.indexOf(0xbc);
      response.write(text.subarray(0, middle), () => setImmediate(() => response.end(text.subarray(middle))));
    });
    const types: string[] = [];
    const ids: string[] = [];
    for await (const event of client.watchRun({ id: 'r' })) {
      types.push(event.type);
      ids.push(event.run.id);
    }
    expect(types).toEqual(['submitted', 'done']);
    expect(ids).toEqual(['r', 'ü']);
    const after = received.map(({ url }) => url);
    expect(after).toEqual(['/api/runs/r/events', '/api/runs/r/events?after=p.1', '/api/runs/r/events?after=p.1']);
  });

  it('fails when the first connection fails, or the server refuses the run', async () => {
    const { client } = await startAnswering((response) => json(response, 503, {}));
    expect(await errorOf(client.watchRun({ id: 'r' })[Symbol.asyncIterator]().next())).toMatchObject({ status: 503 });
    const { client: refused } = await startAnswering((response, _, index) => {
      if (index > 0) return void json(response, 404, {});
      open(response).write(eventText('p.1', 'submitted'), () => response.destroy());
    });
    const events = refused.watchRun({ id: 'r' })[Symbol.asyncIterator]();
    expect(await events.next()).toMatchObject({ value: { type: 'submitted' } });
    expect(await errorOf(events.next())).toMatchObject({ status: 404 });
  });

  it('closes its connection when the caller leaves the loop', async () => {
    const closed = Promise.withResolvers<void>();
    const { client } = await startAnswering((response) => {
      response.on('close', closed.resolve);
      open(response).write(eventText('p.1', 'submitted'));
    });
    for await (const _ of client.watchRuns()) break;
    await closed.promise;
  });

  it('ends with the error of the signal, also between two connections', async () => {
    const stop = new AbortController();
    const { client } = await startAnswering((response) => {
      open(response).write(eventText('p.1', 'submitted'));
    });
    const events = client.watchRuns({}, { signal: stop.signal })[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});

/** Bundles one export for a browser. */
async function bundle(name: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${name} } from './src/client/index.ts';`, resolveDir: '.' },
    ...{ bundle: true, minify: true, write: false, metafile: true, format: 'esm', platform: 'browser' },
  });
  const used = Object.entries(Object.values(metafile.outputs)[0]!.inputs).filter(
    ([, { bytesInOutput }]) => bytesInOutput > 0,
  );
  return { bytes: outputFiles[0]!.contents.length, inputs: used.map(([path]) => path) };
}

it('is a few kilobytes in a browser, without a schema library', async () => {
  const client = await bundle('createClient');
  const run = await bundle('createImageRun');
  const others = [...client.inputs, ...run.inputs].filter((path) => !/^src\/client\/|^<stdin>$/.test(path));
  expect(new Set(others)).toEqual(new Set(['src/providers/protocol/shared/random-id.ts']));
  expect(client.bytes).toBeLessThan(9_000);
  expect(run.bytes).toBeLessThan(6_000);
});

describe('before anything is sent', () => {
  const url = 'http://127.0.0.1:1';

  it.each<[unknown, string]>([
    [undefined, 'the settings must be an object'],
    ['http://images.example', 'the settings must be an object'],
    [{}, 'url must be the address of the server'],
    [{ url: 'images.example' }, 'url must be the address of the server'],
    [{ url: 'ftp://images.example' }, 'url must be the address of the server'],
    [{ baseUrl: url }, 'an unknown setting "baseUrl"'],
    [{ url, token: 3 }, 'token must be a text'],
    [{ url, token: 'a\n' }, 'token must be a text'],
    [{ url, fetch: {} }, 'fetch must be a function'],
    [{ url, reconnectMs: -1 }, 'reconnectMs must be a number'],
  ])('the settings %j are refused', (settings, message) => {
    // As JavaScript can.
    expect(() => createClient(settings as { url: string })).toThrow(new RegExp(`^createClient: .*${message}`));
  });

  it('a request without a field of its path, or with a wrong option, is refused', async () => {
    const { client, received } = await startAnswering((response) => json(response, 200, {}));
    const wrong = [
      client.deleteImage({} as { id: string }),
      client.getRun({ id: '' }),
      client.generate({ prompt: 'a' }, { idempotencykey: 'a' } as object),
      client.generate({ prompt: 'a' }, { idempotencyKey: 'a\nb' }),
      client.generate({ prompt: 'a' }, { signal: 3 as unknown as AbortSignal }),
    ];
    const messages = await Promise.all(wrong.map((each) => each.catch((error: unknown) => String(error))));
    expect(messages).toEqual([
      'TypeError: the field id is missing',
      'TypeError: the field id is missing',
      'TypeError: the options of a request have an unknown option "idempotencykey". Known are signal, idempotencyKey',
      'TypeError: the option idempotencyKey must be a text of ASCII characters, without line breaks',
      'TypeError: the option signal must be an AbortSignal',
    ]);
    expect(received).toEqual([]);
  });
});
