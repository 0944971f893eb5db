import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import {
  appendFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { toArtifactContext } from '../../src/manager/steps/artifact-context.ts';
import { FILES } from '../../src/store/files/files.ts';
import { createFolders } from '../../src/store/files/folders.ts';
import { createStore, type Store, type StoreSettings, saveImage, sidecarSchema } from '../../src/store/index.ts';
import { addArtifact } from '../../src/store/storage/artifact-writer.ts';
import { startServer } from '../faults/hostile-server.ts';
import { directProvider, linkOn } from '../faults/job-vendor.ts';
import { KEY, png } from '../faults/support.ts';
import { databaseOf, isInFiles } from './databases.ts';
import { about, drawn, handleOf, randomId, saved, someBytes } from './pictures.ts';
import { filesIn, incomingFiles, publicFiles, useFolder } from './support.ts';
import { watchedFiles } from './watched-files.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

const NOON = Date.UTC(2026, 10, 25, 12);
let passed = 0;
function open(settings: Partial<StoreSettings> = {}): Store {
  // A second passes with each look at the clock: what came later is later.
  const now = () => NOON + 1_000 * passed++;
  const { directory = join(folder(), 'pictures') } = settings;
  const store = createStore({ directory, now, ...databaseOf(directory), ...settings });
  stores.push(store);
  return store;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

/** Everything that is written anywhere below a directory. The store has to be closed: to read an open database undoes its locks. */
async function treeOf(directory: string): Promise<string> {
  const files = await filesIn(directory);
  const texts = await Promise.all(files.map((path) => readFile(join(directory, path), 'latin1')));
  return [...files, ...texts].join('\n');
}

describe('making a store', () => {
  it('touches nothing before it is used', () => {
    open();
    expect(existsSync(join(folder(), 'pictures'))).toBe(false);
  });

  it.each([
    [{ directory: ' ' }, 'needs a directory'],
    [{ partition: 'YYYY-MM' as never }, 'YYYY/MM/DD'],
    [{ partition: 'toString' as never }, 'partition is one of'],
    [{ prompts: 'none' as never }, "'text' or 'hash'"],
    [{ prompts: 'hash' as const, marksPrompt: true }, 'marksPrompt'],
    [{ marks: 'both' as never }, 'marks is one of'],
    [{ naming: '{nobody}' }, 'there is no {nobody}'],
  ])('refuses %j and says what is right', (settings, says) => {
    expect(() => open(settings)).toThrow(says);
    expect(() => open(settings)).toThrow(expect.objectContaining({ code: 'not_configured' }));
  });
});

describe('a picture that is kept', () => {
  it('stands beside a sidecar that says everything about it', async () => {
    const store = open();
    const generation = drawn({ prompt: 'a red fox', seed: 7, usd: 0.25 }, { prompt: 'a red fox' });
    const circumstances = about(generation, { parents: [randomId()], provider: 'mine' });
    const [first, second] = await store.save(generation, circumstances);
    const [image] = generation.images;

    expect(basename(first!.path)).toBe(`2026-11-25-a-red-fox-${image.id.slice(0, 8)}.png`);
    const sidecar: unknown = JSON.parse(await readFile(first!.path.replace('.png', '.json'), 'utf8'));
    expect(sidecarSchema.safeParse(sidecar).success).toBe(true);
    expect(await store.get(first!.id)).toEqual({ ...(sidecar as object), path: first!.path });
    expect(sidecar).toMatchObject({
      id: image.id,
      sha256: sha256(image.imageBytes),
      receivedSha256: sha256(image.imageBytes),
      provider: 'mine',
      promptUsed: 'a red fox',
      promptLength: 9,
      seed: 7,
      cost: { usd: 0.125, basis: 'reported' },
      parents: circumstances.parents,
      index: 0,
      tags: [],
    });
    expect(await store.get(second!.id)).toMatchObject({ index: 1, cost: { usd: 0.125 } });
  });

  it('B24: is byte for byte what came', async () => {
    const store = open();
    const bytes = someBytes(100_000);
    const { id, path } = await saved(store, { bytes });
    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
    expect(await store.open(id)).toEqual(bytes);
  });

  it.each([
    ['none', []],
    ['YYYY', ['2026']],
    ['YYYY/MM', ['2026', '11']],
    ['YYYY/MM/DD', ['2026', '11', '25']],
  ] as const)('with partition %s goes where its day says, and then where its name says', async (partition, parts) => {
    const store = open({ partition, naming: '{provider}/{prompt}' });
    const { path } = await saved(store);
    expect(path).toBe(join(store.directory, ...parts, 'test', 'a-red-fox.png'));
    expect((await store.verify()).whole).toBe(1);
  });

  it('F05: comes into the longest folders and under the longest name that a template can make', async () => {
    const store = open({ naming: '{prompt}/{model}/{prompt}' });
    const { id, bytes } = await saved(store, { prompt: '狐'.repeat(1_000), model: '狸'.repeat(1_000) });
    expect(await store.open(id)).toEqual(bytes);
    await store.tag(id, ['long']);
    await store.delete(id);
    expect(await publicFiles(store.directory)).toEqual([]);
  });

  it('F12: has the ending of its bytes', async () => {
    const store = open({ naming: 'x.png.{id:4}' });
    expect(basename((await saved(store, { id: randomId(), format: 'jpeg' })).path)).toMatch(/^x\.png\.\w{4}\.jpg$/);
  });

  it('F10: never takes the place of another file, of a picture or of somebody else', async () => {
    const store = open({ naming: '{prompt}', partition: 'none' });
    await mkdir(store.directory);
    await writeFile(join(store.directory, 'fox.json'), 'mine');
    await writeFile(join(store.directory, 'fox-2.png'), 'mine');
    const names = [];
    for (let picture = 0; picture < 2; picture++) names.push(basename((await saved(store, { prompt: 'fox' })).path));
    names.push(basename((await saved(store, { prompt: 'fox', format: 'webp' })).path));
    expect(names).toEqual(['fox-3.png', 'fox-4.png', 'fox-2.webp']);
    expect(await readFile(join(store.directory, 'fox.json'), 'utf8')).toBe('mine');
    expect(await readFile(join(store.directory, 'fox-2.png'), 'utf8')).toBe('mine');
  });

  it('F10: of 100 that are saved under one name at once, all are there', async () => {
    const store = open({ naming: '{prompt}' });
    const pictures = await Promise.all(Array.from({ length: 100 }, () => saved(store, { prompt: 'fox' })));
    expect(new Set(pictures.map(({ path }) => path)).size).toBe(100);
    for (const { id, bytes } of pictures) expect(await store.open(id)).toEqual(bytes);
    expect(await publicFiles(store.directory)).toHaveLength(200);
    expect(await store.search({ limit: 1_000 })).toHaveLength(100);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('J21: is kept once where it comes twice, also at the same time', async () => {
    const store = open();
    const bytes = someBytes();
    const twice = await Promise.all([saved(store, { job: 'j1', bytes }), saved(store, { job: 'j1', bytes })]);
    const later = await saved(store, { job: 'j1', bytes });
    const other = await saved(store, { job: 'j2', bytes });
    expect(new Set([...idsOf(twice), later.id])).toHaveLength(1);
    expect(other.id).not.toBe(later.id);
    expect(await publicFiles(store.directory)).toHaveLength(4);
  });

  it('J21: is kept once where two openings of the store save it at the same time', async () => {
    const bytes = someBytes();
    const kept = await Promise.all(Array.from({ length: 4 }, () => saved(open(), { job: 'j1', bytes })));
    expect(new Set(idsOf(kept))).toHaveLength(1);
    expect(await publicFiles(open().directory)).toHaveLength(2);
  });

  it('is kept again where the first one is gone or is not what it was', async () => {
    const store = open();
    const bytes = someBytes();
    const first = await saved(store, { job: 'j1', bytes });
    await writeFile(first.path, 'something else');
    const second = await saved(store, { job: 'j1', bytes });
    await unlink(second.path);
    const third = await saved(store, { job: 'j1', bytes });
    expect(new Set(idsOf([first, second, third]))).toHaveLength(3);
    expect(await store.open(third.id)).toEqual(bytes);
  });

  it('has one id for one picture: the same saved twice is one, another with its id is refused', async () => {
    const store = open();
    const generation = drawn({ id: 'fox-0000' });
    const [one, other] = await Promise.all([1, 2].map(() => store.save(generation, about(generation))));
    expect(one).toEqual(other);
    await expect(saved(store, { id: 'fox-0000' })).rejects.toMatchObject({ message: expect.stringContaining('id') });
    expect(await publicFiles(store.directory)).toHaveLength(2);
  });

  it.each([
    ['an id that is a way', { id: '../../../etc/x' }],
    ['an id that is too long', { id: 'x'.repeat(65) }],
    ['a seed that is no number', { seed: Number.NaN }],
    ['a cost that is no number', { usd: Number.POSITIVE_INFINITY }],
  ])('is refused with %s before anything is written', async (_, sketch) => {
    const store = open();
    await expect(saved(store, sketch)).rejects.toMatchObject({ code: 'internal' });
    expect([await publicFiles(store.directory), await incomingFiles(store.directory)]).toEqual([[], []]);
  });
});

describe('finding pictures', () => {
  it('finds by every word of the text, in prompt, model and tags, in any order and case', async () => {
    const store = open();
    const fox = await saved(store, { prompt: 'A RED fox at dawn', model: 'flux-2' });
    const owl = await saved(store, { prompt: 'an owl at dawn' });
    await store.tag(owl.id, ['Night']);
    expect(idsOf(await store.search({ text: 'dawn' }))).toEqual([owl.id, fox.id]);
    expect(idsOf(await store.search({ text: '  DAWN\tred ' }))).toEqual([fox.id]);
    expect(idsOf(await store.search({ text: 'flux' }))).toEqual([fox.id]);
    expect(idsOf(await store.search({ text: 'night owl' }))).toEqual([owl.id]);
    expect(await store.search({ text: 'red owl' })).toEqual([]);
  });

  it('takes every character of the text as it is', async () => {
    const store = open();
    const odd = await saved(store, { prompt: `100%_~'";--` });
    await saved(store, { prompt: 'plain' });
    for (const text of ['%', '_', '~', "'", '"', ';--', '0%_~']) {
      expect(idsOf(await store.search({ text })), text).toEqual([odd.id]);
    }
    for (const text of ['~%', 'p%n', 'pl_in', '*', '\\']) expect(await store.search({ text }), text).toEqual([]);
  });

  it('finds by provider, model, tag, time and parent, and all of them together', async () => {
    const store = open();
    const fox = await saved(store, { model: 'm1' }, { provider: 'one' });
    const owl = await saved(store, { model: 'm2' }, { provider: 'two', parents: [fox.id] });
    await store.tag(fox.id, ['a', 'b', 'a']);
    const { createdAt } = await store.get(owl.id);
    expect(idsOf(await store.search({ provider: 'one' }))).toEqual([fox.id]);
    expect(idsOf(await store.search({ model: 'm2' }))).toEqual([owl.id]);
    expect(idsOf(await store.search({ tag: 'b' }))).toEqual([fox.id]);
    expect(idsOf(await store.search({ tag: 'B' }))).toEqual([]);
    expect(idsOf(await store.search({ parent: fox.id }))).toEqual([owl.id]);
    expect(idsOf(await store.search({ since: createdAt }))).toEqual([owl.id]);
    expect(idsOf(await store.search({ since: '2026-11-25' }))).toEqual([owl.id, fox.id]);
    expect(await store.search({ since: '2026-11-26' })).toEqual([]);
    const inBerlin = createdAt.replace('T12', 'T13').replace('Z', '+01:00');
    expect(idsOf(await store.search({ since: inBerlin }))).toEqual([owl.id]);
    expect(await store.search({ provider: 'one', model: 'm2' })).toEqual([]);
    expect(await store.search({ text: 'fox', provider: 'two', model: 'm2', parent: fox.id })).toHaveLength(1);
  });

  it('shows what a person has chosen, and what nobody has rejected', async () => {
    const store = open();
    const [good, bad, open_] = [await saved(store), await saved(store), await saved(store)];
    expect(await store.keep(good.id)).toMatchObject({ selection: 'kept' });
    await store.keep(bad.id);
    await store.reject(bad.id);
    expect(idsOf(await store.search({ kept: true }))).toEqual([good.id]);
    expect(idsOf(await store.search({ kept: false }))).toEqual([open_.id, good.id]);
    expect(await store.unmark(good.id)).not.toHaveProperty('selection');
    expect(await store.search({ kept: true })).toEqual([]);
    expect(await store.get(good.id)).not.toHaveProperty('selection');
  });

  it('goes on after the last one of a page, also where many came in the same moment', async () => {
    const store = open({ now: () => NOON });
    const all = await Promise.all(Array.from({ length: 25 }, () => saved(store)));
    const seen: string[] = [];
    for (let after: Awaited<ReturnType<Store['search']>>[number] | undefined; ; ) {
      const page = await store.search({ limit: 10, ...(after && { after }) });
      seen.push(...idsOf(page));
      after = page.at(-1);
      if (page.length < 10) break;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(idsOf(all)));
  });

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: -1 }, 'limit'],
    [{ limit: Number.NaN }, 'limit'],
    [{ since: 'yesterday' }, 'since'],
    [{ text: 'x '.repeat(65) }, 'words'],
  ])('refuses %j', async (query, says) => {
    await expect(open().search(query)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(says),
    });
  });

  it('says so where there is no such picture', async () => {
    const store = open();
    for (const call of [store.get, store.open, store.delete, store.keep, store.verify]) {
      await expect(call('nobody')).rejects.toMatchObject({ code: 'invalid_request', hint: /search/ });
    }
  });
});

describe('changing pictures', () => {
  it('writes tags and choice into the sidecar, in the place of those before', async () => {
    const store = open();
    const { id, path } = await saved(store);
    await store.tag(id, ['b', 'a', 'b']);
    await store.keep(id);
    expect(JSON.parse(await readFile(path.replace('.png', '.json'), 'utf8'))).toMatchObject({
      tags: ['b', 'a'],
      selection: 'kept',
    });
    expect(await store.tag(id, [])).toMatchObject({ tags: [], selection: 'kept' });
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('loses none of many changes at once, in one opening of the store or in two', async () => {
    const [store, other] = [open(), open()];
    const { id } = await saved(store);
    await Promise.all([store.keep(id), other.tag(id, ['x']), store.tag(id, ['x']), other.keep(id)]);
    for (const each of [store, other]) expect(await each.get(id)).toMatchObject({ selection: 'kept', tags: ['x'] });
    expect(idsOf(await store.search({ kept: true, tag: 'x' }))).toEqual([id]);
  });

  it('A15: keeps fields that another version of the library has written', async () => {
    const store = open();
    const { id, path } = await saved(store);
    const sidecarPath = path.replace('.png', '.json');
    const before = JSON.parse(await readFile(sidecarPath, 'utf8')) as Record<string, object>;
    const more = { ...before, rating: 5, mark: { ...before.mark, credential: 'c2pa' } };
    await writeFile(sidecarPath, JSON.stringify(more));
    await store.keep(id);
    expect(JSON.parse(await readFile(sidecarPath, 'utf8'))).toEqual({ ...more, selection: 'kept' });
  });

  it('deletes for good: no file is left, no result, and no word of the prompt', async () => {
    const store = open();
    const generation = drawn({ prompt: 'canary-prompt' });
    const kept = await store.save(generation, about(generation));
    await store.cache.put('key', { ...generation, kept });
    const [{ id } = { id: '' }] = kept;
    await store.tag(id, ['canary-tag']);
    await store.delete(id);
    await expect(store.get(id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await store.search()).toEqual([]);
    expect(await publicFiles(store.directory)).toEqual([]);
    await store.close();
    expect(await treeOf(store.directory)).not.toMatch(/canary/);
  });

  it('knows what a picture was made of and what was made of it, also when that is gone', async () => {
    const store = open();
    const a = await saved(store);
    const b = await saved(store, {}, { parents: [a.id] });
    const c = await saved(store, {}, { parents: [b.id, 'from-elsewhere'] });
    await store.delete(b.id);
    expect(await store.lineage(c.id)).toEqual({
      id: c.id,
      ancestors: [b.id, 'from-elsewhere'].sort(),
      descendants: [],
    });
    expect((await store.lineage(a.id)).descendants).toEqual([]);
    const d = await saved(store, { id: 'circle-1' }, { parents: ['circle-2'] });
    await saved(store, { id: 'circle-2' }, { parents: [d.id] });
    expect(await store.lineage('circle-1')).toMatchObject({ ancestors: ['circle-2'], descendants: ['circle-2'] });
  });
});

describe('a store as a whole', () => {
  it('says that all is whole, and which one is not', async () => {
    const store = open();
    const [good, bad] = [await saved(store), await saved(store)];
    expect(await store.verify()).toEqual({ whole: 2, findings: [] });
    await appendFile(bad.path, 'x');
    expect(await store.verify()).toMatchObject({ whole: 1, findings: [{ kind: 'changed', path: bad.path }] });
    expect(await store.verify(good.id)).toEqual({ whole: 1, findings: [] });
    await expect(store.open(bad.id)).rejects.toMatchObject({ code: 'internal' });
  });

  it('makes its catalog again from the sidecars, as they are now', async () => {
    const store = open();
    const [kept, gone] = [await saved(store), await saved(store)];
    for (const path of [gone.path, gone.path.replace('.png', '.json')]) await unlink(path);
    await rename(dirname(kept.path), join(store.directory, 'elsewhere'));
    expect(await store.reindex()).toEqual({ artifacts: 1, passedOver: [] });
    expect(await store.open(kept.id)).toEqual(kept.bytes);
    expect(idsOf(await store.search())).toEqual([kept.id]);
  });

  it('is opened again with everything that was in it', async () => {
    const first = open();
    const { id, bytes } = await saved(first);
    const promised = await first.ledger.reserve({ micros: 5, provider: 'p', model: 'm', images: 1 }, [{ name: 'day' }]);
    await first.close();
    const second = open();
    expect(await second.open(id)).toEqual(bytes);
    expect([typeof promised, await second.ledger.taken('day')]).toEqual(['string', 5]);
    expect(await first.open(id)).toEqual(bytes);
  });

  it('says what was spent, by day, provider and model', async () => {
    let today = NOON;
    const store = open({ now: () => today });
    const spend = async (model: string, micros: number) =>
      (await store.ledger.reserve({ micros, provider: 'p', model, images: 2 }, [])) as string;
    await store.ledger.settle(await spend('m1', 100_000), 150_000);
    await store.ledger.release(await spend('m1', 100_000));
    await spend('m2', 200_000);
    today += 86_400_000;
    await store.ledger.settle(await spend('m1', 300_000), 300_000);
    const row = { provider: 'p', calls: 1, images: 2 };
    expect(await store.usage()).toEqual([
      { ...row, day: '2026-11-25', model: 'm1', usd: 0.15 },
      { ...row, day: '2026-11-25', model: 'm2', usd: 0.2 },
      { ...row, day: '2026-11-26', model: 'm1', usd: 0.3 },
    ]);
    expect(await store.usage('2026-11-26')).toHaveLength(1);
    await expect(store.usage('last week')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('puts broken bytes that were paid for aside, the same ones once', async () => {
    const store = open();
    const bytes = someBytes();
    const paths = await Promise.all([1, 2].map(() => store.quarantine(bytes, 'no picture')));
    expect(paths[0]).toBe(paths[1]);
    expect(new Uint8Array(await readFile(paths[0]!))).toEqual(bytes);
    expect(await readFile(paths[0]!.replace('.bin', '.json'), 'utf8')).toContain('no picture');
    expect(await incomingFiles(store.directory)).toEqual([]);
    expect(await store.verify()).toEqual({ whole: 0, findings: [] });
  });
});

describe("prompts: 'hash'", () => {
  it('K17: leaves no word of a prompt anywhere in the directory', async () => {
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
    await store.cache.put('key', { ...generation, kept });
    await store.quarantine(someBytes(), 'cut off');
    const job = await store.jobs.find('j1');
    const cached = await store.cache.get('key');
    await store.close();

    expect(await treeOf(store.directory)).not.toMatch(/canary|secret/);
    expect(basename(kept[0]!.path)).toBe(`${image.id.slice(0, 8)}.png`);
    expect(cached?.images[0].imageBytes).toEqual(image.imageBytes);
    expect(job?.handle?.id).toBe('j1');
  });

  it('keeps hash and length, also of a picture that another process fetches', async () => {
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

  it('is not what a store does unless it is asked: then the prompt is there', async () => {
    const store = open();
    await saved(store, { prompt: 'canary-words' });
    await store.close();
    expect(await treeOf(store.directory)).toMatch(/canary-words/);
  });
});

describe('K15: keys and signatures', () => {
  it('are nowhere in the directory after a call through the manager', async () => {
    const server = await startServer((hit) => {
      if (hit.path.startsWith('/files/')) return hit.reply(200, png(), { 'content-type': 'image/png' });
      return hit.reply(200, { images: [{ link: linkOn(hit, 'picture.png?signature=canary-signature') }] });
    });
    try {
      const store = open();
      const images = createImageManager({ providers: { direct: directProvider(server) }, store });
      const { kept, notes, images: pictures } = await images.generate({ prompt: 'a red fox', output: 'url' });
      expect([kept.length, notes.join()]).toEqual([1, expect.not.stringContaining('could not')]);
      expect(pictures[0].link?.url).toContain('canary-signature');
      await store.close();
      const tree = await treeOf(store.directory);
      expect(tree).toContain('a red fox');
      for (const secret of [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString('base64'), 'canary-signature']) {
        expect(tree).not.toContain(secret);
      }
    } finally {
      await server.close();
    }
  });

  it('are left out of links in a request, wherever they stand in it, and pictures in it are hashes', async () => {
    const store = open();
    const link = 'https://me:canary-password@host.example/a/b.png?X-Signature=canary-signature#canary-part';
    const request = {
      prompt: 'a red fox',
      inputImages: [link, someBytes()],
      mask: ` ${link}`,
      options: { deep: [{ image_url: link, image: someBytes(), data: 'data:image/png;base64,canary' }] },
    };
    const circumstances = await toArtifactContext(request as never, 'test', { model: 'm', n: 1 });
    const generation = drawn();
    const [kept] = await store.save(generation, circumstances);
    expect((await store.get(kept!.id)).request).toMatchObject({
      inputImages: ['https://host.example/a/b.png', { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      options: { deep: [{ image_url: 'https://host.example/a/b.png', data: 'data:…' }] },
    });
    await store.close();
    expect(await treeOf(store.directory)).not.toMatch(/canary/);
  });
});

describe('rights', () => {
  it('F14: are for this user alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const store = open();
      const { path, id } = await saved(store);
      await store.tag(id, ['x']);
      await store.ledger.taken('day');
      await store.quarantine(someBytes(), 'cut off');
      const modeOf = async (each: string) => ((await stat(each)).mode & 0o777).toString(8);
      const entries = await readdir(store.directory, { recursive: true, withFileTypes: true });
      expect(entries.length).toBeGreaterThan(isInFiles() ? 12 : 10);
      for (const entry of entries) {
        const each = join(entry.parentPath, entry.name);
        expect([each, await modeOf(each)]).toEqual([each, entry.isDirectory() ? '700' : each === path ? '644' : '600']);
      }
      expect(await modeOf(store.directory)).toBe('700');
    } finally {
      process.umask(before);
    }
  });
});

describe('links in the directory', () => {
  it('F07: are not written through where a picture or a sidecar should go', async () => {
    const store = open({ naming: '{prompt}', partition: 'none' });
    await mkdir(store.directory);
    await writeFile(join(folder(), 'victim'), 'untouched');
    await symlink(join(folder(), 'victim'), join(store.directory, 'fox.png'));
    await symlink(join(folder(), 'nowhere.json'), join(store.directory, 'fox-2.json'));
    expect(basename((await saved(store, { prompt: 'fox' })).path)).toBe('fox-3.png');
    expect(await readFile(join(folder(), 'victim'), 'utf8')).toBe('untouched');
    expect(existsSync(join(folder(), 'nowhere.json'))).toBe(false);
  });

  it('F07: are not followed by a change: it takes the place of the link', async () => {
    const store = open();
    const { id, path } = await saved(store);
    const sidecarPath = path.replace('.png', '.json');
    await rename(sidecarPath, join(folder(), 'elsewhere.json'));
    await symlink(join(folder(), 'elsewhere.json'), sidecarPath);
    const before = await readFile(join(folder(), 'elsewhere.json'), 'utf8');
    await store.keep(id);
    expect(await readFile(join(folder(), 'elsewhere.json'), 'utf8')).toBe(before);
    expect((await lstat(sidecarPath)).isSymbolicLink()).toBe(false);
  });

  it('F08: are refused in the place of a folder, and the bytes are put aside', async () => {
    const store = open({ partition: 'YYYY' });
    await mkdir(store.directory);
    await mkdir(join(folder(), 'outside'));
    await symlink(join(folder(), 'outside'), join(store.directory, '2026'));
    await expect(saved(store)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('is a link'),
      hint: expect.stringContaining('quarantine'),
    });
    expect(await readdir(join(folder(), 'outside'))).toEqual([]);
  });

  it("F08: are refused in the place of the store's own folders", async () => {
    for (const name of ['.ai-image', '.ai-image/incoming', '.ai-image/locks', '.ai-image/quarantine']) {
      const directory = join(folder(), `store-${name.replace('/', '-')}`);
      await mkdir(join(directory, dirname(name)), { recursive: true });
      await mkdir(join(folder(), `outside-${basename(name)}`));
      await symlink(join(folder(), `outside-${basename(name)}`), join(directory, name));
      await expect(saved(open({ directory }))).rejects.toMatchObject({ message: expect.stringContaining('is a link') });
      expect(await readdir(join(folder(), `outside-${basename(name)}`))).toEqual([]);
    }
  });

  it('may lead to the root itself: where it is, its owner says', async () => {
    await mkdir(join(folder(), 'real'));
    await symlink(join(folder(), 'real'), join(folder(), 'pictures'));
    const store = open();
    const { id, bytes } = await saved(store);
    expect(await store.open(id)).toEqual(bytes);
    expect(await publicFiles(join(folder(), 'real'))).toHaveLength(2);
  });

  it('F09: a folder that leaves the root is refused, however it is written', async () => {
    const root = join(folder(), 'out');
    await mkdir(root);
    await mkdir(join(folder(), 'out_evil'));
    for (const canHold of [true, false]) {
      const folders = createFolders(FILES, root, canHold);
      for (const parts of [['..', 'out_evil'], ['../out_evil'], ['/etc'], [''], ['.'], ['a\0b'], ['a\\b']]) {
        await expect(folders.make(parts)).rejects.toMatchObject({ code: 'not_configured' });
      }
    }
    expect([await readdir(root), await readdir(join(folder(), 'out_evil'))]).toEqual([[], []]);
  });
});

describe.runIf(isInFiles())('F08: a folder that becomes a link between look and write', () => {
  /** Swaps the store's folder for a link to a place outside, and back. */
  function swapper(root: string) {
    const [inside, aside, outside] = [join(root, '2026'), join(root, 'aside'), join(folder(), 'outside')];
    mkdirSync(outside, { recursive: true });
    let rounds = 0;
    return {
      outside,
      rounds: () => rounds,
      swap() {
        try {
          renameSync(inside, aside);
          symlinkSync(outside, inside);
          rounds++;
        } catch {
          // The store was faster: it has made the folder anew, or not yet.
        }
      },
      back() {
        try {
          if (lstatSync(inside).isSymbolicLink()) unlinkSync(inside);
          if (existsSync(inside)) rmSync(aside, { recursive: true });
          else renameSync(aside, inside);
        } catch {
          // There is nothing to put back.
        }
      },
    };
  }

  it('gets nothing, at whichever operation of a save, a change or a delete it happens', async () => {
    for (let at = 0, isOver = false; !isOver; at++) {
      const root = join(folder(), `store-${at}`);
      let count = -1;
      let swap: () => void = () => undefined;
      const files = watchedFiles(() => {
        if (count >= 0 && count++ === at) swap();
      });
      const store = open({ directory: root, partition: 'YYYY', files });
      const { id } = await saved(store);
      const attack = swapper(root);
      swap = attack.swap;
      count = 0;
      await saved(store).catch(() => undefined);
      await store.tag(id, ['x']).catch(() => undefined);
      await store.delete(id).catch(() => undefined);
      isOver = attack.rounds() === 0;
      expect(await readdir(attack.outside)).toEqual([]);
      await store.close();
    }
  }, 90_000);

  it('gets nothing in 10,000 rounds of a race', async () => {
    const store = open({ partition: 'YYYY' });
    await saved(store);
    const attack = swapper(store.directory);
    let isOver = false;
    const race = (async () => {
      while (!isOver) {
        attack.swap();
        await new Promise((resolve) => setImmediate(resolve));
        attack.back();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    let landed = 0;
    while (attack.rounds() < 10_000) {
      const all = await Promise.allSettled(Array.from({ length: 4 }, () => saved(store)));
      landed += all.filter(({ status }) => status === 'fulfilled').length;
    }
    isOver = true;
    await race;
    expect(await readdir(attack.outside)).toEqual([]);
    expect(landed).toBeGreaterThan(0);
  }, 90_000);

  it('is seen afterwards where the platform does not lead through open folders, and what went through is taken back', async () => {
    const root = join(folder(), 'store');
    const store = open({ directory: root, partition: 'YYYY' });
    const sidecar = await store.get((await saved(store)).id);
    const attack = swapper(root);
    let links = 0;
    const files = watchedFiles((operation, path) => {
      if (operation === 'link' && path.startsWith(join(root, '2026')) && links++ === 0) attack.swap();
    });
    const incoming = await createFolders(FILES, root).hold(['.ai-image', 'incoming']);
    const place = {
      files,
      folders: createFolders(files, root, false),
      incoming,
      token: 'test',
      wanted: new Set<string>(),
    };
    const added = addArtifact(place, someBytes(), { ...sidecar, id: randomId() }, ['2026'], 'fox');
    await expect(added).rejects.toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining('is a link'),
    });
    await incoming.leave();
    expect(attack.rounds()).toBe(1);
    expect(await readdir(attack.outside)).toEqual([]);
  });
});

describe('saveImage', () => {
  it('F12: writes one file, whose ending follows the bytes', async () => {
    const bytes = someBytes();
    expect(await saveImage({ imageBytes: bytes, format: 'jpeg' }, join(folder(), 'fox.png'))).toBe(
      join(folder(), 'fox.jpg'),
    );
    expect(await saveImage({ imageBytes: bytes, format: 'jpeg' }, join(folder(), 'owl.JPEG'))).toBe(
      join(folder(), 'owl.JPEG'),
    );
    expect(await saveImage({ imageBytes: bytes, format: 'png' }, join(folder(), 'x.png.html'))).toBe(
      join(folder(), 'x.png.html.png'),
    );
    expect(new Uint8Array(await readFile(join(folder(), 'fox.jpg')))).toEqual(bytes);
  });

  it('F10: gives way to names that are taken', async () => {
    const save = () => saveImage({ imageBytes: someBytes(), format: 'png' }, join(folder(), 'fox.png'));
    const paths = await Promise.all(Array.from({ length: 20 }, save));
    expect(new Set(paths).size).toBe(20);
    expect(await readdir(folder())).toHaveLength(20);
  });

  it('says which directory is not there', async () => {
    const saving = saveImage({ imageBytes: someBytes(), format: 'png' }, join(folder(), 'absent', 'fox.png'));
    await expect(saving).rejects.toMatchObject({
      code: 'invalid_request',
      message: `there is no directory ${join(folder(), 'absent')}`,
    });
  });
});
