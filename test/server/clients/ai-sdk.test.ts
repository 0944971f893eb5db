/** Vercel's AI SDK with `@ai-sdk/openai-compatible`, unchanged. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateImage, RetryError } from 'ai';
import { expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf } from './images-vendor.ts';
import { sha256, useServersWithVendors } from './support.ts';

const start = useServersWithVendors();

const modelOf = (url: string, id = 'openai/gpt-image-2') =>
  createOpenAICompatible({ name: 'imagen', baseURL: `${url}/v1`, apiKey: TOKEN }).imageModel(id);

const SQUARE = { width: 1024, height: 1024 };

it('generates two images with one submit', async () => {
  const server = await start();
  const prompt = 'two foxes of the AI SDK';
  const { images, warnings } = await generateImage({ model: modelOf(server.url), prompt, n: 2, size: '1024x1024' });
  expect(images.map(({ uint8Array }) => sha256(uint8Array))).toEqual([
    sha256(imageOf(prompt, SQUARE, 0)),
    sha256(imageOf(prompt, SQUARE, 1)),
  ]);
  expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png']);
  expect(warnings).toEqual([]);
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('edits an image', async () => {
  const server = await start();
  const input = imageOf('input');
  const { image } = await generateImage({
    model: modelOf(server.url),
    prompt: { text: 'make it blue', images: [input] },
  });
  expect(sha256(image.uint8Array)).toBe(sha256(imageOf('make it blue')));
  expect(server.vendor.submits[0]?.files.map(({ bytes }) => sha256(bytes))).toEqual([sha256(input)]);
});

it('passes fields of OpenAI on by providerOptions', async () => {
  const server = await start();
  await generateImage({
    model: modelOf(server.url),
    prompt: 'a fox of high quality',
    providerOptions: { imagen: { quality: 'high' } },
  });
  expect(server.vendor.submits[0]?.fields.quality).toBe('high');
});

it('S23: its own retries are billed once when the request has an Idempotency-Key', async () => {
  const server = await start({ script: () => 'die' });
  const work = generateImage({
    model: modelOf(server.url),
    prompt: 'lost, with a key',
    headers: { 'Idempotency-Key': 'ai-sdk-1' },
  });
  // It repeats every 5xx, whatever x-should-retry says.
  await expect(work).rejects.toBeInstanceOf(RetryError);
  expect(server.vendor.submitsOf('lost, with a key')).toBe(1);
});

it('S24: its own retries are billed once without a key too, when the outcome is unknown', async () => {
  const server = await start({ script: () => 'die' });
  const work = generateImage({ model: modelOf(server.url), prompt: 'lost, without a key' });
  await expect(work).rejects.toBeInstanceOf(RetryError);
  expect(server.vendor.submitsOf('lost, without a key')).toBe(1);
});

it('without retries, an error has the words of the server', async () => {
  const server = await start();
  const work = generateImage({ model: modelOf(server.url, 'none/such'), prompt: 'a fox', maxRetries: 0 });
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(APICallError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ statusCode: 404, isRetryable: false });
});
