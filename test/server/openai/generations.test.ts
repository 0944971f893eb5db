/** POST /v1/images/generations: what is asked of the vendor, and how the answer looks. */
import { describe, expect, it } from 'vitest';
import type { AiImageProvider } from '../../../src/index.ts';
import { imageOf } from '../clients/images-vendor.ts';
import { sha256, useServersWithVendors } from '../clients/support.ts';
import { useServers } from '../support.ts';

const start = useServersWithVendors();
const startWith = useServers();
const PATH = '/v1/images/generations';
const MODEL = 'openai/gpt-image-2.6-flare';

interface ImagesAnswer {
  readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
  readonly imagen: { readonly run: string; readonly warnings: readonly string[] };
}

const read = async (answer: Response): Promise<ImagesAnswer> => {
  const body: unknown = await answer.json();
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return body as ImagesAnswer; // the tests check its fields
};

describe('an answer', () => {
  it('has the fields of OpenAI, and what this server adds under imagen', async () => {
    const { post } = await start();
    const answer = await post(PATH, { prompt: 'a fox', model: MODEL, size: '1024x1024', quality: 'low', n: 2 });
    const body = await read(answer);
    expect(body).toEqual({
      created: expect.any(Number) as number,
      data: [0, 1].map((index) => ({ b64_json: Buffer.from(imageOf('a fox', undefined, index)).toString('base64') })),
      ...{ output_format: 'png', quality: 'low', size: '1024x1024' },
      usage: {
        ...{ input_tokens: 12, output_tokens: 272, total_tokens: 284 },
        input_tokens_details: { text_tokens: 12, image_tokens: 0 },
      },
      imagen: expect.objectContaining({
        ...{ provider: 'openai', model: MODEL, isAdopted: false, failures: [], warnings: [] },
        costUsd: expect.any(Number) as number,
        applied: expect.objectContaining({ quality: 'low', n: 2 }) as unknown,
      }) as unknown,
    });
  });

  it('has headers that say what happened, and that the request must not be repeated', async () => {
    const { post } = await start();
    const answer = await post(PATH, { prompt: 'a fox', model: MODEL });
    const { imagen } = await read(answer);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-request-id': expect.stringMatching(/^req_[a-z2-7]{24}$/) as string,
      'openai-processing-ms': expect.stringMatching(/^\d+$/) as string,
      'x-should-retry': 'false',
      'x-imagen-run': imagen.run,
      'x-imagen-model': MODEL,
      'x-imagen-cost-usd': expect.stringMatching(/^\d/) as string,
    });
  });

  it('has no usage where the provider reports no tokens', async () => {
    const provider: AiImageProvider = {
      generateImage: async (promptUsed) => ({
        ...{ imageBytes: new Uint8Array(imageOf(promptUsed)), format: 'png', promptUsed, model: 'own-1' },
      }),
    };
    const { post } = await startWith({ providers: { own: provider } });
    const body = await read(await post(PATH, { prompt: 'a fox' }));
    expect(body).not.toHaveProperty('usage');
    expect(body.imagen).not.toHaveProperty('costUsd');
  });

  it('has links to this server that need no token, if the client asks for links', async () => {
    const { post } = await start();
    const body = await read(await post(PATH, { prompt: 'a fox', model: MODEL, response_format: 'url' }));
    expect(body.data).toEqual([{ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\//) as string }]);
    const file = await fetch(body.data[0]?.url ?? '');
    expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(imageOf('a fox')));
  });

  it.each(['/v1/images/generations', '/images/generations', '/openai/deployments/gpt-image-2/images/generations'])(
    'is the same at %s',
    async (path) => {
      const { post } = await start();
      const body = await read(await post(path, { prompt: 'a fox' }));
      expect(sha256(body.data[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox')));
    },
  );
});

describe('a request', () => {
  it('keeps the user with the stored image, and sends it to no vendor', async () => {
    const { post, vendor, store } = await start();
    await read(await post(PATH, { prompt: 'a fox', model: MODEL, user: 'anna-of-the-team' }));
    expect(JSON.stringify(vendor.submits)).not.toContain('anna-of-the-team');
    const [image] = await store.search();
    expect(JSON.stringify(await store.get(image?.id ?? ''))).toContain('anna-of-the-team');
  });

  it('sends options of OpenAI to OpenAI', async () => {
    const { post, vendor } = await start();
    const options = { complexity: 'low', output_format: 'jpeg', output_compression: 80, quality: 'max' };
    const { imagen } = await read(await post(PATH, { prompt: 'a fox', model: MODEL, ...options }));
    expect(vendor.submits[0]?.fields).toMatchObject(options);
    expect(imagen.warnings.join(' ')).not.toContain('ignored');
  });

  it('leaves out an option that the model lacks, and says so', async () => {
    const { post, vendor } = await start();
    const body = { prompt: 'a fox', model: 'openai/gpt-image-2', complexity: 'low', quality: 'max' };
    const { imagen } = await read(await post(PATH, body));
    expect(vendor.submits[0]?.fields).not.toHaveProperty('complexity');
    expect(vendor.submits[0]?.fields).toMatchObject({ quality: 'high' });
    expect(imagen.warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(/^complexity was ignored/), expect.stringMatching(/^quality /)]),
    );
  });

  it('with a size that the model lacks gets the nearest one, and is told', async () => {
    const { post } = await start();
    const { imagen } = await read(
      await post(PATH, { prompt: 'a fox', model: 'openai/gpt-image-2', size: '1000x1000' }),
    );
    expect(imagen.warnings.join(' ')).toContain('1000x1000');
  });

  it.each([
    ['no JSON', '{', 'invalid_json'],
    ['a list', '[]', 'invalid_json'],
    ['a text', '"a fox"', 'invalid_json'],
    ['no prompt', '{}', 'missing_prompt'],
    ['nothing', '', 'invalid_json'],
  ])('with %s as its body is refused', async (_, body, code) => {
    const { send, vendor } = await start();
    const answer = await send(PATH, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code, type: 'invalid_request_error' } });
    expect(vendor.submits).toHaveLength(0);
  });

  it('returns the images that came, if others failed', async () => {
    const script = (_: unknown, nth: number) =>
      nth === 2 ? { status: 400, code: 'moderation_blocked', message: 'refused' } : undefined;
    const { post, vendor } = await startWithOneEach(script);
    const body = await read(await post(PATH, { prompt: 'a fox', n: 3 }));
    expect(vendor.count()).toBe(3);
    expect(body.data).toHaveLength(2);
    expect(body.imagen).toMatchObject({ failures: [{ index: 1, code: 'content_refused' }] });
  });
});

/** A provider that makes one image per call, so that some of several can fail. */
async function startWithOneEach(script: (_: unknown, nth: number) => { readonly code: string } | undefined) {
  const { AiImageError } = await import('../../../src/index.ts');
  let calls = 0;
  const provider: AiImageProvider = {
    async generateImage(promptUsed) {
      calls += 1;
      if (script(undefined, calls)) throw new AiImageError('content_refused', 'refused', { charged: 'no' });
      return { imageBytes: new Uint8Array(imageOf(promptUsed)), format: 'png', promptUsed, model: 'own-1' };
    },
  };
  const { post } = await startWith({ providers: { own: provider } });
  return { post, vendor: { count: () => calls } };
}

describe('POST /v1/images/variations', () => {
  it.each(['/v1', '', '/openai/deployments/x'])('is answered with 410 and what to do instead: %s', async (prefix) => {
    const { post } = await start();
    const answer = await post(`${prefix}/images/variations`, {});
    expect(answer.status).toBe(410);
    expect(await answer.json()).toMatchObject({
      error: { code: 'model_not_found', message: expect.stringContaining('/v1/images/edits') as string },
    });
  });
});
