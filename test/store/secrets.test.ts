/** What must not be stored: prompts with `prompts: 'hash'`, keys and signatures. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { toArtifactContext } from '../../src/manager/steps/artifact-context.ts';
import { startServer } from '../faults/hostile-server.ts';
import { directProvider, linkOn } from '../faults/job-vendor.ts';
import { KEY, png } from '../faults/support.ts';
import { contentsOf, sha256, useStores } from './open-stores.ts';
import { about, drawn, handleOf, saved, someBytes } from './sample-images.ts';

const { open } = useStores();

describe("prompts: 'hash'", () => {
  it('K17: a store with hashed prompts leaves no prompt in any file of the directory', async () => {
    const store = open({ prompts: 'hash', naming: '{prompt}-{id:8}' });
    const prompt = 'canary-words of a secret prompt';
    const [first, ...others] = drawn({ prompt, job: 'j1' }).images;
    const image = { ...first, revisedPrompt: 'canary-words revised' };
    const generation = {
      ...drawn({ prompt, job: 'j1' }),
      images: [image, ...others] as const,
      applied: { model: 'm', n: 1, negativePrompt: 'canary-words not wanted' },
    };
    const request = {
      prompt,
      negativePrompt: 'canary-words',
      variation: 'canary-words',
      options: { x: 'canary-words' },
    };
    await store.jobs.begin({ id: 'call-1', provider: 'p', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-1', handleOf('j1', prompt));
    const kept = await store.save(generation, about(generation, { request }));
    await store.cache.put('key', { ...generation, saved: kept });
    await store.quarantine(someBytes(), 'cut off');
    const job = await store.jobs.find('j1');
    const cached = await store.cache.get('key');
    await store.close();

    expect(await contentsOf(store.directory)).not.toMatch(/canary|secret/);
    expect(basename(kept[0]!.path)).toBe(`${image.id.slice(0, 8)}.png`);
    expect(cached?.images[0].imageBytes).toEqual(image.imageBytes);
    expect(job?.handle?.id).toBe('j1');
  });

  it('stores hash and length, also for an image that another process fetches', async () => {
    const store = open({ prompts: 'hash' });
    const prompt = 'a red fox';
    await store.jobs.begin({ id: 'call-1', provider: 'p', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-1', handleOf('j1', prompt));
    const handle = (await store.jobs.find('call-1'))?.handle;
    const direct = await store.get((await saved(store, { prompt })).id);
    const fetched = await store.get((await saved(store, { prompt: handle!.request.prompt, job: 'j1' })).id);
    expect(direct).toMatchObject({ promptLength: 9, promptHash: sha256(new TextEncoder().encode(prompt)) });
    expect(direct).not.toHaveProperty('promptUsed');
    expect(fetched).toMatchObject({ promptHash: direct.promptHash, promptLength: 9 });
  });

  it('is not the default: without it, the prompt is stored', async () => {
    const store = open();
    await saved(store, { prompt: 'canary-words' });
    await store.close();
    expect(await contentsOf(store.directory)).toMatch(/canary-words/);
  });
});

describe('K15: keys and signatures', () => {
  it('are in no file of the directory after a call through the manager', async () => {
    const server = await startServer((hit) => {
      if (hit.path.startsWith('/files/')) return hit.reply(200, png(), { 'content-type': 'image/png' });
      return hit.reply(200, { images: [{ link: linkOn(hit, 'picture.png?signature=canary-signature') }] });
    });
    try {
      const store = open();
      const images = createImageManager({ providers: { direct: directProvider(server) }, store });
      const { saved, notes, images: results } = await images.generate({ prompt: 'a red fox', output: 'url' });
      expect([saved.length, notes.join()]).toEqual([1, expect.not.stringContaining('could not')]);
      expect(results[0].link?.url).toContain('canary-signature');
      await store.close();
      const tree = await contentsOf(store.directory);
      expect(tree).toContain('a red fox');
      for (const secret of [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64'), 'canary-signature']) {
        expect(tree).not.toContain(secret);
      }
    } finally {
      await server.close();
    }
  });

  it('are removed from all links in a request, and input images are replaced by hashes', async () => {
    const store = open();
    const link = 'https://me:canary-password@host.example/a/b.png?X-Signature=canary-signature#canary-part';
    const request = {
      prompt: 'a red fox',
      inputImages: [link, someBytes()],
      mask: ` ${link}`,
      options: { deep: [{ image_url: link, image: someBytes(), data: 'data:image/png;base64,canary' }] },
    };
    const context = await toArtifactContext(request as never, 'test', { model: 'm', n: 1 });
    const generation = drawn();
    const [kept] = await store.save(generation, context);
    expect((await store.get(kept!.id)).request).toMatchObject({
      inputImages: ['https://host.example/a/b.png', { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      options: { deep: [{ image_url: 'https://host.example/a/b.png', data: 'data:…' }] },
    });
    await store.close();
    expect(await contentsOf(store.directory)).not.toMatch(/canary/);
  });
});
