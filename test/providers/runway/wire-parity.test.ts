/**
 * Sends the same calls with Runway's client and with ours to the same server, and compares the requests. The allowed differences are listed
 * here with their reasons.
 */
import { randomBytes } from 'node:crypto';
import RunwayML from '@runwayml/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { createRunway } from '../../../src/providers/runway/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'key_parity0123456789';
const prompt = 'a red square';
const id = '17f20503-6c24-4c16-946b-35dbbce2af2f';
const png = await encodeSketch({ $image: 'png', width: 320, height: 320 });
const uri = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;

const DIFFERENCES = {
  'x-stainless-*': 'The client describes itself.',
} as const satisfies Readonly<Record<string, string>>;
const WITHOUT_BODY = {
  ...DIFFERENCES,
  accept: 'The client accepts anything when no reply is expected.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
let isOver = true;
beforeAll(async () => {
  server = await openCaptureServer(({ method, path }, response) => {
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/out/')) return void response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    if (path === '/slot' || method === 'DELETE') return void response.writeHead(204).end();
    if (path === '/v1/uploads')
      return void answer({
        uploadUrl: `${server.origin}/slot`,
        fields: { key: 'k', policy: 'p' },
        runwayUri: 'runway://a',
      });
    if (method === 'POST') return void answer({ id, estimatedCost: { credits: 8 } });
    return void answer({ id, status: isOver ? 'SUCCEEDED' : 'RUNNING', output: [`${server.origin}/out/0.png`] });
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const official = () => new RunwayML({ apiKey: KEY, baseURL: server.origin, maxRetries: 0 });
const ours = () => createRunway({ apiKey: KEY, baseUrl: `${server.origin}/v1`, limits: { minPollIntervalMs: 10 } });

/** Everything that one call sends, without the download. */
async function seenOf(call: () => Promise<unknown>): Promise<readonly Captured[]> {
  server.forget();
  await call();
  return server.captured.filter(({ path }) => !path.startsWith('/out/'));
}

async function submits(
  theirs: (client: RunwayML) => Promise<unknown>,
  own: (provider: MediaProvider) => Promise<unknown>,
) {
  const [first] = await seenOf(() => theirs(official()));
  const [second] = await seenOf(() => own(ours()));
  return { official: first!, ours: second! };
}

const gen4 = {
  model: 'gen4_image',
  promptText: prompt,
  ratio: '1920:1080',
  seed: 7,
  contentModeration: { publicFigureThreshold: 'low' },
} as const;
const request = { prompt, size: '1920x1080', seed: 7, safety: 'relaxed' } as const;

describe('requests compared with the official client', () => {
  it('are equal for a prompt, with the API version and the key', async () => {
    const pair = await submits(
      (client) => client.textToImage.create(gen4),
      (provider) => provider.submit!(request),
    );
    expect(pair.ours.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-runway-version': '2024-11-06' });
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for several images by a model of another vendor', async () => {
    await expectParity(
      await submits(
        (client) =>
          client.textToImage.create({
            model: 'gpt_image_2_5_sunburst',
            promptText: prompt,
            ratio: '1920:1920',
            outputCount: 2,
            quality: 'low',
            background: 'transparent',
          }),
        (provider) =>
          provider.submit!({
            prompt,
            model: 'gpt_image_2_5_sunburst',
            n: 2,
            quality: 'draft',
            background: 'transparent',
          }),
      ),
      DIFFERENCES,
    );
  });

  it('are equal for an image with a tag, and for an upscale', async () => {
    await expectParity(
      await submits(
        (client) =>
          client.textToImage.create({
            model: 'gen4_image_turbo',
            promptText: '@hero on a beach',
            ratio: '1024:1024',
            referenceImages: [{ uri, tag: 'hero' }],
          }),
        (provider) =>
          provider.submit!({
            prompt: '@hero on a beach',
            model: 'gen4_image_turbo',
            inputImages: [png],
            options: { tags: ['hero'] },
          }),
      ),
      DIFFERENCES,
    );
    await expectParity(
      await submits(
        (client) =>
          client.imageUpscale.create({ model: 'magnific_precision_upscaler_v2', imageUri: uri, scaleFactor: 2 }),
        (provider) => provider.submit!({ operation: 'upscale', inputImages: [png], options: { scaleFactor: 2 } }),
      ),
      DIFFERENCES,
    );
  });

  it('are equal for the upload of a file that is too large for the request', async () => {
    const large = await encodePng({ width: 2000, height: 2000, data: randomBytes(4_000_000), channels: 1 }); // noise does not shrink
    expect(large.length).toBeGreaterThan(3_750_000);
    const file = new File([new Uint8Array(large)], 'image-1.png', { type: 'image/png' });
    const theirs = await seenOf(() => official().uploads.createEphemeral({ file }));
    const own = await seenOf(() => ours().submit!({ prompt, inputImages: [large] }));

    await expectParity({ official: theirs[0]!, ours: own[0]! }, DIFFERENCES);
    const placed = [theirs[1]!, own[1]!].map(({ method, path, headers, parts }) => ({
      method,
      path,
      authorization: headers.authorization,
      parts: parts?.map(({ name, text, mediaType, bytes }) => [name, text, mediaType, bytes?.length]),
    }));
    expect(placed[1]).toEqual(placed[0]);
    expect(placed[1]?.authorization).toBeUndefined();
    expect(placed[1]?.parts?.at(-1)).toEqual(['file', undefined, 'image/png', large.length]);
    expect(own[2]?.json).toMatchObject({ referenceImages: [{ uri: 'runway://a' }] });
  });

  it('are equal for the poll of a task, and for a cancel', async () => {
    const theirs = await seenOf(async () => {
      await official().tasks.retrieve(id);
      await official().tasks.delete(id);
    });
    isOver = false;
    const stop = new AbortController();
    const own = await seenOf(async () => {
      const waiting = ours().generate(request, { signal: stop.signal });
      await vi.waitFor(() => expect(server.captured.some(({ method }) => method === 'GET')).toBe(true), {
        timeout: 10_000,
      });
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      // The caller does not wait for it.
      await vi.waitFor(() => expect(server.captured.at(-1)?.method).toBe('DELETE'), { timeout: 10_000 });
    }).finally(() => {
      isOver = true;
    });

    await expectParity({ official: theirs[0]!, ours: own[1]! }, WITHOUT_BODY);
    await expectParity({ official: theirs[1]!, ours: own.at(-1)! }, WITHOUT_BODY);
  });

  it('do not cancel a finished task, because that would delete its image', async () => {
    const stop = new AbortController();
    const own = await seenOf(async () => {
      const waiting = createRunway({ apiKey: KEY, baseUrl: `${server.origin}/v1` }).generate(request, {
        signal: stop.signal,
      });
      await vi.waitFor(() => expect(server.captured.length).toBe(1), { timeout: 10_000 });
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted', job: { id } });
      await vi.waitFor(() => expect(server.captured.at(-1)?.method).toBe('GET'), { timeout: 10_000 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(own.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  it('differ for a planted seed or size', async () => {
    for (const planted of [
      { ...gen4, seed: 8 },
      { ...gen4, ratio: '1024:1024' as const },
    ]) {
      const pair = await submits(
        (client) => client.textToImage.create(planted),
        (provider) => provider.submit!(request),
      );
      await expect(expectParity(pair, DIFFERENCES)).rejects.toThrow('to deeply equal');
    }
  });
});
