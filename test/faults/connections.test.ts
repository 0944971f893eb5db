/** Faults of connections: certificates, names, proxies, reused sockets, and many concurrent calls. */
import dns from 'node:dns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAiImageError } from '../../src/index.ts';
import { startStopwatch } from '../support/stopwatch.ts';
import { expiredCertificate, loopbackCertificate, loopbackKey } from '../transport/platform/loopback-cert.ts';
import { closeServers, startServer } from './hostile-server.ts';
import { failure, KEY, loadAdapters, openai, openaiReply, PROMPT, runChild } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

const request = { prompt: PROMPT };

describe('H24: a certificate', () => {
  it.each([
    ['is not trusted', loopbackCertificate],
    ['is expired', expiredCertificate],
  ])('a certificate that %s ends the call before anything is sent, and nothing is retried', async (_what, cert) => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()), { tls: { key: loopbackKey, cert } });

    const error = await failure(openai(server).generate(request));

    expect(error).toMatchObject({ code: 'unavailable', charged: 'no' });
    expect(error.message).toMatch(/SELF_SIGNED|EXPIRED/);
    expect(server.hits).toHaveLength(0);
    expect(server.connections()).toBeLessThanOrEqual(1);
  });
});

it('C11: a caller’s idempotency key does not make a submit retryable at a vendor that does not honour such keys', async () => {
  const server = await startServer((hit) => {
    hit.bill();
    hit.reset();
  });

  const error = await failure(openai(server).generate(request, { idempotencyKey: 'a-key-of-the-caller' }));

  expect(error).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  expect([server.hits.length, server.bills()]).toEqual([1, 1]);
  expect(JSON.stringify(server.hits[0]?.headers)).not.toContain('a-key-of-the-caller');
});

describe('a host name', () => {
  it.each(['EAI_AGAIN', 'ENOTFOUND'])(
    'H30: a host name that cannot be resolved twice (%s) is retried, because nothing was sent',
    async (code) => {
      const server = await startServer((hit) => {
        hit.bill();
        hit.reply(200, openaiReply());
      });
      const lookups = patchLookup((count) => (count <= 2 ? code : [{ address: '127.0.0.1', family: 4 }]));

      await openai({ origin: `http://vendor.internal:${server.port}` }, { deadlineMs: 8_000 })
        .generate(request)
        .finally(lookups.restore);

      expect(lookups.count()).toBe(3);
      expect(server.bills()).toBe(1);
    },
  );

  it('H31: a host name whose first address does not answer is reached at its second address within about a second', async () => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()));
    // 100::/64 discards everything (RFC 6666). Here it may also be refused at once, which tests the same.
    const lookups = patchLookup(() => [
      { address: '100::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const elapsedMs = startStopwatch();

    await openai({ origin: `http://vendor.internal:${server.port}` })
      .generate(request)
      .finally(lookups.restore);

    expect(elapsedMs()).toBeLessThan(1_500);
  });
});

it('H29: the error for a proxy that answers 407 names the proxy but not its password, and says that nothing was sent', async () => {
  const proxy = await startServer((hit) => hit.reply(407, 'who are you?', { 'proxy-authenticate': 'Basic' }));
  const url = `http://someone:canary-password@127.0.0.1:${proxy.port}`;
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: url, http_proxy: url, NO_PROXY: '', no_proxy: '' };

  const { output } = await runChild('call-through-proxy.ts', env);

  expect(proxy.hits.length).toBe(1);
  expect(JSON.parse(output)).toMatchObject({ code: 'unavailable', charged: 'no' });
  expect(output).toContain('407');
  expect(output).not.toContain('canary-password');
  expect(output).not.toContain(Buffer.from('someone:canary-password').toString('base64'));
});

describe('H28: a reused connection', () => {
  it('a reused connection that the server closes while the next request is written never causes a second charge', async () => {
    const tries = 120;
    const server = await startServer((hit, nth) => {
      hit.bill();
      hit.reply(200, openaiReply());
      if (nth % 3 === 0) setImmediate(() => hit.socket.resetAndDestroy());
      else if (nth % 3 === 1) hit.socket.end();
    });
    const provider = openai(server);

    let done = 0;
    let unknown = 0;
    for (let call = 0; call < tries; call++) {
      const before = server.bills();
      const result = await provider.generate(request).catch((error: unknown) => error);
      if (!isAiImageError(result)) done++;
      else if (result.code === 'outcome_unknown') unknown++;
      else expect(result.code).toBe('unavailable');
      expect(server.bills() - before).toBeLessThanOrEqual(1);
    }

    expect(server.bills()).toBeLessThanOrEqual(done + unknown);
    expect(done).toBeGreaterThan(tries / 3);
  });
});

describe('a large number of calls', () => {
  it('H33: 1,000 calls to a vendor that is down send at most 1,100 requests, spread over time', async () => {
    const server = await startServer((hit) => hit.reply(503, { error: { message: 'down' } }));
    const waits: number[] = [];
    const hooks = { onRetry: ({ delayMs }: { delayMs: number }) => void waits.push(delayMs) };
    const provider = openai(server, { deadlineMs: 20_000, hooks });

    const codes = await Promise.all(
      Array.from({ length: 1_000 }, () => failure(provider.generate(request)).then(({ code }) => code)),
    );

    expect(new Set(codes)).toEqual(new Set(['unavailable']));
    expect(server.hits.length).toBeGreaterThan(1_000);
    expect(server.hits.length).toBeLessThanOrEqual(1_100);
    const crowded = Array.from(
      { length: 10 },
      (_, tenth) => waits.filter((ms) => Math.floor(ms / 50) === tenth).length,
    );
    expect(Math.max(...crowded)).toBeLessThan(waits.length / 2);
  });

  it('H35: 200 calls never open more sockets than allowed', async () => {
    const server = await startServer(async (hit) => {
      await new Promise((done) => setTimeout(done, 10));
      hit.reply(200, openaiReply());
    });
    const provider = openai(server, { limits: { maxConcurrent: 8 }, deadlineMs: 60_000 });

    await Promise.all(Array.from({ length: 200 }, () => provider.generate(request)));

    expect(server.hits).toHaveLength(200);
    expect(server.mostSockets()).toBeLessThanOrEqual(8);
  });

  it('H35: calls wait for a connection until their deadline, and calls that were never sent are not charged', async () => {
    const server = await startServer(async (hit) => {
      await new Promise((done) => setTimeout(done, 100));
      hit.reply(200, openaiReply());
    });
    const provider = openai(server, { limits: { maxConcurrent: 8 }, deadlineMs: 700 });
    const elapsedMs = startStopwatch();

    const calls = Array.from({ length: 200 }, () => provider.generate(request).catch((error: unknown) => error));
    const errors = (await Promise.all(calls)).filter(isAiImageError);

    expect(elapsedMs()).toBeLessThan(1_700);
    const neverSent = errors.filter(({ code, charged }) => code === 'timeout' && charged === 'no');
    const others = errors.filter((error) => !neverSent.includes(error));
    expect(neverSent.length).toBeGreaterThan(50);
    expect(neverSent.length + server.hits.length).toBeLessThanOrEqual(200);
    // Calls that were running at the deadline may have been charged.
    expect(others.map(({ code }) => code)).toEqual(others.map(() => 'outcome_unknown'));
  });

  it('a process exits by itself after a failed call: no unhandled rejection, no timer left', async () => {
    const server = await startServer((hit) => hit.reply(500, { error: { message: `bad key ${KEY}` } }));

    const { output, errors, exitCode, durationMs } = await runChild('fail-and-exit.ts', {
      BASE_URL: `${server.origin}/v1`,
      API_KEY: KEY,
    });

    expect({ output, errors, exitCode }).toEqual({ output: 'outcome_unknown', errors: '', exitCode: 0 });
    expect(durationMs).toBeLessThan(8_000);
  });
});

type Answer = string | readonly { readonly address: string; readonly family: number }[];

/** The system resolves names and cannot be made to fail, so its result is replaced. */
function patchLookup(answer: (count: number) => Answer) {
  const original = dns.lookup;
  let count = 0;
  const lookup = (hostname: string, options: unknown, callback: (...result: unknown[]) => void) => {
    count++;
    const found = answer(count);
    if (typeof found !== 'string') {
      const { all } = options as { all?: boolean };
      return all
        ? process.nextTick(callback, null, found)
        : process.nextTick(callback, null, found[0]?.address, found[0]?.family);
    }
    const error = Object.assign(new Error(`getaddrinfo ${found} ${hostname}`), { code: found, syscall: 'getaddrinfo' });
    return process.nextTick(callback, error);
  };
  Object.assign(dns, { lookup });
  return {
    count: () => count,
    restore: () => {
      Object.assign(dns, { lookup: original });
    },
  };
}
