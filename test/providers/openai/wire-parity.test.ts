/**
 * Sends the same call with the official `openai` client and with ours to the same server, and compares the requests. The allowed
 * differences are listed here with their reasons.
 */
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenAI } from '../../../src/providers/openai/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import {
  type Both,
  type Captured,
  type CaptureServer,
  captureBoth,
  expectParity as expectUsualParity,
  openCaptureServer,
  type Part,
  USUAL_DIFFERENCES,
} from '../support/wire-parity.ts';

const KEY = 'sk-parity-0123456789abcdef';

/** The allowed differences and their reasons. Everything else must be equal. */
const DIFFERENCES = {
  headers: {
    ...USUAL_DIFFERENCES,
    'x-stainless-*': 'Telemetry of the generator that the official client is made with. We send none.',
  },
  multipartBoundary: 'Chosen at random by each.',
  fileNames:
    'The official client sends the caller’s file name; ours sends `image-1.png`, so that no path of the caller leaves the machine.',
  mask: 'Our masks are white where to repaint, for all vendors, and become transparent in the request. The pixels are equal; the bytes differ because the encoders differ.',
  streamAccept: 'When streaming, the official client still accepts application/json; ours accepts text/event-stream.',
  partsOrder: 'Fields of a form and of a JSON object have no order.',
} as const;

const completed = 'event: image_generation.completed\ndata: ';
const sampleSketch = { $image: 'png', width: 64, height: 64 } as const;

let server: CaptureServer;

beforeAll(async () => {
  server = await openCaptureServer(async (seen, response) => {
    const b64_json = Buffer.from(await encodeSketch(sampleSketch)).toString('base64');
    const isStream = typeof seen.json === 'object' && seen.json !== null && 'stream' in seen.json;
    const json = { created: 1, data: [{ b64_json }, { b64_json }] };
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(
      isStream
        ? `${completed}${JSON.stringify({ type: 'image_generation.completed', b64_json })}\n\n`
        : JSON.stringify(json),
    );
  });
});

afterAll(() => server[Symbol.asyncDispose]());

/** Makes one call with each client. @returns both received requests */
async function both(
  official: (client: OpenAI) => Promise<unknown>,
  ours: (provider: MediaProvider) => Promise<unknown>,
): Promise<Both> {
  const baseUrl = `${server.origin}/v1`;
  const client = new OpenAI({ apiKey: KEY, baseURL: baseUrl, maxRetries: 0, organization: null, project: null });
  return captureBoth(
    server,
    () => official(client),
    () => ours(createOpenAI({ apiKey: KEY, baseUrl })),
  );
}

const expectParity = (pair: Both) => expectUsualParity(pair, DIFFERENCES.headers);

const full = {
  model: 'gpt-image-2.6-flare',
  prompt: 'a red square',
  n: 2,
  size: '1536x864',
  quality: 'low',
  complexity: 'low',
  background: 'opaque',
  output_format: 'webp',
  output_compression: 80,
  moderation: 'low',
  safety_identifier: 'u-hash',
} as const;

const oursFull = {
  model: 'gpt-image-2.6-flare',
  prompt: 'a red square',
  n: 2,
  size: '1536x864',
  quality: 'draft',
  background: 'opaque',
  format: 'webp',
  safety: 'relaxed',
  options: { complexity: 'low', output_compression: 80, safety_identifier: 'u-hash' },
} as const;

const mask = { width: 64, height: 64, repaint: [8, 8, 40, 16] } as const;
const draw = async (sketch: Parameters<typeof encodeSketch>[0]) =>
  (await encodeSketch(sketch)) as Uint8Array<ArrayBuffer>;

describe('requests compared with the official client', () => {
  it('are equal for an image from a prompt alone', async () => {
    await expectParity(
      await both(
        (client) => client.images.generate({ model: 'gpt-image-2.5-flare', prompt: 'a red square' }),
        (provider) => provider.generate({ prompt: 'a red square' }),
      ),
    );
  });

  it('are equal for an image with every setting', async () => {
    await expectParity(
      await both(
        (client) => client.images.generate(full),
        (provider) => provider.generate(oursFull),
      ),
    );
  });

  it('are equal for an edit of one image', async () => {
    const bytes = await draw(sampleSketch);

    await expectParity(
      await both(
        async (client) =>
          client.images.edit({
            model: 'gpt-image-2.5-sunburst',
            prompt: 'make it blue',
            image: await toFile(bytes, 'in.png', { type: 'image/png' }),
          }),
        (provider) => provider.edit({ model: 'gpt-image-2.5-sunburst', prompt: 'make it blue', inputImages: [bytes] }),
      ),
    );
  });

  it('are equal for an edit of two images with a mask', async () => {
    const [first, second] = [await draw(sampleSketch), await draw({ $image: 'webp', width: 80, height: 48 })];
    const [holes, whites] = [
      await draw({ $mask: 'transparent-repaints', ...mask }),
      await draw({ $mask: 'white-repaints', ...mask }),
    ];

    await expectParity(
      await both(
        async (client) =>
          client.images.edit({
            model: 'gpt-image-2.5-sunburst',
            prompt: 'make it blue',
            image: [
              await toFile(first, 'a.png', { type: 'image/png' }),
              await toFile(second, 'b.webp', { type: 'image/webp' }),
            ],
            mask: await toFile(holes, 'mask.png', { type: 'image/png' }),
            size: '1024x1024',
            quality: 'high',
            output_format: 'png',
            background: 'opaque',
          }),
        (provider) =>
          provider.edit({
            model: 'gpt-image-2.5-sunburst',
            prompt: 'make it blue',
            inputImages: [first, second],
            mask: whites,
            size: '1024x1024',
            quality: 'hd',
            format: 'png',
            background: 'opaque',
          }),
      ),
    );
  });

  it('are equal for a stream, except for the accept header', async () => {
    const { official, ours } = await both(
      async (client) => {
        const stream = await client.images.generate({
          model: 'gpt-image-2.5-flare',
          prompt: 'a red square',
          stream: true,
          partial_images: 1,
        });
        for await (const _ of stream);
      },
      async (provider) => {
        const stream = provider.stream!({ prompt: 'a red square', options: { partial_images: 1 } });
        for await (const _ of stream);
      },
    );

    expect(DIFFERENCES.streamAccept).toContain('text/event-stream');
    expect(official.headers.accept).toBe('application/json');
    expect(ours.headers.accept).toBe('text/event-stream');
    const accept = 'application/json';
    await expectParity({ official, ours: { ...ours, headers: { ...ours.headers, accept } } });
  });

  it('are equal for organization and project', async () => {
    const baseUrl = `${server.origin}/v1`;
    const prompt = 'a red square';
    const named = { apiKey: KEY, organization: 'org-1', project: 'proj-1' };
    const client = new OpenAI({ ...named, baseURL: baseUrl, maxRetries: 0 });
    const { official, ours } = await captureBoth(
      server,
      () => client.images.generate({ model: 'gpt-image-2.5-flare', prompt }),
      () => createOpenAI({ ...named, baseUrl }).generate({ prompt }),
    );

    expect(official.headers['openai-organization']).toBe('org-1');
    await expectParity({ official, ours });
  });
});

describe('the comparison', () => {
  const pair = () =>
    both(
      (client) => client.images.generate({ model: 'gpt-image-2.5-flare', prompt: 'a red square' }),
      (provider) => provider.generate({ prompt: 'a red square' }),
    );

  it.each<[string, (ours: Captured) => Captured]>([
    ['an additional field', (ours) => ({ ...ours, json: { ...(ours.json as object), response_format: 'b64_json' } })],
    ['another value', (ours) => ({ ...ours, json: { ...(ours.json as object), model: 'dall-e-3' } })],
    ['another path', (ours) => ({ ...ours, path: '/v1/images/edits' })],
    ['another credential', (ours) => ({ ...ours, headers: { ...ours.headers, authorization: 'Bearer other' } })],
    ['an additional header', (ours) => ({ ...ours, headers: { ...ours.headers, 'idempotency-key': '1' } })],
    ['another content type', (ours) => ({ ...ours, headers: { ...ours.headers, 'content-type': 'text/plain' } })],
  ])('finds %s', async (_, plant) => {
    const { official, ours } = await pair();

    await expect(expectParity({ official, ours: plant(ours) })).rejects.toThrow();
  });

  it('finds a form part with another name, another file, and a mask with another hole', async () => {
    const [file, other] = [await draw(sampleSketch), await draw({ ...sampleSketch, shade: 1 })];
    const hole = await draw({ $mask: 'transparent-repaints', ...mask });
    const form = (parts: readonly Part[]): Captured => ({ method: 'POST', path: '/', headers: {}, parts });
    const image = { name: 'image', mediaType: 'image/png', bytes: file };
    const official = form([image, { name: 'mask', mediaType: 'image/png', bytes: hole }]);
    const otherHole = await draw({ $mask: 'transparent-repaints', ...mask, repaint: [8, 8, 40, 17] });

    await expectParity({ official, ours: official });
    const [, maskPart] = official.parts!;
    for (const ours of [
      form([{ ...image, name: 'image[]' }, maskPart!]),
      form([{ ...image, bytes: other }, maskPart!]),
      form([image, { ...maskPart!, bytes: otherHole }]),
      form([image]),
    ]) {
      await expect(expectParity({ official, ours })).rejects.toThrow();
    }
  });

  it('lists no header as different that both clients send alike', async () => {
    const { official, ours } = await pair();
    const alike = Object.keys(DIFFERENCES.headers).filter(
      (name) => official.headers[name] !== undefined && official.headers[name] === ours.headers[name],
    );

    // The platform sets these for both clients; they are listed because other platforms may set them differently.
    expect(alike.sort()).toEqual([
      'accept-encoding',
      'accept-language',
      'connection',
      'content-length',
      'host',
      'sec-fetch-mode',
    ]);
  });
});
