/** The official npm client of OpenAI hangs up, runs out of time and repeats its requests. The vendor is paid once. */

import { setTimeout as pause } from 'node:timers/promises';
import OpenAI, { APIConnectionTimeoutError, APIUserAbortError, toFile, UnprocessableEntityError } from 'openai';
import { expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf, openImagesVendor } from './images-vendor.ts';
import { createGate, sha256, useServersWithVendors } from './support.ts';

const start = useServersWithVendors();
const MODEL = 'openai/gpt-image-2';
/** The numbers of the promise: a client with a time-out of 1 s, and a vendor that takes 3 s. */
const CLIENT_MS = 1_000;
const VENDOR_MS = 3_000;

const clientOf = (url: string, options: ConstructorParameters<typeof OpenAI>[0] = {}) =>
  new OpenAI({ apiKey: TOKEN, baseURL: `${url}/v1`, ...options });

it('S24: a client that hangs up in mid-call leaves the call running, and its image in the store', async () => {
  const gate = createGate();
  const prompt = 'a fox after the hang-up';
  const server = await start({
    script: async () => {
      await gate.passed;
      return undefined;
    },
  });
  const stop = new AbortController();
  const work = clientOf(server.url).images.generate({ model: MODEL, prompt }, { signal: stop.signal });
  const ended = expect(work).rejects.toBeInstanceOf(APIUserAbortError);
  await server.vendor.received(prompt);
  stop.abort();
  await ended;
  gate.open();
  await expect.poll(() => server.store.search({})).toHaveLength(1);
  const [image] = await server.store.search({});
  expect(sha256(await server.store.open(image!.id))).toBe(sha256(imageOf(prompt)));
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('S24: the same for a client that hangs up in mid-stream', async () => {
  const gate = createGate();
  const prompt = 'a stream that is cut';
  const server = await start({
    script: async () => {
      await gate.passed;
      return undefined;
    },
  });
  const stop = new AbortController();
  const work = async () => {
    const stream = await clientOf(server.url).images.generate(
      { model: MODEL, prompt, stream: true },
      { signal: stop.signal },
    );
    for await (const event of stream) expect(event).toBeUndefined();
  };
  // The client ends its loop without an error when its own signal fires in a stream.
  const ended = work().catch((error: unknown) => expect(error).toBeInstanceOf(APIUserAbortError));
  await server.vendor.received(prompt);
  stop.abort();
  await ended;
  gate.open();
  await expect.poll(() => server.store.search({})).toHaveLength(1);
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('a time-out of 1 s before a vendor of 3 s costs one submit, and the image is delivered to a retry', async () => {
  const prompt = 'a fox in a storm of time-outs';
  const server = await start({
    script: async () => {
      await pause(VENDOR_MS);
      return undefined;
    },
  });
  const client = clientOf(server.url, { timeout: CLIENT_MS, maxRetries: 2, fetch: patientAt(3) });
  const { data, response } = await client.images.generate({ model: MODEL, prompt }).withResponse();
  expect(sha256(data.data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  expect(response.headers.get('x-imagen-adopted')).not.toBeNull();
  expect(server.vendor.submitsOf(prompt)).toBe(1);
  expect(await server.store.search({})).toHaveLength(1);
});

it('the same client before the bare vendor pays three times, and gets nothing', async () => {
  const prompt = 'a fox that is paid for three times';
  const vendor = await openImagesVendor(async () => {
    await pause(VENDOR_MS);
    return undefined;
  });
  const client = clientOf(vendor.origin, { timeout: CLIENT_MS, maxRetries: 2 });
  const work = client.images.generate({ model: 'gpt-image-2', prompt });
  await expect(work).rejects.toBeInstanceOf(APIConnectionTimeoutError);
  expect(vendor.submitsOf(prompt)).toBe(3);
  await vendor.close();
});

it('a storm of time-outs in an edit costs one submit: each retry has another boundary', async () => {
  const prompt = 'an edit in a storm';
  const server = await start({
    script: async () => {
      await pause(VENDOR_MS);
      return undefined;
    },
  });
  const client = clientOf(server.url, { timeout: CLIENT_MS, maxRetries: 2, fetch: patientAt(3) });
  const image = await toFile(imageOf('input'), 'input.png', { type: 'image/png' });
  const { data } = await client.images.edit({ model: MODEL, prompt, image });
  expect(sha256(data?.[0]?.b64_json ?? '')).toBe(sha256(imageOf(prompt)));
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('S23: the same Idempotency-Key is billed once, and both requests get the image', async () => {
  const server = await start();
  const client = clientOf(server.url);
  const prompt = 'a fox with a key';
  const options = { headers: { 'Idempotency-Key': 'order-4711' } };
  const first = await client.images.generate({ model: MODEL, prompt }, options);
  const { data: second, response } = await client.images.generate({ model: MODEL, prompt }, options).withResponse();
  expect(sha256(second.data?.[0]?.b64_json ?? '')).toBe(sha256(first.data?.[0]?.b64_json ?? ''));
  expect(response.headers.get('x-imagen-adopted')).not.toBeNull();
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('S23: two simultaneous requests with the same key are billed once', async () => {
  const gate = createGate();
  const prompt = 'two requests at once';
  const server = await start({
    script: async () => {
      await gate.passed;
      return undefined;
    },
  });
  const client = clientOf(server.url);
  const options = { headers: { 'Idempotency-Key': 'order-4712' } };
  const both = [1, 2].map(() => client.images.generate({ model: MODEL, prompt }, options));
  await server.vendor.received(prompt);
  gate.open();
  const answers = await Promise.all(both);
  expect(new Set(answers.map(({ data }) => sha256(data?.[0]?.b64_json ?? ''))).size).toBe(1);
  expect(server.vendor.submitsOf(prompt)).toBe(1);
});

it('S23: another request with a used key is refused, and not repeated by the client', async () => {
  const server = await start();
  const client = clientOf(server.url);
  const options = { headers: { 'Idempotency-Key': 'order-4713' } };
  await client.images.generate({ model: MODEL, prompt: 'the first wish' }, options);
  const other = client.images.generate({ model: MODEL, prompt: 'another wish' }, options);
  await expect(other).rejects.toBeInstanceOf(UnprocessableEntityError);
  await expect(other).rejects.toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  expect(server.vendor.submits).toHaveLength(1);
});

it('a second click on the same prompt is a new wish, and is billed', async () => {
  const server = await start();
  const client = clientOf(server.url);
  const prompt = 'a fox, twice';
  await client.images.generate({ model: MODEL, prompt });
  await client.images.generate({ model: MODEL, prompt });
  expect(server.vendor.submitsOf(prompt)).toBe(2);
});

/** A retry on a busy machine could run out of time as well; the attempt with this number waits as long as it takes. */
function patientAt(attempt: number): typeof fetch {
  let attempts = 0;
  return (input, init) => {
    attempts++;
    return fetch(input, attempts < attempt ? init : { ...init, signal: null });
  };
}
