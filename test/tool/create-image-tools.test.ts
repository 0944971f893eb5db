/** The set of tools as a whole: settings, schemas, names, and what surrounds a call. */
import { expect, it } from 'vitest';
import { AiImageError, createImageManager, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import { createImageTools, type ImageToolsSettings, TOOL_NAMES } from '../../src/tool/index.ts';
import { failureOf, useToolHosts } from './tool-hosts.ts';

const startHost = useToolHosts();
const freshStub = () => ({ stub: new StubProvider() });

it('lists the tools in their order, each with a strict schema and annotations', () => {
  const { tools } = startHost({ vendors: freshStub() });
  expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
  for (const { parameters, output, title, description } of tools) {
    expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
    expect(output).toMatchObject({ type: 'object', required: ['success', 'data'] });
    expect([title, description]).not.toContain('');
    for (const property of Object.values(parameters.properties as Record<string, { description?: string }>)) {
      expect(property.description, JSON.stringify(property)).toMatch(/\.$/);
    }
  }
  const paying = tools.filter(({ annotations }) => !annotations.idempotentHint).map(({ name }) => name);
  expect(paying).toEqual(['generate_image', 'edit_image']);
});

it('the schemas of the arguments hold no bounds that no agent needs', () => {
  const { tools } = startHost({ vendors: freshStub() });
  expect(JSON.stringify(tools)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  expect(JSON.stringify(tools).length).toBeLessThan(40_000);
});

it('answers a tool that does not exist with the names of those that do', async () => {
  const { call } = startHost({ vendors: freshStub() });
  const { error, data } = failureOf(await call('generate_video', {}));
  expect(error).toContain('generate_image');
  expect(data).toMatchObject({ code: 'invalid_request', charged: 'no' });
});

it.each([
  ['context', 7],
  ['context', null],
  ['callId', { callId: 7 }],
  ['callId', { call_id: 'call_7a1c9e2f4b6d8035' }],
  ['callId', { toolCallId: 'call_7a1c9e2f4b6d8035' }],
  ['conversation_id', { callId: 'call_0', conversationId: 'chat-7' }],
  ['callId', { callId: 'x'.repeat(2_000) }],
])('a wrong %s is a failure, and nothing is sent', async (_, context) => {
  const stub = new StubProvider();
  const { generate } = startHost({ vendors: { stub } });
  expect(failureOf(await generate({}, context as never)).data).toMatchObject({
    code: 'invalid_request',
    charged: 'no',
  });
  expect(stub.calls).toHaveLength(0);
});

it('a call with the id of the tool call, and fields of the host, is made', async () => {
  const { generate } = startHost({ vendors: freshStub() });
  const context = { callId: 'call_7a1c9e2f4b6d8035', toolCallId: 'call_7a1c9e2f4b6d8035', messages: [] };
  expect(await generate({}, context)).toMatchObject({ success: true });
});

it('a store that cannot be used is not called a provider', async () => {
  const store = createStore({ directory: '/dev/null/images' });
  const manager = createImageManager({ providers: freshStub(), store });
  const { call, close } = createImageTools({ manager, store });
  const { error } = failureOf(await call('generate_image', { prompt: 'a fox', size: '64x64' }));
  expect(error).toMatch(/^A part of these tools is not set up/);
  await close();
  await manager.close();
});

it('a function for links that throws does not lose an image', async () => {
  const linkOf = () => {
    throw new Error('a fault of the host');
  };
  const { generate } = startHost({ vendors: freshStub(), linkOf });
  expect((await generate()).data).toMatchObject({ images: [{ url: null }] });
});

it('returns a preview of a stored image, and refuses an id that no image has', async () => {
  const { generate, preview } = startHost({ vendors: freshStub() });
  const { images } = (await generate()).data as { images: { id: string }[] };
  expect(await preview(images[0]!.id)).toMatchObject({ mediaType: 'image/png', width: 64, height: 64 });
  await expect(preview('nothing-has-this-id')).rejects.toMatchObject({ code: 'invalid_request' });
});

it('returns the manifest of generate_image', async () => {
  const { manifest } = startHost({ vendors: freshStub() });
  expect((await manifest()).map(({ name }) => name)).toEqual(['generate_image']);
});

it('takes undefined for a setting that is left out, and names what it needs', () => {
  const maxUsd: number | undefined = undefined;
  const { store, manager } = startHost({ vendors: freshStub() });
  expect(createImageTools({ manager, store, maxUsd, profile: undefined }).tools).toHaveLength(TOOL_NAMES.length);
  expect(() => createImageTools({ manager, store: {} as never })).toThrow(
    expect.objectContaining({ hint: 'Pass what createStore returned.' }),
  );
});

it.each<[string, Partial<Record<keyof ImageToolsSettings | 'maxCost', unknown>>]>([
  ['manager', { manager: undefined }],
  ['manager', { manager: {} }],
  ['store', { store: undefined }],
  ['store', { store: { get: () => undefined } }],
  ['maxCost', { maxCost: 5 }],
  ['profile', { profile: '' }],
  ['maxUsd', { maxUsd: -1 }],
  ['maxUsd', { maxUsd: Number.POSITIVE_INFINITY }],
  ['maxImages', { maxImages: 2.5 }],
  ['confirmAboveUsd', { confirmAboveUsd: '1' }],
  ['unpricedUsd', { unpricedUsd: Number.NaN }],
  ['answerWithinMs', { answerWithinMs: 3_600_000 }],
  ['roots', { roots: 'images' }],
  ['roots', { roots: [''] }],
  ['referenceHosts[0]', { referenceHosts: ['https://images.example.com/x'] }],
  ['referenceHosts[0]', { referenceHosts: ['*.example.com'] }],
  ['linkOf', { linkOf: 'https://images.example.com' }],
  ['runner', { runner: { start: () => undefined } }],
])('refuses a wrong setting by its name: %s', (name, wrong) => {
  const { manager, store } = startHost({ vendors: freshStub() });
  const create = () => createImageTools({ manager, store, ...wrong } as ImageToolsSettings);
  expect(create).toThrow(AiImageError);
  expect(create).toThrow(name);
});

it('refuses a store that is not that of the manager', () => {
  const { store } = startHost({ vendors: freshStub() });
  const manager = createImageManager({ providers: freshStub() });
  expect(() => createImageTools({ manager, store })).toThrow('store of the manager');
});

it('copies the settings, so that a later change has no effect', async () => {
  const roots: string[] = [];
  const { generate } = startHost({ vendors: freshStub(), roots });
  roots.push('/');
  expect(failureOf(await generate({ reference_images: ['/proc/self/environ'] })).data.code).toBe('invalid_request');
});
