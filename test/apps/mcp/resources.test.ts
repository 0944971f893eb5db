import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { createFakeTools, done, ERAS, mcpConnections } from './support.ts';

const connect = mcpConnections();
const tools = createFakeTools(() => done('a'));

let stored: ReturnType<typeof storeImage> | undefined;
afterAll(async () => (await stored)?.store.close());

const createStoreWithImage = () => {
  stored ??= storeImage();
  return stored;
};

async function storeImage() {
  const directory = await mkdtemp(join(tmpdir(), 'ai-image-mcp-'));
  const store = createStore({ directory, marks: 'none' });
  const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
  const { saved, images } = await manager.generate({ prompt: 'a fox', size: '256x256' });
  const [artifact, image] = [saved[0], images[0]];
  if (artifact === undefined || image === undefined) throw new Error('the stub made no image');
  return { store, id: artifact.id, bytes: image.imageBytes, directory };
}

describe.each(ERAS)('a client of the mode %s', (era) => {
  it('reads a stored image by its address', async () => {
    const { store, id, bytes } = await createStoreWithImage();
    const { client, connect: open } = await connect({ tools, store }, era);
    await open();
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toMatchObject([{ uriTemplate: 'imagen://images/{id}' }]);
    const { contents } = await client.readResource({ uri: `imagen://images/${id}` });
    expect(contents).toMatchObject([{ uri: `imagen://images/${id}`, mimeType: 'image/png' }]);
    expect(Buffer.from((contents[0] as { blob: string }).blob, 'base64').equals(bytes)).toBe(true);
  });

  it.each(['unknown', '..%2f..%2fetc%2fpasswd', '%00'])('L01: gets no file for the id %s', async (id) => {
    const { store } = await createStoreWithImage();
    const { client, connect: open } = await connect({ tools, store }, era);
    await open();
    await expect(client.readResource({ uri: `imagen://images/${id}` })).rejects.toThrow(/not found/i);
  });

  it('L14: learns no path when the store cannot be read', async () => {
    const { store, id, directory } = await createStoreWithImage();
    const broken: Store = {
      ...store,
      open: async () => {
        throw new Error(`cannot read ${directory}/secret.png`);
      },
    };
    const errors: unknown[] = [];
    const { client, connect: open } = await connect(
      { tools, store: broken, onError: (error) => errors.push(error) },
      era,
    );
    await open();
    const reading = client.readResource({ uri: `imagen://images/${id}` });
    await expect(reading).rejects.toThrow('The image cannot be read from the store.');
    await expect(reading).rejects.not.toThrow(directory);
    expect(errors).toHaveLength(1);
  });

  it('L10: gets a smaller version of an image that is too large for a chat', async () => {
    const { store, id } = await createStoreWithImage();
    const large: Store = { ...store, get: async () => ({ ...(await store.get(id)), bytes: 20_000_000 }) };
    const small = createFakeTools(
      () => done(id),
      async () => ({ bytes: new Uint8Array([1, 2, 3]), mediaType: 'image/webp', width: 1024, height: 512 }),
    );
    const { client, connect: open } = await connect({ tools: small, store: large }, era);
    await open();
    const { contents } = await client.readResource({ uri: `imagen://images/${id}` });
    expect(contents).toMatchObject([
      { mimeType: 'image/webp', blob: 'AQID' },
      { mimeType: 'text/plain', text: expect.stringContaining('1024x512') },
    ]);
  });

  it('finds the prompt imagine, which names the tool', async () => {
    const { client, connect: open } = await connect({ tools }, era);
    await open();
    const { prompts } = await client.listPrompts();
    expect(prompts).toMatchObject([
      { name: 'imagine', arguments: [{ name: 'description', required: true }, { name: 'style' }, { name: 'size' }] },
    ]);
    const { messages } = await client.getPrompt({ name: 'imagine', arguments: { description: 'a fox', style: 'ink' } });
    const text = JSON.stringify(messages[0]?.content);
    expect(text).toContain('generate_image');
    expect(text).toContain('Description: a fox\\nStyle: ink');
  });
});

describe('skills', () => {
  async function createSkills() {
    const folder = await mkdtemp(join(tmpdir(), 'ai-image-skills-'));
    await mkdir(join(folder, 'imagen'));
    const text = '---\nname: imagen\ndescription: Generates images.\n---\nUse generate_image.\n';
    await writeFile(join(folder, 'imagen', 'SKILL.md'), text);
    return folder;
  }

  it('are readable as resources', async () => {
    const { client, connect: open } = await connect({ tools, skillsFolder: await createSkills() }, 'auto');
    await open();
    const { resources } = await client.listResources();
    expect(resources).toMatchObject([{ uri: 'skill://imagen/SKILL.md' }]);
    const { contents } = await client.readResource({ uri: 'skill://imagen/SKILL.md' });
    expect(contents[0]).toMatchObject({ text: expect.stringContaining('Use generate_image.') });
  });

  it('that cannot be loaded are reported, and the tools work', async () => {
    const errors: unknown[] = [];
    const settings = {
      tools,
      skillsFolder: join(tmpdir(), 'absent-skills'),
      onError: (error: unknown) => errors.push(error),
    };
    const { client, connect: open } = await connect(settings, 'auto');
    await open();
    expect((await client.listTools()).tools).toHaveLength(1);
    expect(errors.length).toBeGreaterThan(0);
  });
});
