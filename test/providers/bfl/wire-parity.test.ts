/**
 * Black Forest Labs has no client on npm. Sends the same call with the client of Vercel's AI SDK and with ours to the same server, and
 * compares the requests. The allowed differences are listed here with their reasons.
 *
 * Not compared: pixels. The SDK sends an aspect ratio beside them, which these models ignore or refuse; ours sends what the caller
 * requested.
 */
import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBfl } from '../../../src/providers/bfl/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'bfl-parity-0123456789';
const prompt = 'a red square';

const DIFFERENCES = {
  accept: 'Ours accepts JSON only; the SDK accepts anything.',
} as const satisfies Readonly<Record<string, string>>;

const sketch = { $image: 'png', width: 64, height: 64 } as const;
let server: CaptureServer;
beforeAll(async () => {
  const bytes = Buffer.from(await encodeSketch(sketch));
  server = await openCaptureServer(({ method, path }, response) => {
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/files/')) response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
    else if (method === 'POST') answer({ id: 'j1', polling_url: `${server.origin}/v1/get_result?id=j1`, cost: 5 });
    else answer({ id: 'j1', status: 'Ready', result: { sample: `${server.origin}/files/0.png`, seed: 7 } });
  });
});
afterAll(() => server[Symbol.asyncDispose]());

type OfficialCall = Parameters<ReturnType<ReturnType<typeof createBlackForestLabs>['image']>['doGenerate']>[0];

/** @returns what each client sent: submit and poll; the download goes to another server */
async function both(
  model: string,
  official: Partial<OfficialCall>,
  ours: (provider: MediaProvider) => Promise<unknown>,
) {
  const baseURL = `${server.origin}/v1`;
  const seenOf = async (call: () => Promise<unknown>): Promise<readonly Captured[]> => {
    server.forget();
    await call();
    return server.captured.filter(({ path }) => !path.startsWith('/files/'));
  };
  const client = createBlackForestLabs({ apiKey: KEY, baseURL, pollIntervalMillis: 10 }).image(model);
  const nothing = { n: 1, size: undefined, aspectRatio: undefined, seed: undefined, files: undefined, mask: undefined };
  const theirs = await seenOf(async () =>
    client.doGenerate({ prompt, ...nothing, providerOptions: {}, ...official } as OfficialCall),
  );
  return { theirs, own: await seenOf(() => ours(createBfl({ apiKey: KEY, baseUrl: baseURL }))) };
}

async function expectAll({ theirs, own }: Awaited<ReturnType<typeof both>>) {
  expect(own).toHaveLength(theirs.length);
  for (const [at, each] of own.entries()) await expectParity({ official: theirs[at]!, ours: each }, DIFFERENCES);
}

const ULTRA = 'flux-pro-1.1-ultra';
const ultra = (seed = 7) =>
  both(
    ULTRA,
    {
      aspectRatio: '16:9',
      seed,
      providerOptions: { blackForestLabs: { outputFormat: 'png', raw: true } },
    },
    (provider) =>
      provider.generate({
        prompt,
        model: ULTRA,
        aspectRatio: '16:9',
        seed: 7,
        format: 'png',
        options: { raw: true },
      }),
  );

describe('requests compared with the AI SDK', () => {
  it('are equal for an image from a prompt alone, and for the poll', async () => {
    const pair = await both('flux-2-pro', {}, (provider) => provider.generate({ prompt, model: 'flux-2-pro' }));

    expect(pair.own.map(({ headers }) => headers['x-key'])).toEqual([KEY, KEY]);
    expect(pair.own.map(({ path }) => path)).toEqual(['/v1/flux-2-pro', '/v1/get_result?id=j1']);
    await expectAll(pair);
  });

  it('are equal for an image with every setting', async () => {
    await expectAll(await ultra());
  });

  it('are equal for an edit of several images', async () => {
    const data = await encodeSketch(sketch);
    const file = { type: 'file', mediaType: 'image/png', data } as const;
    await expectAll(
      await both('flux-2-pro', { files: [file, file] }, (provider) =>
        provider.edit({ prompt, model: 'flux-2-pro', inputImages: [data, data] }),
      ),
    );
  });

  it('are equal for a mask, pixel by pixel', async () => {
    const data = await encodeSketch(sketch);
    const mask = await encodeSketch({ $mask: 'white-repaints', width: 64, height: 64, repaint: [8, 8, 40, 16] });
    const file = (bytes: Uint8Array) => ({ type: 'file', mediaType: 'image/png', data: bytes }) as const;
    const model = 'flux-pro-1.0-fill';
    await expectAll(
      await both(model, { files: [file(data)], mask: file(mask) }, (provider) =>
        provider.edit({ prompt, model, inputImages: [data], mask }),
      ),
    );
  });

  it('differ for a planted seed or model', async () => {
    await expect(ultra(8).then(expectAll)).rejects.toThrow('to deeply equal');
    const other = both('flux-2-max', {}, (provider) => provider.generate({ prompt, model: 'flux-2-pro' }));
    await expect(other.then(expectAll)).rejects.toThrow('to deeply equal');
  });
});
