/** The sink that sends signed requests. The receiver checks the signature with a few lines of its own. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type UsageRecord, usageSinkStates, webhookSink } from '../../src/usage/index.ts';
import { small } from '../manager/support.ts';
import { useFolder } from '../store/support.ts';
import { recordOf, useShops } from './support.ts';

const openShop = useShops(useFolder());
const { signal } = new AbortController();
const key = Buffer.alloc(32, 7);
const secret = `whsec_${key.toString('base64')}`;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly url: string | undefined;
}

/** Starts a receiver. @param statuses of its answers; the last one repeats. `undefined`: never answers */
async function startReceiver(...statuses: readonly (number | undefined)[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body, url: request.url });
      const status = statuses[Math.min(received.length, statuses.length) - 1];
      if (status !== undefined)
        response.writeHead(status, { location: '/elsewhere' }).end('private words of the server');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=very-secret` };
}

/** As a receiver does it, by the text of the specification. */
function isSigned({ headers, body }: Received): boolean {
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = createHmac('sha256', key).update(signed).digest();
  return version === 'v1' && timingSafeEqual(Buffer.from(signature, 'base64'), expected);
}

it('sends a signed batch that a receiver can verify', async () => {
  const { received, url } = await startReceiver(204);
  await webhookSink({ url, secret, now: () => Date.UTC(2026, 10, 29) }).record([recordOf('a'), recordOf('b')], signal);
  const [request] = received as [Received];
  expect(isSigned(request)).toBe(true);
  expect(request.headers['webhook-timestamp']).toBe(String(Date.UTC(2026, 10, 29) / 1000));
  expect(JSON.parse(request.body)).toEqual({
    ...{ type: 'usage.recorded', timestamp: '2026-11-29T00:00:00.000Z' },
    data: [recordOf('a'), recordOf('b')],
  });
  // The check bites.
  expect(isSigned({ ...request, body: `${request.body} ` })).toBe(false);
});

it('sends the same batch again with the same id, and a changed one with another', async () => {
  const { received, url } = await startReceiver(200);
  const sink = webhookSink({ url, secret });
  for (const revision of [1, 1, 2]) await sink.record([recordOf('a', { revision })], signal);
  const [first, again, changed] = received.map(({ headers }) => headers['webhook-id']);
  expect(again).toBe(first);
  expect(changed).not.toBe(first);
});

it.each([
  [500, 30_000, 'it answered with HTTP 500'],
  [307, 30_000, 'it answered with HTTP 307'],
  [undefined, 1_000, 'no answer within 1 s'],
])(
  'fails on the answer %s, follows no redirect, and shows neither address nor answer',
  async (status, timeoutMs, why) => {
    const { received, url } = await startReceiver(status);
    const failed = webhookSink({ url, secret, timeoutMs }).record([recordOf('a')], signal);
    await expect(failed).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(why) });
    const shown = await failed.catch((error: unknown) => `${error} ${JSON.stringify(error)} ${(error as Error).stack}`);
    expect(shown).not.toMatch(/very-secret|\/hook|whsec_|private words/);
    expect(received).toHaveLength(1);
  },
);

it('stops when the delivery is closed', async () => {
  const { url } = await startReceiver(undefined);
  const controller = new AbortController();
  const failed = webhookSink({ url, secret }).record([recordOf('a')], controller.signal);
  controller.abort();
  await expect(failed).rejects.toMatchObject({ code: 'unavailable' });
});

it('keeps records of a receiver that fails, and delivers them when it works again', async () => {
  const { received, url } = await startReceiver(503, 200);
  const { manager, usage, store } = openShop([webhookSink({ url, secret })]);
  await manager.generate(small);
  expect(await usage.flush()).toBe(1);
  const [state] = await usageSinkStates(store);
  expect(state?.lastError).toMatch(
    /^the webhook at 127\.0\.0\.1:\d+ did not take the records: it answered with HTTP 503$/,
  );
  while (received.length < 2) await new Promise((done) => setTimeout(done, 20));
  expect(await usage.flush()).toBe(0);
  const [first, second] = received.map(({ body }) => (JSON.parse(body) as { data: UsageRecord[] }).data[0]?.id);
  expect(second).toBe(first);
});

it.each([
  ['http://example.com/hook?key=very-secret', secret, 'url must begin with https://'],
  ['https://user:very-secret@example.com', secret, 'url contains a user or a password'],
  ['very-secret', secret, 'url is not an address'],
  ['https://example.com', 'very-secret', 'secret must have at least 24 characters'],
  ['https://example.com', 'whsec_very-secret-and-no-base64', 'secret must be whsec_ and base64 of 24 to 64 bytes'],
])('refuses settings that cannot be used (%#)', (url, given, message) => {
  const create = () => webhookSink({ url, secret: given });
  expect(create).toThrow(message);
  expect(create).not.toThrow('very-secret');
});
