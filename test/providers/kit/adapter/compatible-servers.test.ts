/** What providers for servers of the caller's own need: a name, an address, a list of models, text beside images, advice about links. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createImageManager } from '../../../../src/manager/index.ts';
import { defineProvider, get, type ImageItem, listingFeature } from '../../../../src/providers/kit/index.ts';
import { createReplyState, setReplyText } from '../../../../src/providers/kit/response/reply-state.ts';
import type { AiImageError } from '../../../../src/providers/protocol/index.ts';
import { openVendor, sampleAbout, sampleCard, sampleParts, sendJson, WHITE_PNG } from '../support/vendor.ts';

const key = 'sample-key-0123456789';
const prompt = 'a dot';
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it succeeded'),
    (error: AiImageError) => error,
  );

const own = defineProvider({
  ...sampleParts,
  about: { ...sampleAbout, nameSetting: 'name', env: { baseUrl: ['SAMPLE_BASE_URL'] } },
  baseUrl: () => undefined,
  settingsSchema: z.strictObject({ name: z.optional(z.string()) }),
  responseSchema: z.object({ links: z.array(z.string()), text: z.optional(z.string()) }),
  toImages: ({ links }): readonly ImageItem[] => links.map((link) => ({ link })),
  toText: ({ text }) => text,
  linkHint: 'Ask for base64 instead.',
  listing: {
    feature: listingFeature,
    request: get('models'),
    toModels: (answer) => {
      const read = z.array(z.string()).safeParse(answer);
      return Object.fromEntries((read.data ?? []).map((name) => [name, { ...sampleCard, title: name }]));
    },
  },
});

/** A server that lists two models, answers with one link, and has the image or has not. */
async function openOwn({ text, hasImage = true, name }: { text?: string; hasImage?: boolean; name?: string } = {}) {
  const vendor = await openVendor(({ method, path }, response) => {
    if (path === '/v1/models') return sendJson(response, ['one', 'two']);
    if (method === 'POST') return sendJson(response, { links: ['/v1/files/a.png'], text });
    if (hasImage) response.end(WHITE_PNG);
    else sendJson(response, { error: 'Not Found' }, 404);
  });
  const provider = own.create({ apiKey: key, baseUrl: vendor.url, ...(name !== undefined && { name }) });
  return { vendor, provider, [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose]() };
}

describe('a name in the settings', () => {
  it('replaces the id in results, errors and texts', async () => {
    await using open = await openOwn({ name: 'my-box', text: 'Here it is.' });
    expect(open.provider.id).toBe('my-box');
    const { provider, warnings } = await open.provider.generate({ prompt });
    expect(provider).toBe('my-box');
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/^my-box: /) }]);
    expect(await failureOf(open.provider.generate({ prompt, n: 0 }))).toMatchObject({ provider: 'my-box' });
  });
});

describe('a base URL', () => {
  it('is required if the provider has no default, and the error names the setting and the variable', () => {
    expect(() => own.create({ apiKey: key })).toThrow(
      expect.objectContaining({
        code: 'not_configured',
        message: 'sample: setting baseUrl is missing',
        hint: expect.stringContaining('SAMPLE_BASE_URL'),
      }),
    );
  });
});

describe('a list of models', () => {
  it('is added to the cards and requested once', async () => {
    await using open = await openOwn();
    expect(Object.keys(await open.provider.models())).toEqual(['sample-1', 'one', 'two']);
    await open.provider.models();
    expect(open.vendor.received.map(({ path }) => path)).toEqual(['/v1/models']);
  });

  it('is not requested offline: the cached list is used', async () => {
    await using open = await openOwn();
    expect(Object.keys(await open.provider.models({ isOffline: true }))).toEqual(['sample-1']);
    expect(open.vendor.received).toEqual([]);
    await open.provider.models();
    expect(Object.keys(await open.provider.models({ isOffline: true }))).toEqual(['sample-1', 'one', 'two']);
  });

  it('is not requested by the plan of a manager', async () => {
    await using open = await openOwn();
    const images = createImageManager({ providers: { own: open.provider } });
    await images.plan({ prompt: 'a fox', model: 'two' });
    expect(open.vendor.received).toEqual([]);
  });

  it('leaves the cards if the request for it fails', async () => {
    await using vendor = await openVendor((_, response) => sendJson(response, { error: 'down' }, 500));
    const provider = own.create({ apiKey: key, baseUrl: vendor.url, limits: { maxRetries: 0 } });
    expect(Object.keys(await provider.models())).toEqual(['sample-1']);
  });
});

describe('text next to an image', () => {
  it('becomes one warning, without the key', async () => {
    await using open = await openOwn({ text: `  Made with ${key}.  ` });
    const { images, warnings } = await open.provider.generate({ prompt });
    expect(images).toHaveLength(1);
    expect(warnings).toMatchObject([
      { code: 'vendor_warning', message: expect.stringContaining('the model also returned text: Made with') },
    ]);
    expect(JSON.stringify(warnings)).not.toContain(key);
  });

  it('is truncated', () => {
    const seen = createReplyState();
    setReplyText(seen, `  ${'word '.repeat(10_000)}`);
    expect(seen.text).toHaveLength(1_000);
    expect(seen.text.startsWith('word')).toBe(true);
  });

  it('causes no warning if it is blank', async () => {
    await using open = await openOwn({ text: ' \n ' });
    expect((await open.provider.generate({ prompt })).warnings).toEqual([]);
  });
});

describe('a link that cannot be fetched', () => {
  it('has the provider’s own hint, and may have been charged', async () => {
    await using open = await openOwn({ hasImage: false });
    const error = await failureOf(open.provider.generate({ prompt }));
    expect(error.hint).toBe('Ask for base64 instead.');
    expect(error.charged).not.toBe('no');
  });

  it('does not use the adapter’s messages for API routes', async () => {
    const sure = defineProvider({
      ...sampleParts,
      responseSchema: z.object({ links: z.array(z.string()) }),
      toImages: ({ links }: { links: string[] }): readonly ImageItem[] => links.map((link) => ({ link })),
      toError: ({ error }: { error: string }) => ({
        message: error,
        code: 'unsupported' as const,
        charged: 'no' as const,
      }),
    });
    await using open = await openOwn({ hasImage: false });
    const provider = sure.create({ apiKey: key, baseUrl: open.vendor.url });
    const { code, charged } = await failureOf(provider.generate({ prompt }));
    expect(code).not.toBe('unsupported');
    expect(charged).not.toBe('no');
  });
});
