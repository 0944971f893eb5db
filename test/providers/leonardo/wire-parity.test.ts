/**
 * Sends the same calls with Leonardo's client and with ours to the same server, and compares what both send to v1: file uploads, upscales,
 * job status and the account. The client does not know v2, on which we create jobs. For jobs that it does create, it defaults to four
 * images.
 */
import { Leonardo } from '@leonardo-ai/sdk';
import { UniversalUpscalerStyle } from '@leonardo-ai/sdk/sdk/models/shared/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLeonardo } from '../../../src/providers/leonardo/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'leonardo-parity-0123456789';
const id = '123e4567-e89b-42d3-a456-426614174000';
const fileId = '223e4567-e89b-42d3-a456-426614174000';
const png = await encodeSketch({ $image: 'png', width: 64, height: 64 });

const DIFFERENCES = {
  cookie: 'The client sends an empty one.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
beforeAll(async () => {
  server = await openCaptureServer(({ method, path }, response) => {
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/cdn/')) return void response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    if (path === '/slot') return void response.writeHead(204).end();
    if (path.endsWith('/init-image')) {
      const fields = JSON.stringify({ key: 'uploads/x.png', Policy: 'p' });
      return void answer({ uploadInitImage: { id: fileId, url: `${server.origin}/slot`, key: 'k', fields } });
    }
    if (path.endsWith('/universal-upscaler')) return void answer({ universalUpscaler: { id, apiCreditCost: 1 } });
    if (path.endsWith('/me')) return void answer({ user_details: [] });
    if (method === 'POST') return void answer({ generate: { generationId: id } });
    const sampleImage = { url: `${server.origin}/cdn/0.png`, id, status: 'COMPLETE' };
    return void answer(
      path.includes('/variations/')
        ? { generated_image_variation_generic: [sampleImage] }
        : { generations_by_pk: { id, status: 'COMPLETE', generated_images: [sampleImage] } },
    );
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const official = () => new Leonardo({ bearerAuth: KEY, serverURL: `${server.origin}/api/rest/v1` });
const ours = () =>
  createLeonardo({ apiKey: KEY, baseUrl: `${server.origin}/api/rest`, limits: { minPollIntervalMs: 10 } });

/** Everything that one call sends, without the download. */
async function seenOf(call: () => Promise<unknown>): Promise<readonly Captured[]> {
  server.forget();
  await call();
  return server.captured.filter(({ path }) => !path.startsWith('/cdn/'));
}

const upscale = {
  initImageId: fileId,
  upscaleMultiplier: 2,
  creativityStrength: 3,
  upscalerStyle: UniversalUpscalerStyle.Cinematic,
};

describe('requests compared with the official client', () => {
  it('are equal for a file upload, which gets no key, and for an upscale', async () => {
    const theirs = await seenOf(async () => {
      await official().initImages.uploadInitImage({ extension: 'png' });
      await official().variation.createUniversalUpscalerJob(upscale);
      await official().variation.getVariationById(id);
    });
    const own = await seenOf(() =>
      ours().edit({
        operation: 'upscale',
        inputImages: [png],
        options: { upscaleMultiplier: 2, creativityStrength: 3, upscaleStyle: 'CINEMATIC' },
      }),
    );
    const [place, file, submit, poll] = own;

    await expectParity({ official: theirs[0]!, ours: place! }, DIFFERENCES);
    expect(file?.headers.authorization).toBeUndefined();
    expect(file?.parts?.map(({ name }) => name)).toEqual(['key', 'Policy', 'file']);
    await expectParity({ official: theirs[1]!, ours: submit! }, DIFFERENCES);
    await expectParity({ official: theirs[2]!, ours: poll! }, DIFFERENCES);
  });

  it('are equal for the poll of a job, and for the account', async () => {
    const theirs = await seenOf(async () => {
      await official().image.getGenerationById(id);
      await official().user.getUserSelf();
    });
    const own = await seenOf(async () => {
      await ours().generate({ prompt: 'a red square' });
      await ours().healthCheck();
    });

    await expectParity({ official: theirs[0]!, ours: own[1]! }, DIFFERENCES);
    await expectParity({ official: theirs[1]!, ours: own[2]! }, DIFFERENCES);
  });

  it('request one private image with the unchanged prompt, where the official client has other defaults', async () => {
    const [theirs] = await seenOf(() =>
      official()
        .image.createGeneration({ prompt: 'a red square' })
        .catch(() => undefined),
    );
    const [own] = await seenOf(() => ours().generate({ prompt: 'a red square' }));

    expect(theirs?.json).toMatchObject({ num_images: 4 });
    expect(own?.json).toEqual({
      model: 'lucid-origin',
      public: false,
      parameters: { prompt: 'a red square', quantity: 1, prompt_enhance: 'OFF' },
    });
  });

  it('differ for a planted factor or job', async () => {
    const [, , submit, poll] = await seenOf(() =>
      ours().edit({
        operation: 'upscale',
        inputImages: [png],
        options: { upscaleMultiplier: 1.5, creativityStrength: 3, upscaleStyle: 'CINEMATIC' },
      }),
    );
    const theirs = await seenOf(async () => {
      await official().variation.createUniversalUpscalerJob(upscale);
      await official().variation.getVariationById(fileId);
    });
    await expect(expectParity({ official: theirs[0]!, ours: submit! }, DIFFERENCES)).rejects.toThrow('to deeply equal');
    await expect(expectParity({ official: theirs[1]!, ours: poll! }, DIFFERENCES)).rejects.toThrow();
  });
});
