/** Undocumented replies: the paid image is returned or quarantined, and the error keeps the server's message. */
import { describe, expect, it } from 'vitest';
import type { ImageEvent, ImageGeneration } from '../../../src/providers/protocol/index.ts';
import { createProvider } from '../../../src/providers/registry.ts';
import { encodeSketch } from '../../../src/testing/image-sketch.ts';
import { openVendor, sendJson } from '../kit/support/vendor.ts';
import { failureOf } from './support.ts';

const image = await encodeSketch({ $image: 'png', width: 64, height: 64 });
const base64 = Buffer.from(image).toString('base64');
const link = `data:image/png;base64,${base64}`;
const delta = (value: object, reason?: string) => ({ choices: [{ delta: value, finish_reason: reason }] });

/** A chat gateway whose stream holds these events. */
async function openChat(events: readonly (object | string)[]) {
  const vendor = await openVendor((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const lines = events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
    response.end(lines.join(''));
  });
  const provider = createProvider('openai-compatible', { baseUrl: vendor.url, api: 'chat', models: ['m'] });
  return { provider, [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose]() };
}

async function lastOf(events: AsyncIterable<ImageEvent>): Promise<ImageGeneration> {
  let generation: ImageGeneration | undefined;
  for await (const event of events) if (event.type === 'done') generation = event.generation;
  return generation ?? expect.unreachable('no generation came');
}

const kept = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString();

describe('a streamed chat', () => {
  it.each([
    ['ends with [DONE]', ['[DONE]']],
    ['ends with a reason', [delta({}, 'stop')]],
    ['ends without a marker', []],
  ])('returns the image in its text when it %s', async (_, end) => {
    await using chat = await openChat([
      delta({ content: `Here: ![x](${link.slice(0, 90)}` }),
      delta({ content: `${link.slice(90)}) ok` }),
      ...end,
    ]);

    const { images, warnings } = await lastOf(chat.provider.stream({ prompt: 'a fox' }));

    expect(images).toMatchObject([{ format: 'png', width: 64 }]);
    expect(warnings).toMatchObject([{ code: 'vendor_warning', message: expect.stringContaining('Here:') }]);
  });

  it.each([['[DONE]'], [delta({}, 'stop')]])(
    'reports what the model wrote instead of an image, ended by %j',
    async (end) => {
      await using chat = await openChat([delta({ content: 'Which ' }), delta({ content: 'colour?' }), end]);

      const error = await failureOf(lastOf(chat.provider.stream({ prompt: 'a fox' })));

      expect(error).toMatchObject({ code: 'no_image', message: expect.stringContaining('Which colour?') });
    },
  );

  it('quarantines every event when the image is in an unknown field', async () => {
    const odd = { type: 'output_image', image_base64: base64 };
    await using chat = await openChat([delta({ content: [odd] }), delta({}, 'stop'), { usage: { cost: 1 } }, '[DONE]']);

    const error = await failureOf(lastOf(chat.provider.stream({ prompt: 'a fox' })));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown' });
    expect(kept(error.quarantine)).toContain(base64);
  });

  it('reports a refusal that arrives in several chunks', async () => {
    await using chat = await openChat([
      delta({ refusal: 'I cannot ' }),
      delta({ refusal: 'do that.' }),
      delta({}, 'content_filter'),
      '[DONE]',
    ]);

    expect(await failureOf(lastOf(chat.provider.stream({ prompt: 'a fox' })))).toMatchObject({
      code: 'content_refused',
    });
  });
});

describe('a chat reply', () => {
  it('a chat reply with the same image in three places returns one image', async () => {
    const images = [{ type: 'image_url', image_url: { url: link } }];
    const message = { content: `![x](${link})`, images: [...images, ...images] };
    await using vendor = await openVendor((_, response) => sendJson(response, { choices: [{ message }] }));
    const provider = createProvider('openai-compatible', { baseUrl: vendor.url, api: 'chat', models: ['m'] });

    const generation = await provider.generate({ prompt: 'a fox' });

    expect(generation.images).toHaveLength(1);
    expect(generation.warnings).toEqual([]);
  });
});

describe('a reply of the images API', () => {
  it('is quarantined as a whole when one of two images cannot be read', async () => {
    const odd = 'an image under no name';
    await using vendor = await openVendor((_, response) => sendJson(response, { data: [{ b64_json: base64 }, odd] }));
    const provider = createProvider('openai-compatible', { baseUrl: vendor.url });

    const { images, failures } = await provider.generate({ prompt: 'a fox', n: 2 });

    expect(images).toHaveLength(1);
    expect(kept(failures[0]?.error.quarantine ?? [])).toContain(odd);
  });

  it.each([
    ['in an item', { data: [{ error: { code: 'content_policy_violation', message: 'not this' } }] }, 'content_refused'],
    ['in a choice', { choices: [{ error: { code: 502, message: 'upstream is gone' } }] }, 'no_image'],
  ])('reports the reason that is %s', async (_, body, code) => {
    await using vendor = await openVendor((_hit, response) => sendJson(response, body));
    const provider = createProvider('openai-compatible', { baseUrl: vendor.url });

    const error = await failureOf(provider.generate({ prompt: 'a fox' }));

    expect(error).toMatchObject({ code, message: expect.stringMatching(/not this|upstream is gone/) });
  });

  it('reads an error body inside a list', async () => {
    await using vendor = await openVendor((_, response) =>
      sendJson(response, [{ error: { message: 'Invalid model' } }], 400),
    );
    const provider = createProvider('openai-compatible', { baseUrl: vendor.url });

    expect(await failureOf(provider.generate({ prompt: 'a fox' }))).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('Invalid model'),
    });
  });
});

describe('the cost of several requests', () => {
  it('is at least the sum of the reported costs, and a warning says so', async () => {
    await using vendor = await openVendor((_, response, count) => {
      if (count < 3) response.setHeader('x-litellm-response-cost', '0.4');
      sendJson(response, { data: [{ b64_json: base64 }] });
    });
    const provider = createProvider('openai-compatible', { baseUrl: vendor.url, maxImagesPerRequest: 1 });

    const { cost, warnings } = await provider.generate({ prompt: 'a fox', n: 3 });

    expect(cost).toEqual({ usd: 0.8, basis: 'estimated' });
    expect(warnings).toMatchObject([{ code: 'vendor_warning', message: expect.stringContaining('2 of 3 requests') }]);
  });
});

describe('settings and options', () => {
  const baseUrl = 'http://127.0.0.1:9/v1';

  it.each([
    ['seedField', 'n'],
    ['seedField', '__proto__'],
    ['negativePromptField', 'prompt'],
  ])('%s must not be %s, the name of another field', async (setting, name) => {
    const provider = createProvider('openai-compatible', { baseUrl, [setting]: name });

    expect(await failureOf(provider.plan({ prompt: 'a fox' }))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining(setting),
    });
  });

  it.each([
    [{ api: 'chat', responseFormat: 'url' }],
    [{ api: 'chat', maskPolarity: 'white-repaints' }],
    [{ api: 'chat', maxImagesPerRequest: 2 }],
    [{ api: 'chat', seedField: 'seed' }],
    [{ api: 'chat', negativePromptField: false }],
    [{ server: 'sglang', maskPolarity: 'white-repaints' }],
  ])('%j is refused: the setting would have no effect', async (settings) => {
    const provider = createProvider('openai-compatible' as string, { baseUrl, models: ['m'], ...settings } as object);

    expect(await failureOf(provider.plan({ prompt: 'a fox' }))).toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining(Object.keys(settings)[1] ?? ''),
    });
  });

  it('extraBody must not name another model than the one that is priced', async () => {
    const provider = createProvider('openai-compatible', { baseUrl, extraBody: { model: 'dear' } });

    expect(await failureOf(provider.plan({ prompt: 'a fox' }))).toMatchObject({ code: 'not_configured' });
  });

  it('a field that extraBody sets can no longer be requested', async () => {
    const provider = createProvider('openai-compatible', { baseUrl, extraBody: { seed: 99, size: '512x512' } });

    const { refusals } = await provider.plan({ prompt: 'a fox', seed: 1, size: '768x768' });
    const { applied, requests } = await provider.plan({ prompt: 'a fox' });

    expect(refusals.map(({ field }) => field).sort()).toEqual(['seed', 'size']);
    expect(applied).not.toHaveProperty('seed');
    expect(requests).toMatchObject([{ body: { seed: 99, size: '512x512' } }]);
  });

  it('a body that is not JSON, or is circular, is refused before the call', async () => {
    const provider = createProvider('openai-compatible', { baseUrl });
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;

    for (const [body, says] of [
      [cyclic, 'body.self must not contain itself'],
      [{ at: new Date(0) }, 'plain JSON'],
      [{ size: Number.NaN }, 'plain JSON'],
    ] as const) {
      expect(await failureOf(provider.plan({ prompt: 'a fox', options: { body } }))).toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining(says),
      });
    }
  });
});
