/**
 * Sends the same call with AWS's client and with ours to the same server, and compares the requests. The allowed differences are listed
 * here with their reasons. The signatures cover headers that each client adds, so they differ: both are computed again here from the
 * received request, as the service does.
 */
import { createHash, createHmac } from 'node:crypto';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBedrock } from '../../../src/providers/bedrock/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import {
  type Both,
  type Captured,
  type CaptureServer,
  captureBoth,
  expectParity,
  openCaptureServer,
} from '../support/wire-parity.ts';

const KEY = 'bedrock-api-key-parity-0123456789';
const CREDENTIALS = {
  accessKeyId: 'AKIAPARITY0123456789',
  secretAccessKey: 'secret/parity+0123456789abcdef',
  sessionToken: 'session-parity-0123456789',
};
const region = 'us-west-2';
const prompt = 'a red fox in snow';
const ULTRA = 'stability.stable-image-ultra-v1:1';
const INPAINT = 'us.stability.stable-image-inpaint-v1:0';

const DIFFERENCES = {
  'amz-sdk-*':
    'Counts of attempts and ids of calls. Ours retries only what cannot be charged twice, and sends no such headers.',
  'x-amz-user-agent': 'The client names itself.',
} as const satisfies Readonly<Record<string, string>>;

const SIGNED_DIFFERENCES = {
  ...DIFFERENCES,
  authorization: 'Signs the headers of each client; computed anew below.',
  'x-amz-date': 'The second of each call.',
  'x-amz-content-sha256':
    'The client repeats the body’s hash in a header; ours has it in the signature only, as for all services except S3.',
} as const satisfies Readonly<Record<string, string>>;

const sketch = { $image: 'png', width: 64, height: 64 } as const;
let server: CaptureServer;
beforeAll(async () => {
  const image = Buffer.from(await encodeSketch(sketch)).toString('base64');
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ images: [image], seeds: [42], finish_reasons: [null] }));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Way {
  readonly official: () => BedrockRuntimeClient;
  readonly ours: () => MediaProvider;
}

const byKey: Way = {
  official: () =>
    new BedrockRuntimeClient({
      region,
      endpoint: server.origin,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
      token: { token: KEY },
      authSchemePreference: ['httpBearerAuth'],
    }),
  ours: () => createBedrock({ region, baseUrl: server.origin, apiKey: KEY }),
};
const bySignature: Way = {
  official: () =>
    new BedrockRuntimeClient({
      region,
      endpoint: server.origin,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
      credentials: { ...CREDENTIALS }, // it changes its argument
      authSchemePreference: ['sigv4'],
    }),
  ours: () => createBedrock({ region, baseUrl: server.origin, ...CREDENTIALS }),
};

function both(
  way: Way,
  [modelId, body]: readonly [modelId: string, body: object],
  ours: (provider: MediaProvider) => Promise<unknown>,
): Promise<Both> {
  const json = { contentType: 'application/json', accept: 'application/json', body: JSON.stringify(body) };
  const client = way.official();
  return captureBoth(
    server,
    () => client.send(new InvokeModelCommand({ modelId, ...json })).finally(() => client.destroy()),
    () => ours(way.ours()),
  );
}

const generate = (way: Way, seed = 42) =>
  both(
    way,
    [ULTRA, { prompt, negative_prompt: 'text', aspect_ratio: '16:9', seed, output_format: 'png' }],
    (provider) =>
      provider.generate({
        prompt,
        model: ULTRA,
        negativePrompt: 'text',
        aspectRatio: '16:9',
        seed: 42,
        format: 'png',
      }),
  );

async function inpaint(way: Way) {
  const [image, mask] = await Promise.all([
    encodeSketch(sketch),
    encodeSketch({ $mask: 'white-repaints', width: 64, height: 64, repaint: [8, 8, 40, 16] }),
  ]);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return both(way, [INPAINT, { prompt: 'a hat', image: base64(image), mask: base64(mask) }], (provider) =>
    provider.edit({ prompt: 'a hat', model: INPAINT, inputImages: [image], mask }),
  );
}

/** Computes the signature as the service does. Source: AWS, "Create a signed AWS API request". */
function signatureOf({ method, path, headers, json }: Captured): string {
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const [, day = '', scopeRegion = '', service = ''] =
    /Credential=[^/]+\/(\d+)\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  // Each path segment is encoded once more.
  const canonicalPath = path.split('/').map(encodeURIComponent).join('/');
  const signed = names.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}\n`);
  const canonical = [method, canonicalPath, '', signed.join(''), names, sha256(JSON.stringify(json))].join('\n');
  const scope = `${day}/${scopeRegion}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, scopeRegion, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  return hmac(key, text).toString('hex');
}

const givenSignature = ({ headers }: Captured) => /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1];

describe('requests compared with the official client', () => {
  it('are equal for an image, with an API key', async () => {
    const pair = await generate(byKey);

    expect(pair.ours.path).toBe('/model/stability.stable-image-ultra-v1%3A1/invoke');
    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for an image, with a signature', async () => {
    const pair = await generate(bySignature);

    expect(pair.ours.headers['x-amz-security-token']).toBe(CREDENTIALS.sessionToken);
    await expectParity(pair, SIGNED_DIFFERENCES);
  });

  it('are equal for an edit with a mask', async () => {
    await expectParity(await inpaint(bySignature), SIGNED_DIFFERENCES);
  });

  it('have the signature that the service computes, with the same scope', async () => {
    const { official, ours } = await generate(bySignature);
    const scopeOf = ({ headers }: Captured) => /Credential=([^,]+),/.exec(headers.authorization ?? '')?.[1];

    expect(scopeOf(ours)).toBe(scopeOf(official));
    expect(scopeOf(ours)).toContain(`/${region}/bedrock/aws4_request`);
    for (const each of [official, ours]) expect(givenSignature(each)).toBe(signatureOf(each));
  });

  it('differ for a planted seed, path, or body under the same signature', async () => {
    // One after the other: they share the server.
    const planted: readonly (() => Promise<Both>)[] = [
      () => generate(byKey, 43),
      () => generate({ official: byKey.official, ours: bySignature.ours }),
    ];
    for (const plant of planted)
      await expect(plant().then((pair) => expectParity(pair, DIFFERENCES))).rejects.toThrow('to deeply equal');

    const { ours } = await generate(bySignature);
    expect(givenSignature(ours)).not.toBe(signatureOf({ ...ours, json: { prompt: 'another' } }));
  });
});
