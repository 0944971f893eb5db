/**
 * xAI has no client for images. Sends the same call with the client of Vercel's AI SDK and with ours to the same server, and compares the
 * requests. The allowed differences are listed here with their reasons.
 */
import { createXai as createOfficial } from '@ai-sdk/xai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { createXai } from '../../../src/providers/xai/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Both, type CaptureServer, captureBoth, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'xai-parity-0123456789';
const prompt = 'a red square';
const model = 'grok-imagine-image-2.0';

const DIFFERENCES = {
  accept: 'Ours accepts JSON only; the SDK accepts anything.',
} as const satisfies Readonly<Record<string, string>>;

/**
 * In bodies, only these: the SDK says `n: 1` where ours leaves the default to the vendor, and ours says `quality: medium` where the SDK leaves
 * the quality to the vendor, which has changed its default to `low`.
 */
function withoutDefault({ official, ours }: Both): Both {
  const { n, ...rest } = official.json as { readonly n?: number; readonly quality?: string };
  const json = n === 1 ? rest : { n, ...rest };
  const added = rest.quality === undefined ? { quality: 'medium' } : {};
  return { official: { ...official, json: { ...json, ...added } }, ours };
}

const sketch = { $image: 'png', width: 64, height: 64 } as const;
let server: CaptureServer;
beforeAll(async () => {
  const b64_json = Buffer.from(await encodeSketch(sketch)).toString('base64');
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ data: [{ b64_json }, { b64_json }], model }));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

type OfficialCall = Parameters<ReturnType<ReturnType<typeof createOfficial>['image']>['doGenerate']>[0];

const NOTHING: OfficialCall = {
  prompt,
  n: 1,
  size: undefined,
  aspectRatio: undefined,
  seed: undefined,
  files: undefined,
  mask: undefined,
  providerOptions: {},
};

async function both(official: Partial<OfficialCall>, ours: (provider: MediaProvider) => Promise<unknown>) {
  const baseURL = `${server.origin}/v1`;
  const client = createOfficial({ apiKey: KEY, baseURL }).image(model);
  const pair = await captureBoth(
    server,
    () => Promise.resolve(client.doGenerate({ ...NOTHING, ...official })),
    () => ours(createXai({ apiKey: KEY, baseUrl: baseURL })),
  );
  return withoutDefault(pair);
}

const file = async () => {
  const data = await encodeSketch(sketch);
  return { official: { type: 'file', mediaType: 'image/png', data } as const, ours: data };
};

const full = {
  n: 2,
  aspectRatio: '16:9',
  providerOptions: { xai: { resolution: '2k', quality: 'medium', user: 'u-1' } },
} as const;

describe('requests compared with the AI SDK', () => {
  it('are equal for an image from a prompt alone', async () => {
    const pair = await both({}, (provider) => provider.generate({ prompt, model }));

    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(pair.ours.path).toBe('/v1/images/generations');
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for several images with every setting', async () => {
    await expectParity(
      await both(full, (provider) =>
        provider.generate({ prompt, model, n: 2, aspectRatio: '16:9', quality: 'hd', options: { user: 'u-1' } }),
      ),
      DIFFERENCES,
    );
  });

  it('are equal for an edit of one image', async () => {
    const { official, ours } = await file();
    const pair = await both({ files: [official] }, (provider) => provider.edit({ prompt, model, inputImages: [ours] }));

    expect(pair.ours.path).toBe('/v1/images/edits');
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for an edit of several images', async () => {
    const { official, ours } = await file();
    await expectParity(
      await both({ files: [official, official], aspectRatio: '1:1' }, (provider) =>
        provider.edit({ prompt, model, inputImages: [ours, ours], aspectRatio: '1:1' }),
      ),
      DIFFERENCES,
    );
  });

  it('differ for a planted aspect ratio, image or number', async () => {
    const { official, ours } = await file();
    // One after the other: they share the server.
    const planted: readonly (() => Promise<Both>)[] = [
      () => both({ aspectRatio: '4:3' }, (provider) => provider.generate({ prompt, model, aspectRatio: '3:4' })),
      () => both({ files: [official, official] }, (provider) => provider.edit({ prompt, model, inputImages: [ours] })),
      () => both({ n: 2 }, (provider) => provider.generate({ prompt, model })),
    ];
    for (const plant of planted)
      await expect(plant().then((pair) => expectParity(pair, DIFFERENCES))).rejects.toThrow('to deeply equal');
  });
});
