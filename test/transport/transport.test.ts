/**
 * The transport alone: the details in its errors, the resources that it releases, and its calls of the caller's functions. Faults through a
 * complete provider are in test/faults.
 */
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTransportContext } from '../../src/transport/context.ts';
import {
  createTransport,
  type TransportCall,
  TransportError,
  type TransportSettings,
} from '../../src/transport/index.ts';
import { closeServers, head, startServer, until } from '../faults/hostile-server.ts';

afterAll(closeServers);

const call: TransportCall = {
  request: { method: 'POST', url: 'images', body: { kind: 'json', value: {} } },
  locate: () => [{ bytes: new Uint8Array(1), metadata: {} }],
};

const attempt = (settings: TransportSettings, more: Partial<TransportCall> = {}) =>
  createTransport({ deadlineMs: 3_000, ...settings })
    .generateImageBytes({ ...call, ...more })
    .catch((error: unknown) => error);

describe('an error', () => {
  it('contains the request id, the requested delay and the number of attempts', async () => {
    const server = await startServer((hit) =>
      hit.reply(429, 'slow', { 'x-request-id': `req-${server.hits.length}`, 'retry-after-ms': '100' }),
    );

    expect(await attempt({ baseUrl: server.origin })).toMatchObject({
      fault: 'rate_limit',
      requestId: 'req-4',
      retryAfterMs: 100,
      attempts: 4,
      outcome: 'failed',
    });
  });

  it('about an unreadable reply contains its status and request id', async () => {
    const server = await startServer((hit) => hit.reply(200, '{"a":', { 'x-request-id': 'req-1' }));

    expect(await attempt({ baseUrl: server.origin })).toMatchObject({
      fault: 'unreadable',
      outcome: 'unknown',
      status: 200,
      requestId: 'req-1',
    });
  });

  it('an error with an endless message has its status, and its outcome is known', async () => {
    const server = await startServer((hit) => hit.write(`${head(400, { 'content-length': '99' })}{"error"`));

    const error = await attempt({ baseUrl: server.origin, attemptTimeoutMs: 300 });

    expect(error).toMatchObject({ fault: 'refused', status: 400, outcome: 'failed' });
    expect(await until(() => server.hits[0]?.socket.closed === true, 1_000)).toBe(true);
  });

  it('U01: an error stays unknown after an attempt with an unknown outcome, whatever the next reply says', async () => {
    for (const status of [400, 401, 402, 429, 503]) {
      const server = await startServer((hit, nth) => {
        if (nth > 1) return hit.reply(status, 'no', { 'x-should-retry': 'false' });
        hit.bill();
        return hit.reset();
      });
      const idempotency = { header: 'idempotency-key', key: 'k' };
      const explain = () => ({ message: 'no', tag: 'rate_limited' });

      const error = await attempt({ baseUrl: server.origin }, { idempotency, explain });

      expect(error).toMatchObject({ status, outcome: 'unknown', attempts: 2, tag: undefined });
      expect(server.bills()).toBe(1);
    }
  });

  it('U01: an error stays unknown after an attempt with an unknown outcome if the server then refuses connections', async () => {
    const server = await startServer((hit) => {
      hit.reset();
      void server.close();
    });
    const idempotency = { header: 'idempotency-key', key: 'k' };

    expect(await attempt({ baseUrl: server.origin }, { idempotency })).toMatchObject({ outcome: 'unknown' });
  });

  it('does not show its ticket when it is printed', () => {
    const ticket = { id: 'a', submittedAt: 0, state: { pollUrl: 'https://a.example/?token=canary' } };
    const error = new TransportError('x', { fault: 'timeout', step: 'poll', ticket });

    expect(error.ticket).toBe(ticket);
    expect(inspect(error) + JSON.stringify(error)).not.toContain('canary');
  });
});

describe('a transport', () => {
  it('cancels the bodies that it does not read', async () => {
    const server = await startServer((hit) => {
      if (hit.path === '/303') hit.write(head(303, { location: '/', 'content-length': '99999' }));
      else hit.write(`${head(418, { 'content-length': '99999999' })}${'x'.repeat(100_000)}`);
    });

    for (const url of ['303', 'teapot']) {
      await attempt({ baseUrl: server.origin }, { request: { method: 'POST', url } });
    }

    expect(await until(() => server.hits.every(({ socket }) => socket.closed), 2_000)).toBe(true);
  });

  it('leaves no listener on the caller’s signal', async () => {
    const server = await startServer((hit) => hit.reply(200, {}));
    const { signal } = new AbortController();

    await createTransport({ baseUrl: server.origin }).generateImageBytes(call, { signal });

    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('ends at the deadline although signing a request never ends', async () => {
    const auth = { authorize: () => new Promise<never>(() => undefined), secrets: () => [] };

    expect(await attempt({ baseUrl: 'http://127.0.0.1:9', auth, deadlineMs: 100 })).toMatchObject({
      fault: 'timeout',
      outcome: 'failed',
    });
  });

  it('rethrows errors of the caller’s functions unchanged', async () => {
    const auth = {
      authorize() {
        throw new RangeError('no token today');
      },
      secrets: () => [],
    };

    expect(await attempt({ baseUrl: 'http://127.0.0.1:9', auth })).toBeInstanceOf(RangeError);
  });

  it('recognises a redirect whose target the browser hides', async () => {
    const hidden = { type: 'opaqueredirect', status: 0, ok: false, headers: new Headers(), body: null };
    const fetch = async () =>
      Object.assign(
        Object.create(Response.prototype, {
          ...Object.fromEntries(Object.entries(hidden).map(([name, value]) => [name, { value }])),
        }) as Response,
      );

    expect(await attempt({ baseUrl: 'http://127.0.0.1:9', fetch })).toMatchObject({ fault: 'redirect', isFinal: true });
  });

  it('cancels a job after the caller aborts, and ignores an error while cancelling', async () => {
    const server = await startServer((hit) => hit.reply(200, {}));
    const transport = createTransport({ baseUrl: server.origin });
    const caller = new AbortController();
    const job = {
      open: () => ({ id: 'a' }),
      poll: () => ({ method: 'GET', url: 'a' }) as const,
      read() {
        caller.abort();
        return { kind: 'running' } as const;
      },
      cancel() {
        throw new Error('cannot say');
      },
    };

    const working = transport.generateImageBytes({ ...call, job }, { signal: caller.signal });

    await expect(working).rejects.toMatchObject({ fault: 'aborted', ticket: { id: 'a' } });
    await transport.close();
  });
});

describe('memory of replies', () => {
  const { fetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = fetch;
  });

  it('is reclaimed only from the platform’s own fetch, never from a replacement by a tool or a caller', () => {
    const baseUrl = 'http://127.0.0.1:9';
    expect(createTransportContext({ baseUrl }).mayReclaimChunks()).toBe(true);
    expect(createTransportContext({ baseUrl, fetch }).mayReclaimChunks()).toBe(false);

    globalThis.fetch = (...request) => fetch(...request);
    expect(createTransportContext({ baseUrl }).mayReclaimChunks()).toBe(false);
  });
});
