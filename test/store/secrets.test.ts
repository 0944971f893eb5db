/** What must not be stored: prompts with `prompts: 'hash'`, keys and signatures. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { toArtifactContext } from '../../src/manager/steps/artifact-context.ts';
import type { Store } from '../../src/store/index.ts';
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

describe('K17: the prompt of a deleted image', () => {
  const call = (id: string) => ({ id, provider: 'p', model: 'm', reservation: 'r' });
  const prompt = 'canary-words of a prompt';
  /** Records a job with the prompt. Without `end` it stays open. */
  async function recordJob(store: Store, job: string, end?: 'done' | 'failed') {
    await store.jobs.begin(call(`call of ${job}`));
    await store.jobs.submitted(`call of ${job}`, handleOf(job, prompt));
    if (end) await store.jobs.end(`call of ${job}`, end);
  }
  const promptOf = async (store: Store, job: string) => (await store.jobs.find(job))?.handle?.request.prompt;

  it('is in no file of the directory, whatever jobs and results it had', async () => {
    const store = open();
    await recordJob(store, 'still recorded as open');
    await recordJob(store, 'second job of the call', 'done');
    await recordJob(store, 'job of another vendor', 'failed');
    const generation = drawn({ prompt, job: 'still recorded as open' }, { prompt });
    const kept = await store.save(generation, about(generation));
    await store.cache.put('key', { ...generation, saved: kept });
    for (const { id } of kept) await store.delete(id);
    const job = await store.jobs.find('still recorded as open');
    expect(job).toMatchObject({ state: 'running', handle: { provider: 'jobs', request: { n: 1 } } });
    expect(await store.search()).toEqual([]);
    await store.close();
    expect(await contentsOf(store.directory)).not.toMatch(/canary/);
  });

  it('is replaced by its hash in its jobs, and stays in other open jobs and in those of other vendors', async () => {
    const store = open();
    await recordJob(store, 'own', 'done');
    await recordJob(store, 'open');
    await store.jobs.begin(call('other'));
    await store.jobs.submitted('other', handleOf('other', 'another prompt'));
    await store.jobs.submitted('other', { ...handleOf('own', 'of another vendor'), provider: 'elsewhere' });
    await store.delete((await saved(store, { prompt, job: 'own' })).id);
    const placeholder = `prompt not kept: ${sha256(new TextEncoder().encode(prompt))}, ${prompt.length} characters`;
    const recorded = (await store.jobs.list()).map(({ handle }) => `${handle?.id}: ${handle?.request.prompt}`);
    expect(recorded.toSorted()).toEqual(
      [
        'open: canary-words of a prompt',
        'other: another prompt',
        `own: ${placeholder}`,
        'own: of another vendor',
      ].toSorted(),
    );
  });

  it('stays in the records when the image cannot be found', async () => {
    const store = open();
    await recordJob(store, 'own', 'done');
    await expect(store.delete('no-such-image')).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await promptOf(store, 'own')).toBe(prompt);
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
    const context = await toArtifactContext(request as never, 'test', { model: 'm', n: 1 }, undefined);
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

it.each(['text', 'hash'] as const)(
  'the job of a third party whose handle has no request is recorded (prompts: %s)',
  async (prompts) => {
    const store = open({ prompts });
    await store.jobs.begin({ id: 'call', provider: 'mine', model: 'm', reservation: 'r' });
    const handle = { version: 1, provider: 'mine', id: 'job-1', submittedAt: '2026-11-29T12:00:00.000Z' };
    await store.jobs.submitted('call', handle as never);
    expect(await store.jobs.find('job-1')).toMatchObject({ state: 'running', handle: { id: 'job-1' } });
  },
);
