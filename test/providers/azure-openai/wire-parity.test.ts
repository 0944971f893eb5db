/**
 * Sends the same call with the official clients and with ours to the same server, and compares the requests. The allowed differences are
 * listed here with their reasons. `AzureOpenAI` is the client for deployments; for the v1 API, Microsoft names the plain `OpenAI` client.
 */
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAzureOpenAI } from '../../../src/providers/azure-openai/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Both, type CaptureServer, captureBoth, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'azure-parity-0123456789';
const TOKEN = 'eyJ0.parity-0123456789';
const deployment = 'my-pictures';
const apiVersion = '2025-04-01-preview';
const prompt = 'a red square';

const DIFFERENCES = {
  'x-stainless-*': 'Telemetry of the generator that the official client is made with. We send none.',
} as const satisfies Readonly<Record<string, string>>;

const V1_DIFFERENCES = {
  ...DIFFERENCES,
  authorization:
    'The plain client sends its key as a bearer token; ours sends `api-key`, like Azure’s own client. Azure accepts both.',
  'api-key': 'See authorization.',
} as const satisfies Readonly<Record<string, string>>;

const sampleSketch = { $image: 'png', width: 64, height: 64 } as const;
const mask = { width: 64, height: 64, repaint: [8, 8, 40, 16] } as const;
const draw = async (sketch: Parameters<typeof encodeSketch>[0]) =>
  (await encodeSketch(sketch)) as Uint8Array<ArrayBuffer>;

let server: CaptureServer;
beforeAll(async () => {
  const b64_json = Buffer.from(await draw(sampleSketch)).toString('base64');
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ created: 1, data: [{ b64_json }, { b64_json }] }));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const settings = { resource: 'my-resource', deployment, modelFamily: 'gpt-image-2', apiVersion } as const;
const common = { endpoint: '', apiVersion, deployment, maxRetries: 0 } as const;

interface Way {
  readonly official: () => OpenAI;
  readonly ours: () => MediaProvider;
}

const byKey: Way = {
  official: () => new AzureOpenAI({ ...common, endpoint: server.origin, apiKey: KEY }),
  ours: () => createAzureOpenAI({ ...settings, baseUrl: server.origin, apiKey: KEY }),
};
const byToken: Way = {
  official: () =>
    new AzureOpenAI({ ...common, endpoint: server.origin, azureADTokenProvider: () => Promise.resolve(TOKEN) }),
  ours: () => createAzureOpenAI({ ...settings, baseUrl: server.origin, token: () => TOKEN }),
};
const v1: Way = {
  official: () =>
    new OpenAI({
      apiKey: KEY,
      baseURL: `${server.origin}/openai/v1`,
      maxRetries: 0,
      organization: null,
      project: null,
    }),
  ours: () =>
    createAzureOpenAI({
      deployment,
      modelFamily: 'gpt-image-2',
      surface: 'v1',
      resource: 'my-resource',
      baseUrl: server.origin,
      apiKey: KEY,
    }),
};

const both = (
  way: Way,
  official: (client: OpenAI) => Promise<unknown>,
  ours: (provider: MediaProvider) => Promise<unknown>,
): Promise<Both> =>
  captureBoth(
    server,
    () => official(way.official()),
    () => ours(way.ours()),
  );

const full = {
  model: deployment,
  prompt,
  n: 2,
  size: '1536x1024',
  quality: 'low',
  output_format: 'jpeg',
  output_compression: 80,
} as const;

const generate = (way: Way, n = 2) =>
  both(
    way,
    (client) => client.images.generate({ ...full, n }),
    (provider) =>
      provider.generate({
        prompt,
        n: 2,
        size: '1536x1024',
        quality: 'draft',
        format: 'jpeg',
        options: { output_compression: 80 },
      }),
  );

async function edit(way: Way, holes = mask) {
  const [png, hole, white] = await Promise.all([
    draw(sampleSketch),
    draw({ $mask: 'transparent-repaints', ...holes }),
    draw({ $mask: 'white-repaints', ...mask }),
  ]);
  const file = (bytes: Uint8Array<ArrayBuffer>, name: string) => toFile(bytes, name, { type: 'image/png' });
  return both(
    way,
    async (client) =>
      client.images.edit({
        model: deployment,
        prompt,
        image: [await file(png, 'a.png'), await file(png, 'b.png')],
        mask: await file(hole, 'mask.png'),
      }),
    (provider) => provider.edit({ prompt, inputImages: [png, png], mask: white }),
  );
}

const WAYS = [
  ['a deployment, with a key', byKey, DIFFERENCES],
  ['a deployment, with a token', byToken, DIFFERENCES],
  ['the v1 surface', v1, V1_DIFFERENCES],
] as const;

describe('requests compared with the official client', () => {
  it('the comparison uses the addresses and credentials that Azure documents', async () => {
    const [deployed, entra, plain] = [await generate(byKey), await generate(byToken), await generate(v1)];

    expect(deployed.ours.path).toBe(`/openai/deployments/${deployment}/images/generations?api-version=${apiVersion}`);
    expect(deployed.ours.headers['api-key']).toBe(KEY);
    expect(entra.ours.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
    expect(entra.ours.headers['api-key']).toBeUndefined();
    expect(plain.ours.path).toBe('/openai/v1/images/generations');
  });

  it.each(WAYS)('are equal for images with every setting at %s', async (_, way, differences) => {
    await expectParity(await generate(way), differences);
  });

  it.each(WAYS)('are equal for an edit of several images with a mask at %s', async (_, way, differences) => {
    await expectParity(await edit(way), differences);
  });

  it('differ for a planted number, mask or credential', async () => {
    // One after the other: they share the server.
    const planted: readonly (() => Promise<Both>)[] = [
      () => generate(byKey, 3),
      () => edit(byKey, { ...mask, repaint: [0, 0, 8, 8] } as never),
      () => generate({ official: byKey.official, ours: byToken.ours }),
    ];
    for (const plant of planted)
      await expect(plant().then((pair) => expectParity(pair, DIFFERENCES))).rejects.toThrow('to deeply equal');
  });
});
