/** The official npm client of OpenAI, unchanged, with the server as its `baseURL`. */
import OpenAI, { APIError, AuthenticationError, AzureOpenAI, BadRequestError, NotFoundError, toFile } from 'openai';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf, noiseOf } from './images-vendor.ts';
import { maskWithHole, type ServerWithVendor, sha256, useServersWithVendors } from './support.ts';

const start = useServersWithVendors();
const MODEL = 'openai/gpt-image-2';
const SMALL = { width: 1024, height: 1024 };

const clientOf = ({ url }: Pick<ServerWithVendor, 'url'>, options: ConstructorParameters<typeof OpenAI>[0] = {}) =>
  new OpenAI({ apiKey: TOKEN, baseURL: `${url}/v1`, ...options });

/** Counts what the client sends. */
function countedFetch(): { readonly fetch: typeof fetch; readonly sent: () => number } {
  let sent = 0;
  return {
    sent: () => sent,
    fetch: (input, init) => {
      sent++;
      return fetch(input, init);
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<APIError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof APIError)) throw new Error('expected an error of the client', { cause: error });
  return error;
}

it('generates an image as base64, which is the default', async () => {
  const server = await start();
  const prompt = 'a red fox in the snow';
  const answer = await clientOf(server).images.generate({ model: MODEL, prompt, size: '1024x1024' });
  expect(answer.data).toHaveLength(1);
  expect(sha256(answer.data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  expect(answer).toMatchObject({ size: '1024x1024', output_format: 'png' });
  expect(answer.usage).toMatchObject({ input_tokens: 12, output_tokens: 272, total_tokens: 284 });
  expect(Math.abs(answer.created - Date.now() / 1_000)).toBeLessThan(3_600);
  expect(answer._request_id).toMatch(/^req_[0-9a-z]{24}$/);
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('generates an image behind a link that needs no token', async () => {
  const server = await start();
  const prompt = 'a lighthouse';
  const answer = await clientOf(server).images.generate({ model: MODEL, prompt, response_format: 'url' });
  const [image] = answer.data ?? [];
  expect(image?.b64_json).toBeUndefined();
  const file = await fetch(image?.url ?? '');
  expect(file.headers.get('content-type')).toBe('image/png');
  expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(imageOf(prompt)));
});

it('delivers an image of 8 MB, as base64 and behind a link', async () => {
  const bytes = noiseOf(8 * 1024 ** 2);
  const server = await start({ script: () => ({ bytes }) });
  const client = clientOf(server);
  const { data } = await client.images.generate({ model: MODEL, prompt: 'a large fox' });
  expect(sha256(data?.[0]?.b64_json ?? '')).toBe(sha256(bytes));
  const linked = await client.images.generate({ model: MODEL, prompt: 'a large fox', response_format: 'url' });
  const file = await fetch(linked.data?.[0]?.url ?? '');
  expect(sha256(new Uint8Array(await file.arrayBuffer()))).toBe(sha256(bytes));
});

it('generates two images with one submit', async () => {
  const server = await start();
  const prompt = 'two foxes';
  const { data = [] } = await clientOf(server).images.generate({ model: MODEL, prompt, n: 2 });
  expect(data.map(({ b64_json = '' }) => sha256(b64_json))).toEqual([
    sha256(imageOf(prompt, SMALL, 0)),
    sha256(imageOf(prompt, SMALL, 1)),
  ]);
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('generates an image without a model, and with null for each field that it need not have', async () => {
  const server = await start();
  const prompt = 'a fox without a model';
  const { data } = await clientOf(server).images.generate({
    ...{ prompt, model: null, n: null, size: null, quality: null, background: null, moderation: null },
    ...{ output_format: null, output_compression: null, response_format: null, style: null, stream: null },
  });
  expect(sha256(data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
});

it('edits two images with a mask', async () => {
  const server = await start();
  const images = [imageOf('first input'), imageOf('second input')];
  const mask = await maskWithHole();
  const prompt = 'put them side by side';
  const answer = await clientOf(server).images.edit({
    model: MODEL,
    prompt,
    image: await Promise.all(images.map((bytes, at) => toFile(bytes, `input-${at}.png`, { type: 'image/png' }))),
    mask: await toFile(mask, 'mask.png', { type: 'image/png' }),
  });
  expect(sha256(answer.data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  const [submit] = server.vendor.submits;
  expect(submit?.path).toBe('/v1/images/edits');
  const inputs = submit?.files.filter(({ field }) => field === 'image[]') ?? [];
  expect(inputs.map(({ bytes }) => sha256(bytes))).toEqual(images.map(sha256));
  const sent = submit?.files.find(({ field }) => field === 'mask')?.bytes;
  // The caller's transparent pixels are the ones that the vendor may repaint.
  expect(await alphaOf(sent ?? new Uint8Array())).toEqual(await alphaOf(mask));
});

it('edits one image', async () => {
  const server = await start();
  const bytes = imageOf('the only input');
  const prompt = 'make it blue';
  const image = await toFile(bytes, 'input.png', { type: 'image/png' });
  const { data } = await clientOf(server).images.edit({ model: MODEL, prompt, image });
  expect(sha256(data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  expect(server.vendor.submits[0]?.files.map(({ field }) => field)).toEqual(['image']);
});

it.each([0, 1, 2, 3])('streams an image after %i partial images, and asks the vendor for no more', async (count) => {
  const server = await start();
  const prompt = `a fox that appears in ${count} steps`;
  const stream = await clientOf(server).images.generate({ model: MODEL, prompt, stream: true, partial_images: count });
  const events = [];
  for await (const event of stream) events.push(event);
  expect(events.map(({ type }) => type)).toEqual([
    ...Array.from({ length: count }, () => 'image_generation.partial_image'),
    'image_generation.completed',
  ]);
  const partials = events.flatMap((event) => (event.type === 'image_generation.partial_image' ? [event] : []));
  expect(partials.map(({ partial_image_index: index }) => index)).toEqual([0, 1, 2].slice(0, count));
  expect(server.vendor.submits.map(({ fields }) => Number(fields.partial_images ?? 0))).toEqual([count]);
  expect(partials.map(({ b64_json }) => sha256(b64_json))).toEqual(
    partials.map((_, index) => sha256(imageOf(`${prompt}, partial ${index}`))),
  );
  const last = events.at(-1);
  expect(sha256(last?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  expect(last).toMatchObject({ size: '1024x1024', output_format: 'png', usage: { total_tokens: 284 } });
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('streams an edit', async () => {
  const server = await start();
  const image = await toFile(imageOf('input'), 'input.png', { type: 'image/png' });
  const stream = await clientOf(server).images.edit({ model: MODEL, prompt: 'turn it', image, stream: true });
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  expect(types).toEqual(['image_edit.completed']);
});

it('S02 S21: tells a wrong token by the class of the error, once', async () => {
  const server = await start();
  const counted = countedFetch();
  const client = clientOf(server, { apiKey: 'wrong', fetch: counted.fetch });
  const error = await failureOf(client.images.generate({ model: MODEL, prompt: 'a fox' }));
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
  expect(error.requestID).toMatch(/^req_/);
  expect(counted.sent()).toBe(1);
  expect(server.vendor.submits).toEqual([]);
});

it('S21: tells an unknown model by the class of the error', async () => {
  const server = await start();
  const error = await failureOf(clientOf(server).images.generate({ model: 'gpt-image-7', prompt: 'a fox' }));
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
  expect(error.message).toContain('gpt-image-7');
});

it.each([
  ['n', { n: 11 }],
  ['prompt', { prompt: '' }],
  ['size', { size: 'huge' as '1024x1024' }],
  ['output_compression', { output_compression: 101, output_format: 'webp' as const }],
  ['quality', { quality: 'splendid' as 'low' }],
])('names the field %s that is wrong, before anything is sent', async (param, fields) => {
  const server = await start();
  const error = await failureOf(clientOf(server).images.generate({ model: MODEL, prompt: 'a fox', ...fields }));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  expect(server.vendor.submits).toEqual([]);
});

it('answers a spent budget with 402, which the client does not repeat', async () => {
  const server = await start({ budget: { perDayUsd: 0.000_1 } });
  const counted = countedFetch();
  const client = clientOf(server, { fetch: counted.fetch });
  const error = await failureOf(client.images.generate({ model: MODEL, prompt: 'too expensive' }));
  expect(error).toMatchObject({ status: 402, code: 'budget_exceeded', type: 'insufficient_quota' });
  expect(counted.sent()).toBe(1);
  expect(server.vendor.submits).toEqual([]);
});

it('passes on that the vendor refused the content', async () => {
  const script = () => ({ status: 400, code: 'moderation_blocked', message: 'Your request was rejected.' });
  const server = await start({ script });
  const error = await failureOf(clientOf(server).images.generate({ model: MODEL, prompt: 'refused' }));
  expect(error).toBeInstanceOf(BadRequestError);
  expect(error).toMatchObject({ code: 'moderation_blocked', type: 'image_generation_user_error' });
  expect(server.vendor.submitsOf('refused')).toBe(1);
});

it('S21: blames itself and shows no key when the vendor refuses its key', async () => {
  const script = () => ({
    status: 401,
    code: 'invalid_api_key',
    message: 'Incorrect API key provided: sk-vendor-5Tq8.',
  });
  const server = await start({ script });
  const counted = countedFetch();
  const client = clientOf(server, { fetch: counted.fetch });
  const error = await failureOf(client.images.generate({ model: MODEL, prompt: 'a fox' }));
  expect(error).toMatchObject({ status: 500, code: 'provider_misconfigured' });
  expect(JSON.stringify(error.error)).not.toContain('sk-vendor');
  expect(counted.sent()).toBe(1);
});

it('P1: does not let the client repeat a call that was billed and then lost', async () => {
  const server = await start({ script: () => 'die' });
  const counted = countedFetch();
  const client = clientOf(server, { fetch: counted.fetch });
  const error = await failureOf(client.images.generate({ model: MODEL, prompt: 'lost' }));
  expect(error.status).toBeGreaterThanOrEqual(502);
  expect(error).toMatchObject({ code: 'outcome_unknown', type: 'server_error' });
  expect(counted.sent()).toBe(1);
  expect(server.vendor.submitsOf('lost')).toBe(1);
});

it('reports a failure in mid-stream as an error of the client', async () => {
  const server = await start({ script: () => 'die' });
  const work = async () => {
    const stream = await clientOf(server).images.generate({ model: MODEL, prompt: 'lost stream', stream: true });
    for await (const event of stream) expect(event).toBeUndefined();
  };
  const error = await failureOf(work());
  expect(error.code).toBe('outcome_unknown');
  expect(error.requestID).toMatch(/^req_/);
  expect(server.vendor.submitsOf('lost stream')).toBe(1);
});

it('lists models, and finds one whose id has a slash', async () => {
  const client = clientOf(await start());
  const ids: string[] = [];
  for await (const { id } of client.models.list()) ids.push(id);
  expect(ids).toContain(MODEL);
  expect(ids).toContain('gpt-image-2');
  expect(new Set(ids).size).toBe(ids.length);
  expect(await client.models.retrieve(MODEL)).toMatchObject({ id: MODEL, object: 'model' });
  expect(await failureOf(client.models.retrieve('openai/none'))).toBeInstanceOf(NotFoundError);
});

it('serves the client for Azure, with its path of deployments and its header', async () => {
  const server = await start();
  const client = new AzureOpenAI({ endpoint: server.url, apiKey: TOKEN, apiVersion: '2026-10-01' });
  const generated = await client.images.generate({ model: 'gpt-image-2', prompt: 'a fox at Azure' });
  expect(sha256(generated.data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf('a fox at Azure')));
  const image = await toFile(imageOf('input'), 'input.png', { type: 'image/png' });
  const edited = await client.images.edit({ model: 'gpt-image-2', prompt: 'an edit at Azure', image });
  expect(sha256(edited.data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf('an edit at Azure')));
  expect(server.vendor.submits.map(({ fields }) => fields.model)).toEqual(['gpt-image-2', 'gpt-image-2']);
});

it('serves an address without /v1', async () => {
  const server = await start();
  const client = clientOf(server, { baseURL: server.url });
  const { data } = await client.images.generate({ model: MODEL, prompt: 'without /v1' });
  expect(sha256(data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf('without /v1')));
});

it('generates an image by the Responses API, plain and streamed', async () => {
  const server = await start();
  const client = clientOf(server);
  const request = {
    model: MODEL,
    input: 'a fox by Responses',
    tools: [{ type: 'image_generation' as const, output_format: 'png' as const }],
  };
  const { output } = await client.responses.create(request);
  expect(output.map(({ type }) => type)).toEqual(['image_generation_call']);
  const [call] = output;
  if (call?.type !== 'image_generation_call') throw new Error('expected an image');
  expect(sha256(call.result ?? '')).toBe(sha256(imageOf('a fox by Responses')));

  const stream = client.responses.stream({ ...request, input: 'a streamed fox' });
  const final = await stream.finalResponse();
  expect(final.status).toBe('completed');
  const [streamed] = final.output;
  if (streamed?.type !== 'image_generation_call') throw new Error('expected an image');
  expect(sha256(streamed.result ?? '')).toBe(sha256(imageOf('a streamed fox')));
});

/** Number of transparent and of opaque pixels, and one sample of each. */
async function alphaOf(bytes: Uint8Array) {
  const { data } = await sharp(bytes).ensureAlpha().extractChannel(3).raw().toBuffer({ resolveWithObject: true });
  const transparent = data.reduce((sum, alpha) => sum + (alpha === 0 ? 1 : 0), 0);
  return { transparent, middle: data[512 * 1024 + 512], corner: data[0] };
}
