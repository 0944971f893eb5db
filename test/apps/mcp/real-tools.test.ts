/** The real tools behind the protocol: the size of their answers, repeated calls, and a client that gives up. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type AiImageProvider,
  createImageManager,
  createProvider,
  listProviders,
  StubProvider,
} from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { createImageTools, type ImageToolsSettings } from '../../../src/tool/index.ts';
import { ERAS, mcpConnections } from './support.ts';

const connect = mcpConnections();
type Era = (typeof ERAS)[number];

const stores: Store[] = [];
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
});

async function openTools(
  era: Era,
  providers: Readonly<Record<string, AiImageProvider>>,
  more: Partial<ImageToolsSettings> = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'ai-image-mcp-'));
  const store = createStore({ directory, marks: 'none' });
  stores.push(store);
  const manager = createImageManager({ providers, store });
  const tools = createImageTools({ manager, store, ...more });
  const { client, connect: open } = await connect({ tools, store }, era);
  await open();
  return { client, store, directory };
}

const MAX_CHARACTERS = 900_000;
const MAX_TOKENS = 20_000;
/** About four characters are a token. An image costs what its pixels cost, not its base64. */
const tokensOf = (content: readonly { readonly type: string }[], structured: unknown): number =>
  JSON.stringify([content.filter(({ type }) => type !== 'image'), structured]).length / 4;

/** The vendors that need no more than a key. */
async function everyVendor() {
  const all = listProviders().filter(({ id }) => id !== 'stub');
  const made = all.map(async ({ id }) => {
    const provider = createProvider(id, { apiKey: 'k'.repeat(40) } as never);
    await provider.plan({ prompt: 'a fox' });
    return [id, provider] as const;
  });
  return (await Promise.allSettled(made)).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

describe.each(ERAS)('with a client of the mode %s', (era) => {
  it('L10: no answer is too large for a client or for the context of a model', async () => {
    const keyed = await everyVendor();
    const { client } = await openTools(era, { stub: new StubProvider(), ...Object.fromEntries(keyed) });
    const generated = await client.callTool({
      name: 'generate_image',
      arguments: { prompt: 'a fox '.repeat(500), n: 4, size: '1024x1024', provider: 'stub' },
    });
    expect(generated.structuredContent).not.toHaveProperty('error');
    expect(keyed.length).toBeGreaterThan(8);
    const { images, job_id } = (generated.structuredContent as { data: { images: { id: string }[]; job_id: string } })
      .data;
    expect(images).toHaveLength(4);
    const [image] = images;
    const others = [
      { name: 'get_image', arguments: { job_id } },
      { name: 'get_image', arguments: { id: image?.id } },
      { name: 'search_images', arguments: { limit: 20 } },
      { name: 'estimate_image', arguments: { prompt: 'a fox' } },
      { name: 'select_image', arguments: { id: image?.id, selection: 'keep' } },
      { name: 'list_models', arguments: {} },
      { name: 'generate_image', arguments: { prompt: 'x'.repeat(100_000) } },
    ];
    const answers = [generated, ...(await Promise.all(others.map((call) => client.callTool(call))))];
    for (const { content, structuredContent } of answers) {
      expect(JSON.stringify({ content, structuredContent }).length).toBeLessThanOrEqual(MAX_CHARACTERS);
      expect(tokensOf(content, structuredContent)).toBeLessThan(MAX_TOKENS);
    }
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools).length / 4).toBeLessThan(MAX_TOKENS);
  });

  it('every answer is what the published schema says', async () => {
    const { client } = await openTools(era, { stub: new StubProvider() });
    // The client checks structured content against the schema that it has listed.
    await client.listTools();
    const { structuredContent } = await client.callTool({
      name: 'generate_image',
      arguments: { prompt: 'a fox', size: '256x256' },
    });
    const { job_id } = (structuredContent as { data: { job_id: string } }).data;
    for (const call of [
      { name: 'get_image', arguments: { job_id } },
      { name: 'search_images', arguments: { text: 'fox' } },
      { name: 'estimate_image', arguments: { prompt: 'a fox' } },
      { name: 'list_models', arguments: {} },
    ]) {
      expect((await client.callTool(call)).structuredContent, call.name).toMatchObject({ success: true });
    }
  });

  it('L14: a failing store shows no path, key or stack', async () => {
    const failing: AiImageProvider = {
      generateImage: async () => {
        throw Object.assign(new Error('EACCES: permission denied, open /home/ada/.config/key sk-0123456789abcdefghij'));
      },
    };
    const { client, directory } = await openTools(era, { stub: failing });
    const answer = await client.callTool({ name: 'generate_image', arguments: { prompt: 'a fox' } });
    const text = JSON.stringify(answer);
    expect(answer.isError).toBe(true);
    for (const secret of ['/home/ada', 'sk-0123456789', directory, 'at Object.', 'at async'])
      expect(text).not.toContain(secret);
  });

  it('L15: a call that the client gives up goes on; get_image has its image, and the bill is one', async () => {
    const { promise: sent, resolve: send } = Promise.withResolvers<void>();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    let bills = 0;
    const stub = new StubProvider();
    const slow: AiImageProvider = {
      async generateImage(prompt, params) {
        bills += 1;
        send();
        await finished;
        return stub.generateImage(prompt, { ...params, size: '64x64' });
      },
    };
    const { client, store } = await openTools(era, { slow }, { answerWithinMs: 600_000 });
    const abort = new AbortController();
    const call = client.callTool({ name: 'generate_image', arguments: { prompt: 'a fox' } }, { signal: abort.signal });
    await sent;
    abort.abort();
    await expect(call).rejects.toThrow();
    finish();
    await expect.poll(async () => (await store.search({ text: 'fox' })).length).toBe(1);
    const found = await client.callTool({ name: 'search_images', arguments: { text: 'fox' } });
    const { images } = (found.structuredContent as { data: { images: { id: string }[] } }).data;
    const image = await client.callTool({ name: 'get_image', arguments: { id: images[0]?.id } });
    expect(image.structuredContent).toMatchObject({ success: true });
    expect(bills).toBe(1);
  });
});
