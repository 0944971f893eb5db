/**
 * Recraft documents its generations for the official `openai` client with another address. Sends the same call with both clients to the
 * same server, and compares the requests. The allowed differences are listed here with their reasons.
 */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { createRecraft } from '../../../src/providers/recraft/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Both, type CaptureServer, captureBoth, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'recraft-parity-0123456789';
const prompt = 'a red square';

const DIFFERENCES = {
  'x-stainless-*': 'Telemetry of the generator that the official client is made with. We send none.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
beforeAll(async () => {
  const b64_json = Buffer.from(await encodeSketch({ $image: 'webp', width: 64, height: 64 })).toString('base64');
  server = await openCaptureServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ created: 1, credits: 40, data: [{ b64_json }, { b64_json }] }));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function both(
  body: Readonly<Record<string, unknown>>,
  ours: (provider: MediaProvider) => Promise<unknown>,
): Promise<Both> {
  const baseURL = `${server.origin}/v1`;
  const client = new OpenAI({ apiKey: KEY, baseURL, maxRetries: 0, organization: null, project: null });
  return captureBoth(
    server,
    // Recraft's own fields are not in the client's types; it sends them unchanged.
    () => client.images.generate({ prompt, ...body } as OpenAI.ImageGenerateParamsNonStreaming),
    () => ours(createRecraft({ apiKey: KEY, baseUrl: baseURL })),
  );
}

const plain = { model: 'recraftv4_1', response_format: 'b64_json' };
const full = {
  model: 'recraftv3',
  response_format: 'b64_json',
  n: 2,
  size: '1024x1024',
  style: 'digital_illustration',
  substyle: 'hand_drawn',
  negative_prompt: 'text',
  random_seed: 0,
  image_format: 'png',
  controls: { no_text: true, colors: [{ rgb: [255, 0, 0] }] },
};
const oursFull = {
  prompt,
  model: 'recraftv3',
  n: 2,
  size: '1024x1024',
  style: 'digital_illustration',
  negativePrompt: 'text',
  seed: 0,
  format: 'png',
  options: { substyle: 'hand_drawn', controls: { no_text: true, colors: [{ rgb: [255, 0, 0] }] } },
} as const;

describe('requests compared with the openai client', () => {
  it('are equal for an image from a prompt alone', async () => {
    const pair = await both(plain, (provider) => provider.generate({ prompt }));

    expect(pair.ours.path).toBe('/v1/images/generations');
    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for images with every setting', async () => {
    await expectParity(await both(full, (provider) => provider.generate(oursFull)), DIFFERENCES);
  });

  it('differ for a planted seed or a missing control', async () => {
    // One after the other: they share the server.
    for (const other of [
      { ...full, random_seed: 1 },
      { ...full, controls: undefined },
    ]) {
      const pair = await both(other, (provider) => provider.generate(oursFull));
      await expect(expectParity(pair, DIFFERENCES)).rejects.toThrow('to deeply equal');
    }
  });
});
