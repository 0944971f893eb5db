/** Webhooks: believed only with a fresh signature over exactly the bytes that came. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { defineProvider, webhookFeature } from '../../../../src/providers/kit/index.ts';
import type { AiImageError } from '../../../../src/providers/protocol/index.ts';
import { createProvider } from '../../../../src/providers/registry.ts';
import { openVendor, sampleParts, sendJson } from '../support/vendor.ts';

/** How often keys are asked for is a matter of time, and no test waits a minute. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const apiKey = 'sample-key-0123456789';
const SECRET = 'hook-secret-0123456789';
const now = () => Math.floor(Date.now() / 1000);
const body = JSON.stringify({ id: 'job-1', state: 'done' });
const failure = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('it was believed')),
    (error: AiImageError) => error,
  );

const bodySchema = z.object({ id: z.string(), state: z.enum(['done', 'failed']), why: z.optional(z.string()) });
const toReport = ({ id, state, why }: z.infer<typeof bodySchema>) => ({
  jobId: id,
  state,
  ...(why !== undefined && { message: why }),
});

const withSecret = defineProvider({
  ...sampleParts,
  settingsSchema: z.strictObject({ webhookSecret: z._default(z.union([z.string(), z.array(z.string())]), SECRET) }),
  secretSettings: ['webhookSecret'],
  webhook: {
    feature: webhookFeature,
    toProof: ({ headers, text, settings }) => {
      const { 'x-time': time, 'x-signature': signature } = headers;
      if (time === undefined || signature === undefined) return undefined;
      return {
        message: `${time}.${text}`,
        signedAt: Number(time),
        signatures: [new Uint8Array(Buffer.from(signature, 'hex'))],
        key: {
          kind: 'hmac-sha256',
          secrets: [settings.webhookSecret].flat().map((each) => new TextEncoder().encode(each)),
        },
      };
    },
    bodySchema,
    toReport,
  },
}).create({ apiKey });

const hmac = (text: string, time: number, secret = SECRET) => ({
  'X-Time': String(time),
  'X-Signature': createHmac('sha256', secret).update(`${time}.${text}`).digest('hex'),
});

describe('a webhook signed with a secret', () => {
  it('is read, with headers in any form', async () => {
    const headers = hmac(body, now());
    const report = { provider: 'sample', jobId: 'job-1', state: 'done' };
    expect(await withSecret.parseWebhook!(headers, body)).toEqual(report);
    expect(await withSecret.parseWebhook!(new Headers(headers), Buffer.from(body))).toEqual(report);
  });

  it.each([
    ['W01 without a signature', {}, body, /no readable signature/],
    ['W02 with another secret’s signature', hmac(body, now(), 'other-secret'), body, /does not match/],
    ['W02 with half a signature', { ...hmac(body, now()), 'X-Signature': 'abcd' }, body, /does not match/],
    ['W03 written in another way', hmac(body, now()), JSON.stringify(JSON.parse(body), null, 1), /does not match/],
    ['W05 signed six minutes ago', hmac(body, now() - 360), body, /last five minutes/],
    ['W05 signed in six minutes', hmac(body, now() + 360), body, /last five minutes/],
    ['W05 signed at no time', { ...hmac(body, now()), 'X-Time': 'soon' }, body, /last five minutes/],
  ])('%s is rejected', async (_, headers, text, message) => {
    const error = await failure(withSecret.parseWebhook!(headers, text));
    expect(error).toMatchObject({ code: 'authentication', charged: 'no', message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });

  it('W07: a webhook signed with a secret is rejected at five megabytes', async () => {
    const long = 'x'.repeat(5 * 1024 * 1024);
    expect(await failure(withSecret.parseWebhook!(hmac(long, now()), long))).toMatchObject({ code: 'bad_response' });
  });

  it.each(['no json', '{"id":', '{"__proto__":{"polluted":1}}', '{"id":"job-1","state":"lost"}'])(
    'that is signed and says %s is a bad answer',
    async (text) => {
      expect(await failure(withSecret.parseWebhook!(hmac(text, now()), text))).toMatchObject({ code: 'bad_response' });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('redacts the key in the vendor’s message', async () => {
    const text = JSON.stringify({ id: 'job-1', state: 'failed', why: `no credit for ${apiKey}` });
    const { message } = await withSecret.parseWebhook!(hmac(text, now()), text);
    expect(message).toMatch(/no credit for/);
    expect(message).not.toContain(apiKey);
  });

  it('is unsupported for a vendor without webhooks', async () => {
    const without = defineProvider(sampleParts).create({ apiKey });
    expect(await failure(without.parseWebhook!({}, body))).toMatchObject({ code: 'unsupported' });
  });
});

describe('a webhook signed with one of the vendor’s published keys', () => {
  const pair = () => generateKeyPairSync('ed25519');
  const jwk = (key: KeyObject) => key.export({ format: 'jwk' });

  const signedBy = (privateKey: KeyObject, text = body) => ({
    'x-signature': sign(null, Buffer.from(text), privateKey).toString('hex'),
  });

  const create = (baseUrl: string) =>
    defineProvider({
      ...sampleParts,
      webhook: {
        feature: webhookFeature,
        toProof: ({ headers, text }) => ({
          message: text,
          signedAt: now(),
          signatures: [new Uint8Array(Buffer.from(headers['x-signature'] ?? '', 'hex'))],
          key: { kind: 'ed25519', keysUrl: `${baseUrl}/keys` },
        }),
        bodySchema,
        toReport,
      },
    }).create({ apiKey, baseUrl });

  it('is read; the keys are fetched once, without the credential', async () => {
    const [first, second] = [pair(), pair()];
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { keys: [{ kty: 'RSA' }, jwk(first.publicKey), jwk(second.publicKey)] }),
    );
    const provider = create(vendor.url);
    await provider.parseWebhook!(signedBy(second.privateKey), body);
    await provider.parseWebhook!(signedBy(first.privateKey), body);
    expect(vendor.received.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/v1/keys', undefined],
    ]);
  });

  it('is accepted with a new key once it is published, and never with an unknown key', async () => {
    const [old, fresh, foreign] = [pair(), pair(), pair()];
    let published = [old];
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { keys: published.map(({ publicKey }) => jwk(publicKey)) }),
    );
    const provider = create(vendor.url);
    await provider.parseWebhook!(signedBy(old.privateKey), body);
    published = [fresh];
    vi.advanceTimersByTime(60_000);
    await provider.parseWebhook!(signedBy(fresh.privateKey), body);
    expect(await failure(provider.parseWebhook!(signedBy(foreign.privateKey), body))).toMatchObject({
      code: 'authentication',
    });
    expect(await failure(provider.parseWebhook!(signedBy(old.privateKey), body))).toMatchObject({
      code: 'authentication',
    });
  });

  it('causes at most one request for the keys per minute if it is forged', async () => {
    const [real, foreign] = [pair(), pair()];
    await using vendor = await openVendor((_, response) => sendJson(response, { keys: [jwk(real.publicKey)] }));
    const provider = create(vendor.url);
    const forge = () => failure(provider.parseWebhook!(signedBy(foreign.privateKey), body));

    await Promise.all(Array.from({ length: 30 }, forge));
    await forge();
    expect(vendor.received).toHaveLength(1);
    vi.advanceTimersByTime(59_000);
    await forge();
    expect(vendor.received).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    await Promise.all([...Array.from({ length: 30 }, forge), provider.parseWebhook!(signedBy(real.privateKey), body)]);
    expect(vendor.received).toHaveLength(2);
  });

  it('does not fetch the keys again for a minute after that failed', async () => {
    const real = pair();
    let isDown = true;
    await using vendor = await openVendor((_, response) =>
      isDown ? void response.writeHead(503).end() : sendJson(response, { keys: [jwk(real.publicKey)] }),
    );
    const provider = create(vendor.url);
    const read = () => provider.parseWebhook!(signedBy(real.privateKey), body);

    const errors = await Promise.all([failure(read()), failure(read())]);
    isDown = false;
    expect([...errors, await failure(read())].map(({ code }) => code)).toEqual(Array(3).fill('unavailable'));
    expect(vendor.received).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(await read()).toMatchObject({ state: 'done' });
  });
});

describe('a webhook without a timestamp', () => {
  const create = () =>
    defineProvider({
      ...sampleParts,
      settingsSchema: z.strictObject({ webhookSecret: z.array(z.string()) }),
      webhook: {
        feature: webhookFeature,
        toProof: ({ headers, text, settings }) => ({
          message: text,
          signatures: [new Uint8Array(Buffer.from(headers['x-signature'] ?? '', 'hex'))],
          key: {
            kind: 'hmac-sha256',
            secrets: settings.webhookSecret.map((each) => new TextEncoder().encode(each)),
          },
        }),
        bodySchema: z.object({ id: z.string(), state: z.enum(['done', 'failed', 'running']) }),
        toReport: ({ id, state }) => ({ jobId: id, state }),
      },
    }).create({ apiKey, webhookSecret: ['new-secret-0123456789', SECRET] });
  const hook = (id: string, state: string, secret = SECRET) => {
    const text = JSON.stringify({ id, state });
    return [{ 'x-signature': createHmac('sha256', secret).update(text).digest('hex') }, text] as const;
  };

  it('is accepted once per job, because it may be a replay', async () => {
    const provider = create();
    expect(await provider.parseWebhook!(...hook('a', 'running'))).toMatchObject({ state: 'running' });
    expect(await failure(provider.parseWebhook!(...hook('a', 'running')))).toMatchObject({ code: 'invalid_request' });
    expect(await provider.parseWebhook!(...hook('a', 'done'))).toMatchObject({ state: 'done' });
    for (const state of ['done', 'failed', 'running']) {
      expect(await failure(provider.parseWebhook!(...hook('a', state)))).toMatchObject({
        code: 'invalid_request',
        charged: 'no',
        message: expect.stringContaining('already accepted'),
        cause: { provider: 'sample', jobId: 'a', state },
      });
    }
    expect(await provider.parseWebhook!(...hook('b', 'done'))).toMatchObject({ jobId: 'b' });
    expect(await create().parseWebhook!(...hook('a', 'done'))).toMatchObject({ jobId: 'a' });
  });

  it('is still accepted after a forged one', async () => {
    const provider = create();
    const forged = await failure(provider.parseWebhook!(...hook('a', 'done', 'other-secret-0123456789')));
    expect(forged).toMatchObject({ code: 'authentication' });
    expect(forged.cause).toBeUndefined();
    expect(await provider.parseWebhook!(...hook('a', 'done'))).toMatchObject({ state: 'done' });
  });

  it('is remembered for the last 10,000 jobs', async () => {
    const provider = create();
    for (let number = 0; number <= 10_000; number++) await provider.parseWebhook!(...hook(`job-${number}`, 'done'));
    expect(await provider.parseWebhook!(...hook('job-0', 'done'))).toMatchObject({ jobId: 'job-0' });
    expect(await failure(provider.parseWebhook!(...hook('job-10000', 'done')))).toMatchObject({
      code: 'invalid_request',
    });
  });

  it('may be signed with the new or the old secret during a rotation', async () => {
    const provider = create();
    expect(await provider.parseWebhook!(...hook('a', 'done', 'new-secret-0123456789'))).toMatchObject({ jobId: 'a' });
    expect(await provider.parseWebhook!(...hook('b', 'done', SECRET))).toMatchObject({ jobId: 'b' });
  });
});

describe.each([
  ['bfl', 'old-0123456789', 'new-0123456789'],
  ['replicate', 'whsec_b2xkLTAxMjM0NTY3ODk=', 'whsec_bmV3LTAxMjM0NTY3ODk='],
] as const)('the secrets of webhooks of %s', (id, old, fresh) => {
  it.each([
    ['one', old],
    ['a list', [fresh, old]],
    ['several in one variable', `${fresh} ${old}`],
  ])('may be %s', async (_, webhookSecret) => {
    const provider = createProvider(id, { apiKey, webhookSecret });
    const text = JSON.stringify({ id: 'job-1', status: id === 'bfl' ? 'Ready' : 'succeeded' });
    const secret = id === 'bfl' ? old : Buffer.from(old.slice('whsec_'.length), 'base64');
    const at = String(now());
    const headers =
      id === 'bfl'
        ? { 'x-bfl-signature': createHmac('sha256', secret).update(text).digest('hex') }
        : {
            ...{ 'webhook-id': 'w', 'webhook-timestamp': at },
            'webhook-signature': `v1,${createHmac('sha256', secret).update(`w.${at}.${text}`).digest('base64')}`,
          };
    expect(await provider.parseWebhook(headers, text)).toMatchObject({ jobId: 'job-1', state: 'done' });
  });

  it.each([
    ['an empty list', []],
    ['an empty one', ''],
    ['white space', '  '],
    ['a number', 5],
  ])('may not be %s', async (_, webhookSecret) => {
    const provider = createProvider(id, { apiKey, webhookSecret: webhookSecret as string });
    expect(await failure(provider.models())).toMatchObject({ code: 'not_configured' });
  });
});
