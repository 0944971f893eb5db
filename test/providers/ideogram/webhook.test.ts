/** Ideogram signs with keys that it publishes. Source of the signature scheme: https://developer.ideogram.ai/ideogram-api/webhooks. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIdeogram } from '../../../src/providers/ideogram/index.ts';
import { type CaptureServer, openCaptureServer } from '../support/wire-parity.ts';

const first = generateKeyPairSync('ed25519');
const second = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

let published: readonly KeyObject[] = [];
let server: CaptureServer;
beforeAll(async () => {
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published.map((key) => key.export({ format: 'jwk' })) }));
  });
});
beforeEach(() => {
  published = [first.publicKey];
  server.forget();
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => server[Symbol.asyncDispose]());

const create = () =>
  createIdeogram({
    apiKey: 'ideo-hook-0123456789',
    baseUrl: server.origin,
    keysUrl: `${server.origin}/v1/.well-known/jwks.json`,
  });
const done = JSON.stringify({ generation_id: 'g1', created: '2026-11-20T10:00:00Z', data: [] });
const now = () => Math.floor(Date.now() / 1000);

/** As the vendor signs: four lines, the last one the hash of the body. */
function signed(body: string, { key = first.privateKey, at = now() } = {}) {
  const lines = ['g1', 'user-1', String(at), createHash('sha256').update(body).digest('hex')];
  return {
    'X-Ideogram-Webhook-Generation-Id': 'g1',
    'X-Ideogram-Webhook-User-Id': 'user-1',
    'X-Ideogram-Webhook-Timestamp': String(at),
    'X-Ideogram-Webhook-Signature': sign(null, Buffer.from(lines.join('\n')), key).toString('hex'),
  };
}

describe('a webhook of Ideogram', () => {
  it('is accepted when a published key signed it, and the keys are fetched once', async () => {
    const provider = create();

    expect(await provider.parseWebhook!(signed(done), done)).toEqual({
      provider: 'ideogram',
      jobId: 'g1',
      state: 'done',
    });
    expect(await provider.parseWebhook!(signed(done), done)).toMatchObject({ state: 'done' });
    expect(server.captured.map(({ path }) => path)).toEqual(['/v1/.well-known/jwks.json']);
  });

  it('is accepted after the vendor changed its keys', async () => {
    const provider = create();
    await provider.parseWebhook!(signed(done), done);
    published = [second.publicKey];
    vi.advanceTimersByTime(60_000);

    const headers = signed(done, { key: second.privateKey });
    expect(await provider.parseWebhook!(headers, done)).toMatchObject({ state: 'done' });
    expect(server.captured).toHaveLength(2);
  });

  it.each([
    ['W01 without a signature', () => ({}), done],
    ['W02 signed with another key', () => signed(done, { key: stranger.privateKey }), done],
    ['W02 with an invalid signature', () => ({ ...signed(done), 'X-Ideogram-Webhook-Signature': 'zz' }), done],
    ['W03 with a signature of a reformatted body', () => signed(done), JSON.stringify(JSON.parse(done), null, 1)],
    ['W05 signed six minutes ago', () => signed(done, { at: now() - 360 }), done],
    ['W05 signed six minutes ahead', () => signed(done, { at: now() + 360 }), done],
    ['for another user', () => ({ ...signed(done), 'X-Ideogram-Webhook-User-Id': 'user-2' }), done],
  ])('is refused %s', async (_, headers, body) => {
    await expect(create().parseWebhook!(headers(), body)).rejects.toMatchObject({
      code: 'authentication',
      charged: 'no',
    });
  });
});
