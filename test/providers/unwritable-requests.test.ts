/** A request that JSON cannot hold is refused by every provider and by the manager, with the field named and nothing sent. */
import { afterAll, describe, expect, it } from 'vitest';
import { AiImageError, createImageManager } from '../../src/index.ts';
import { findUnwritable } from '../../src/providers/protocol/shared/find-unwritable.ts';
import { requestMatcher } from '../../src/providers/protocol/shared/request-matcher.ts';
import { createProvider, type ProviderId, registry } from '../../src/providers/registry.ts';
import { readSettings } from '../../src/testing/node-runtime.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { fixturesOf } from './support/fixtures.ts';

afterAll(closeServers);

const cyclic: Record<string, unknown> = { steps: 4 };
cyclic.self = { list: [cyclic] };
let deep: Record<string, unknown> = {};
for (let level = 0; level < 20_000; level++) deep = { deep };
let shared: Record<string, unknown> = { last: true };
for (let level = 0; level < 60; level++) shared = { one: shared, other: shared };

const UNWRITABLE = [
  ['contains itself', cyclic, 'options.input.self.list.0 must not contain itself'],
  ['is nested 20,000 levels deep', deep, 'options must be nested at most 100 levels deep'],
  ['has 2^60 values as JSON', shared, 'options must have at most 100000 values'],
  ['contains a bigint', { seed: 5n }, 'options.input.seed must not be a bigint'],
] as const;

describe('options that JSON cannot hold', () => {
  it.each(Object.keys(registry) as ProviderId[])('are refused by %s before anything is sent', async (id) => {
    const server = await startServer((hit) => hit.reply(418, { error: 'no such route' }));
    const settings = id === 'stub' ? {} : await readSettings(fixturesOf(id));
    const provider = createProvider(id as string, {
      apiKey: 'test-key-0123456789abcdef',
      baseUrl: server.origin,
      ...settings,
    });
    for (const [, input, message] of UNWRITABLE) {
      const request = { prompt: 'a fox', options: { input } };
      const refusal = { code: 'invalid_request', charged: 'no', message: `${id}: ${message}` };
      await expect(provider.generate(request)).rejects.toMatchObject(refusal);
      await expect(provider.plan(request)).rejects.toMatchObject(refusal);
      await expect(provider.generateImage('a fox', { options: { input } })).rejects.toMatchObject(refusal);
    }
    expect(server.hits).toEqual([]);
    await provider.close();
  });

  it.each(UNWRITABLE)('are refused by the manager, if the value %s', async (_how, input, message) => {
    const paid = new PaidProvider();
    const images = createImageManager({
      providers: { paid },
      profiles: { careless: { defaults: { options: { input } } } },
    });
    const refusal = { code: 'invalid_request', charged: 'no', message: `request.${message}` };

    await expect(images.generate({ ...small, options: { input } })).rejects.toMatchObject(refusal);
    await expect(images.plan({ ...small, options: { input } })).rejects.toMatchObject(refusal);
    await expect(images.generate({ ...small, profile: 'careless' })).rejects.toMatchObject(refusal);
    expect(paid.bought).toBe(0);
  });

  it('are the only ones refused: JSON can hold the same object twice, bytes and 100 levels', () => {
    const twice = { a: small, b: small, bytes: new Uint8Array(5_000_000) };
    let nested: object = twice;
    for (let level = 0; level < 98; level++) nested = [nested];

    expect(findUnwritable(nested, 'options')).toBeUndefined();
    expect(findUnwritable([[nested]], 'options')).toMatchObject({ field: 'options' });
  });

  it('do not put a private key of an object into the message', () => {
    expect(findUnwritable({ 'my secret words': 1n }, 'options')?.field).toBe('options.…');
  });
});

it('an input image that contains itself is refused by the manager', async () => {
  const images = createImageManager({ providers: { paid: new PaidProvider() } });
  const error = await images.plan({ ...small, inputImages: [cyclic] } as never).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(AiImageError);
  expect(error).toMatchObject({
    code: 'invalid_request',
    message: 'request.inputImages.0.self.list.0 must not contain itself',
  });
});

describe('the matcher of a request', () => {
  it.each(UNWRITABLE)('matches no other request, if a value in it %s', (_how, input) => {
    expect(requestMatcher({ options: { input } })({ options: { input } })).toBe(false);
  });

  it('ends if the request contained itself only after it was planned', () => {
    const options: Record<string, unknown> = { steps: 4 };
    const matches = requestMatcher({ options });
    expect(matches({ options })).toBe(true);
    options.self = options;
    expect(matches({ options })).toBe(false);
  });

  it('does not read metadata, which may contain itself', () => {
    expect(requestMatcher({ prompt: 'a fox', metadata: cyclic })({ prompt: 'a fox' })).toBe(true);
  });
});
