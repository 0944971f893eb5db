/** What a machine does to a store: full disks, files that cannot be read or are not what they were, and people's own hands in the directory. */
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type AiImageError, createImageManager } from '../../src/index.ts';
import { createStore, type Store, type StoreSettings, saveImage } from '../../src/store/index.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { about, drawn, handleOf, randomId, saved, someBytes } from './pictures.ts';
import { filesIn, incomingFiles, publicFiles, useFolder } from './support.ts';
import { errorOf, type Watch, watchedFiles, withoutSync } from './watched-files.ts';

const folder = useFolder();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

function open(settings: Partial<StoreSettings> = {}): Store {
  const store = createStore({ directory: join(folder(), 'pictures'), marks: 'none', ...settings });
  stores.push(store);
  return store;
}

const own = (store: Store, name: string) => join(store.directory, '.ai-image', name);
const sidecarOf = (path: string) => path.replace(/\.\w+$/, '.json');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const hashOf = async (path: string) => sha256(await readFile(path));
const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).sort();

/** A file system in which operations can be made to fail later on. */
function troubled() {
  let watch: Watch = () => undefined;
  return {
    files: watchedFiles((operation, path) => watch(operation, path)),
    trouble(next: Watch) {
      watch = next;
    },
    calm() {
      watch = () => undefined;
    },
  };
}

describe('output files', () => {
  it.each(['png/../../x', 'exe', 'toString', ''])(
    'F13: a picture of the format %j is refused, and nothing has its name',
    async (format) => {
      const store = open({ naming: 'fox' });
      const sketch = { format: format as 'png' };
      await expect(saved(store, sketch)).rejects.toMatchObject({ code: 'internal' });
      const saving = saveImage({ imageBytes: someBytes(), format: format as 'png' }, join(folder(), 'fox.png'));
      await expect(saving).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('format'),
      });
      expect(await publicFiles(store.directory)).toEqual([]);
      expect(await readdir(folder())).toEqual(['pictures']);
    },
  );

  it('F16: what is under way has a name nobody can guess, on the disk of the picture', async () => {
    const { files, trouble } = troubled();
    const store = open({ files });
    const { path } = await saved(store);
    const names: string[] = [];
    trouble((operation, way) => {
      if (operation === 'writeFile') names.push(basename(way));
    });
    await saved(store);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}\./);
    expect((await stat(own(store, 'incoming'))).dev).toBe((await stat(path)).dev);
  });

  it('F16: what a dead process left under way is gone at the next start, what a living one has under way is not', async () => {
    const [dead, living] = [open(), open()];
    await saved(dead);
    await saved(living);
    const [token = ''] = (await readdir(own(living, 'locks'))).map((name) => name.replace('.lock', ''));
    for (const name of [`${'0'.repeat(16)}.fox.bytes`, `${'0'.repeat(16)}.fox.next`, `${token}.fox.bytes`]) {
      await writeFile(join(own(living, 'incoming'), name), 'half');
    }
    await saved(open());
    expect(await incomingFiles(living.directory)).toEqual([`${token}.fox.bytes`]);
    expect((await living.verify()).findings).toEqual([]);
  });
});

describe('A03: a disk that is full', () => {
  /** Whether it stays full from then on, or somebody makes room at once. */
  describe.each([{ stays: false }, { stays: true }])('at any operation of a save (stays: $stays)', ({ stays }) => {
    it('loses no bytes that were paid for, and leaves the store as it was', async () => {
      const { files, trouble, calm } = troubled();
      const store = open({ files });
      const before = await saved(store);
      const names = await publicFiles(store.directory);
      const paid = new PaidProvider();
      const images = createImageManager({ providers: { paid }, store });
      let failures = 0;
      for (let at = 0, isOver = false; !isOver; at++) {
        let count = 0;
        const isDrawn = paid.bought;
        trouble((operation) => {
          // Looking and taking away need no room.
          if (paid.bought === isDrawn || ['unlink', 'lstat', 'readFile', 'close'].includes(operation)) return;
          if (count++ === at || (stays && count > at)) throw errorOf('ENOSPC');
        });
        const { images: pictures, kept, notes } = await images.generate({ ...small, seed: at });
        calm();
        isOver = count <= at;
        expect(pictures[0].imageBytes.length).toBeGreaterThan(0);
        if (kept.length > 0) {
          // Room is not needed for everything: e.g. a folder that cannot be synced is there all the same.
          expect(await store.open(kept[0]!.id)).toEqual(pictures[0].imageBytes);
          await store.delete(kept[0]!.id);
        } else {
          failures++;
          expect(notes.join()).toMatch(/could not be kept: .*ENOSPC/);
        }
        expect(await publicFiles(store.directory)).toEqual(names);
        expect(await incomingFiles(store.directory)).toEqual([]);
      }
      expect(failures).toBeGreaterThan(3);
      expect(await store.verify()).toEqual({ whole: 1, findings: [] });
      expect(await store.open(before.id)).toEqual(before.bytes);
      // Where there is room again, the bytes of the others are put aside.
      const aside = (await readdir(own(store, 'quarantine'))).filter((name) => name.endsWith('.bin'));
      expect(aside.length > 0).toBe(!stays);
    });
  });

  it('leaves a sidecar as it was where its change cannot be written, and the change can be made later', async () => {
    const { files, trouble, calm } = troubled();
    const store = open({ files });
    const { id, path } = await saved(store);
    const before = await hashOf(sidecarOf(path));
    for (const operation of ['writeFile', 'sync', 'rename']) {
      trouble((each) => {
        if (each === operation) throw errorOf('ENOSPC');
      });
      await expect(store.tag(id, ['x'])).rejects.toThrow('ENOSPC');
      calm();
      expect([operation, await hashOf(sidecarOf(path)), await incomingFiles(store.directory)]).toEqual([
        operation,
        before,
        [],
      ]);
    }
    expect(await store.tag(id, ['x'])).toMatchObject({ tags: ['x'] });
  });
});

describe('A04: a place where nothing can be written', () => {
  it.each(['EROFS', 'EACCES'])('is found before anything is bought (%s)', async (code) => {
    const { files, trouble } = troubled();
    const store = open({ files });
    await saved(store);
    trouble((operation) => {
      if (operation === 'access') throw errorOf(code);
    });
    const paid = new PaidProvider();
    const asked = createImageManager({ providers: { paid }, store }).generate(small);
    await expect(asked).rejects.toMatchObject({
      code: 'not_configured',
      charged: 'no',
      message: expect.stringContaining(code),
    });
    expect(paid.bought).toBe(0);
  });

  it('is found before anything is bought, also where it is a file, or a place in which no folder can be made', async () => {
    await writeFile(join(folder(), 'file'), 'mine');
    for (const directory of [join(folder(), 'file'), join(folder(), 'file', 'below'), '/proc/nowhere']) {
      const paid = new PaidProvider();
      const asked = createImageManager({ providers: { paid }, store: open({ directory }) }).generate(small);
      await expect(asked).rejects.toMatchObject({ code: 'not_configured', charged: 'no' });
      expect(paid.bought).toBe(0);
    }
    expect(await readFile(join(folder(), 'file'), 'utf8')).toBe('mine');
  });
});

it('A05: a sidecar or picture that cannot be read says nothing about the others', async () => {
  const { files, trouble } = troubled();
  const store = open({ files });
  const [noSidecar, noPicture, good] = [await saved(store), await saved(store), await saved(store)];
  trouble((operation, path) => {
    const broken = [sidecarOf(noSidecar.path), noPicture.path].map((each) => basename(each));
    if (operation === 'readFile' && broken.includes(basename(path))) throw errorOf('EIO');
  });
  await expect(store.get(noSidecar.id)).rejects.toMatchObject({ code: 'internal' });
  await expect(store.open(noPicture.id)).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('EIO'),
  });
  expect(await store.open(good.id)).toEqual(good.bytes);
  const { whole, findings } = await store.verify();
  expect([whole, findings.map(({ kind }) => kind).sort()]).toEqual([1, ['broken-sidecar', 'unreadable']]);
  expect(await store.search()).toHaveLength(3);
  expect((await store.reindex()).passedOver).toEqual([
    join(
      ...sidecarOf(noSidecar.path)
        .slice(store.directory.length + 1)
        .split('/'),
    ),
  ]);
});

const MOST_HANDLES = 12;

it('A06: too few file handles make it wait, or fail with its bytes at hand', async () => {
  let isOpen = 0;
  let refused = 0;
  const files = watchedFiles(
    (operation) => {
      if (operation !== 'open' || isOpen < MOST_HANDLES) return;
      refused++;
      throw errorOf('EMFILE');
    },
    (operation) => {
      if (operation === 'open') isOpen++;
      if (operation === 'close') isOpen--;
    },
  );
  const store = open({ files });
  await saved(store);
  const sketches = Array.from({ length: 40 }, () => ({ id: randomId(), bytes: someBytes() }));
  const settled = await Promise.allSettled(sketches.map((sketch) => saved(store, sketch)));
  expect(refused).toBeGreaterThan(0);
  for (const [at, each] of settled.entries()) {
    if (each.status === 'fulfilled') expect(await store.open(each.value.id)).toEqual(sketches[at]!.bytes);
    else expect(each.reason).toMatchObject({ code: 'internal', message: expect.stringContaining('EMFILE') });
  }
  expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(20);
  expect((await store.verify()).findings).toEqual([]);
});

describe('sidecars that are not what they were', () => {
  it('A08: cut at each of their bytes are passed over, named, and left as they are; their pictures stay', async () => {
    const store = open({ partition: 'none' });
    const { path } = await saved(store);
    const whole = await readFile(sidecarOf(path));
    const picture = await readFile(path);
    await store.close();
    const cut = (length: number) => join(store.directory, `cut-${String(length).padStart(5, '0')}`);
    // The last byte is a line's end, and means nothing.
    for (let length = 0; length < whole.length - 1; length++) {
      await writeFile(`${cut(length)}.png`, picture);
      await writeFile(`${cut(length)}.json`, whole.subarray(0, length));
    }
    const { artifacts, passedOver } = await store.reindex();
    const { findings } = await store.verify();

    expect([artifacts, passedOver.length]).toEqual([1, whole.length - 1]);
    expect(findings.map((each) => each.kind)).toEqual(findings.map(() => 'broken-sidecar'));
    expect(findings).toHaveLength(whole.length - 1);
    for (let length = 0; length < whole.length - 1; length++) {
      expect(whole.subarray(0, length).equals(await readFile(`${cut(length)}.json`))).toBe(true);
    }
  });

  it.each([
    ['a list', '[]', 0],
    ['a number', '7', 0],
    ['null', 'null', 0],
    ['somebody else’s', '{"version":3,"name":"fox"}', 0],
    ['of a later version', `{"version":2,"sha256":"${'0'.repeat(64)}","more":{}}`, 1],
  ])('A09: that are %s are kept byte for byte, and nobody takes their names', async (_, text, passedOver) => {
    const store = open({ partition: 'none', naming: '{prompt}' });
    await mkdir(store.directory);
    await writeFile(join(store.directory, 'fox.json'), text);
    await writeFile(join(store.directory, 'fox.png'), 'a picture');
    expect(basename((await saved(store, { prompt: 'fox' })).path)).toBe('fox-2.png');
    expect((await store.reindex()).passedOver).toHaveLength(passedOver);
    await store.verify();
    expect(await store.search()).toHaveLength(1);
    expect(await readFile(join(store.directory, 'fox.json'), 'utf8')).toBe(text);
    expect(await readFile(join(store.directory, 'fox.png'), 'utf8')).toBe('a picture');
  });

  it('A09: that a later version has written in the place of ours are not changed and not deleted', async () => {
    const store = open();
    const { id, path } = await saved(store);
    const later = JSON.stringify({ ...JSON.parse(await readFile(sidecarOf(path), 'utf8')), version: 2 });
    await writeFile(sidecarOf(path), later);
    for (const call of [store.keep, store.delete]) await expect(call(id)).rejects.toMatchObject({ code: 'internal' });
    expect(await readFile(sidecarOf(path), 'utf8')).toBe(later);
    expect((await store.verify()).findings).toMatchObject([{ kind: 'newer-sidecar' }]);
  });

  it('A10: half a pair is reported, whichever half it is, and nothing is mended by itself', async () => {
    const store = open();
    const [noPicture, noSidecar, good] = [await saved(store), await saved(store), await saved(store)];
    await unlink(noPicture.path);
    await unlink(sidecarOf(noSidecar.path));
    const left = await publicFiles(store.directory);
    const { whole, findings } = await store.verify();
    expect(whole).toBe(1);
    expect(findings.map(({ kind, path }) => [kind, path])).toEqual(
      expect.arrayContaining([
        ['no-picture', noPicture.path],
        ['no-sidecar', noSidecar.path],
      ]),
    );
    expect(findings).toHaveLength(2);
    await store.reindex();
    expect(await publicFiles(store.directory)).toEqual(left);
    expect(await store.open(good.id)).toEqual(good.bytes);
  });

  it('A11: one bit that flipped in a picture is found, wherever it is', async () => {
    const store = open();
    const { id, path, bytes } = await saved(store, { bytes: someBytes(40) });
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Uint8Array.from(bytes, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      await writeFile(path, flipped);
      expect((await store.verify(id)).findings).toMatchObject([{ kind: 'changed', path }]);
      await expect(store.open(id)).rejects.toMatchObject({ code: 'internal' });
    }
    await writeFile(path, bytes);
    expect(await store.open(id)).toEqual(bytes);
  });
});

describe('A12: a catalog', () => {
  const everything = async (store: Store) => [idsOf(await store.search()), idsOf(await store.search({ tag: 'x' }))];

  async function filled() {
    const store = open();
    const all = [await saved(store), await saved(store), await saved(store)];
    await store.tag(all[0]!.id, ['x']);
    const expected = await everything(store);
    await store.close();
    return { store, expected };
  }

  it('that is gone is made again, at the next start and in the middle of the work', async () => {
    const { store, expected } = await filled();
    await rm(own(store, 'catalog.db'));
    expect(await everything(store)).toEqual(expected);
    for (const ending of ['', '-wal', '-shm']) await rm(own(store, `catalog.db${ending}`), { force: true });
    expect(await everything(store)).toEqual(expected);
    const more = await saved(store);
    expect((await store.search()).map(({ id }) => id)).toContain(more.id);
  });

  it('that is cut off anywhere, or is something else, is made again', async () => {
    const { store, expected } = await filled();
    const path = own(store, 'catalog.db');
    const whole = await readFile(path);
    const torn = [0, 1, 15, 16, 99, 100, 4_095, 4_096, 6_000, 8_192, 12_288, whole.length - 1];
    for (const length of torn.filter((each) => each < whole.length)) {
      await writeFile(path, whole);
      await truncate(path, length);
      expect([length, await everything(store)]).toEqual([length, expected]);
      await store.close();
    }
    await writeFile(path, someBytes(whole.length));
    expect(await everything(store)).toEqual(expected);
  });

  it('that was torn in its pages is made again as soon as it shows', async () => {
    const { store, expected } = await filled();
    const path = own(store, 'catalog.db');
    const whole = await readFile(path);
    for (let page = 1; page * 4_096 < whole.length; page++) {
      await writeFile(
        path,
        Buffer.concat([whole.subarray(0, page * 4_096), someBytes(4_096), whole.subarray((page + 1) * 4_096)]),
      );
      const found = await everything(store);
      // Pages of indexes that this question does not touch may go unseen; what is answered is right.
      expect([page, found]).toEqual([page, expected]);
      await store.close();
    }
  });
});

describe('A15: a store that a later version of the library has made', () => {
  it.each(['catalog.db', 'money.db'])('is refused and left as it is (%s)', async (name) => {
    const store = open();
    await saved(store);
    await store.ledger.taken('day');
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(own(store, name));
    db.exec('PRAGMA user_version = 2');
    db.close();
    const before = await hashOf(own(store, name));
    const paid = new PaidProvider();
    const asked = createImageManager({ providers: { paid }, store }).generate(small);
    await expect(asked).rejects.toMatchObject({
      code: 'not_configured',
      message: expect.stringContaining('later version'),
    });
    await store.close();
    expect([paid.bought, await hashOf(own(store, name))]).toEqual([0, before]);
  });
});

it('A17: a picture that is deleted while it is read comes whole, or with a clean error', async () => {
  const store = open();
  const other = open();
  let whole = 0;
  for (let round = 0; round < 40; round++) {
    const { id, bytes } = await saved(store, { bytes: someBytes(200_000) });
    const read = async () => {
      for (;;) {
        const error: unknown = await store.open(id).then(
          (found) => {
            expect(sha256(found)).toBe(sha256(bytes));
            whole++;
          },
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) return error;
      }
    };
    const readers = Promise.all([read(), read(), read()]);
    await (round % 2 === 0 ? other : store).delete(id);
    for (const error of await readers) {
      expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('no picture') });
    }
  }
  expect(whole).toBeGreaterThan(40);
});

it('A19: a picture whose sidecar cannot be written is put aside, and the error says where', async () => {
  const { files, trouble } = troubled();
  const store = open({ files });
  await saved(store);
  trouble((operation, path) => {
    if (
      ['link', 'copyFile'].includes(operation) &&
      path.endsWith('.json') &&
      !path.includes('quarantine') &&
      !/\d{4}-\d\d-\d\d-[0-9a-f]{16}/.test(path)
    ) {
      throw errorOf('EIO');
    }
  });
  const bytes = someBytes();
  const error: unknown = await saved(store, { bytes }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('EIO') });
  const [, aside = ''] = /in (\/\S+\.bin)/.exec((error as { hint: string }).hint) ?? [];
  expect(new Uint8Array(await readFile(aside))).toEqual(bytes);
  expect((await store.verify()).findings).toEqual([]);
});

describe('E03: a platform without fsync', () => {
  it.each(['throws', 'rejects'] as const)('saves all the same, and a note says so (%s)', async (how) => {
    const store = open({ files: withoutSync(how) });
    const bytes = someBytes();
    const generation = drawn({ bytes });
    const [kept] = await store.save(generation, about(generation));
    expect(kept?.unsynced).toBe('Method not implemented');
    expect(await store.open(kept!.id)).toEqual(bytes);
    expect(await store.tag(kept!.id, ['x'])).toMatchObject({ tags: ['x'] });
    expect(await readFile(await store.quarantine(bytes, 'a test'))).toEqual(Buffer.from(bytes));
    await store.delete(kept!.id);
    expect(await publicFiles(store.directory)).toEqual([]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('says nothing where fsync works', async () => {
    const generation = drawn();
    const [kept] = await open().save(generation, about(generation));
    expect(Object.keys(kept!).sort()).toEqual(['id', 'path']);
  });
});

describe('E03: a file system without links', () => {
  it.each(['EPERM', 'EISDIR', 'ENOTSUP', 'ENOSYS', 'EACCES', 'ERR_ACCESS_DENIED'])(
    'saves with copies (%s)',
    async (code) => {
      const { files, trouble } = troubled();
      const store = open({ files, naming: 'fox', partition: 'none' });
      trouble((operation) => {
        if (operation === 'link') throw errorOf(code);
      });
      await mkdir(store.directory);
      await writeFile(join(store.directory, 'fox.png'), 'older');
      const { id, path, bytes } = await saved(store);
      expect(basename(path)).toBe('fox-2.png');
      expect(await store.open(id)).toEqual(bytes);
      expect(await readFile(join(store.directory, 'fox.png'), 'utf8')).toBe('older');
      expect(await store.tag(id, ['x'])).toMatchObject({ tags: ['x'] });
      expect(await incomingFiles(store.directory)).toEqual([]);
    },
  );
});

it('E03: the root of a drive, which mkdir refuses although it exists, is a place for a store', async () => {
  const { files, trouble } = troubled();
  const store = open({ files });
  await mkdir(store.directory);
  trouble((operation, path) => {
    if (operation === 'mkdir' && !path.startsWith(store.directory) && !path.startsWith('/proc/'))
      throw errorOf('EPERM');
    if (operation === 'mkdir' && path === store.directory) throw errorOf('EPERM');
  });
  const { id, bytes } = await saved(store);
  expect(await store.open(id)).toEqual(bytes);
});

it('E05: an abort while an image is being saved does not lose it', async () => {
  const { files, trouble } = troubled();
  const store = open({ files });
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid }, store });
  await images.generate({ ...small, seed: 1 });
  const stopping = new AbortController();
  trouble(() => {
    if (paid.bought === 2) stopping.abort();
  });
  const { kept, images: came } = await images.generate({ ...small, seed: 2 }, { signal: stopping.signal });
  expect(stopping.signal.aborted).toBe(true);
  expect(await store.open(kept[0]!.id)).toEqual(came[0].imageBytes);
});

describe('E02: a disk that takes only some of several images', () => {
  it('keeps the others, names them, and hands out the bytes of those that it could not keep', async () => {
    const { files, trouble } = troubled();
    const store = open({ files });
    await saved(store);
    const sketches = Array.from({ length: 4 }, () => ({ bytes: someBytes(), id: randomId() }));
    trouble((operation, path) => {
      const isRefused = [sketches[1], sketches[3]].some(
        (sketch) => path.includes(`${sketch?.id}.`) || /aside$/.test(path),
      );
      if (operation === 'writeFile' && isRefused) throw errorOf('ENOSPC');
    });
    const [first, ...others] = sketches;
    const generation = drawn(first, ...others);
    const error: unknown = await store.save(generation, about(generation)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'internal', message: expect.stringMatching(/^2 of 4 images: .*ENOSPC/) });
    const { quarantine, hint } = error as AiImageError; // looked at above
    expect(quarantine).toEqual([sketches[1]!.bytes, sketches[3]!.bytes]);
    for (const at of [0, 2]) {
      const { id, path } = await store.get(sketches[at]!.id);
      expect(await store.open(id)).toEqual(sketches[at]!.bytes);
      expect(hint).toContain(path);
    }
  });
});

describe('A21: a name that a scanner holds for a moment', () => {
  it.each(['EBUSY', 'EPERM', 'EACCES'])('is waited for (%s)', async (code) => {
    const { files, trouble } = troubled();
    const store = open({ files });
    const { id } = await saved(store);
    let refusals = 0;
    trouble((operation) => {
      if (['rename', 'unlink'].includes(operation) && refusals++ % 3 < 2) throw errorOf(code);
    });
    expect(await store.tag(id, ['x'])).toMatchObject({ tags: ['x'] });
    await store.delete(id);
    expect(refusals).toBeGreaterThan(4);
    expect([await publicFiles(store.directory), await incomingFiles(store.directory)]).toEqual([[], []]);
  });

  it('is given up where it stays so, with the old sidecar in its place', async () => {
    const { files, trouble, calm } = troubled();
    const store = open({ files });
    const { id, path } = await saved(store);
    const before = await hashOf(sidecarOf(path));
    trouble((operation) => {
      if (operation === 'rename') throw errorOf('EBUSY');
    });
    await expect(store.tag(id, ['x'])).rejects.toThrow('EBUSY');
    calm();
    expect(await hashOf(sidecarOf(path))).toBe(before);
  });
});

describe('M13: a ledger', () => {
  async function spent() {
    const store = open();
    await saved(store, { usd: 0.25 });
    await store.ledger.reserve({ micros: 400_000, provider: 'p', model: 'm', images: 1 }, [{ name: 'day 2026-11-25' }]);
    await store.jobs.begin({ id: 'call-1', provider: 'p', model: 'm', reservation: 'r' });
    await store.jobs.submitted('call-1', handleOf('job-1'));
    await store.close();
    return store;
  }

  it.each([
    ['empty', () => new Uint8Array()],
    ['cut in the middle', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    ['short of its last byte', (whole: Buffer) => whole.subarray(0, whole.length - 1)],
    ['something else', (whole: Buffer) => someBytes(whole.length)],
    [
      'torn in a page',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 4_096), someBytes(4_096), whole.subarray(8_192)]),
    ],
  ])('that is %s stops every call until somebody asks for a new one', async (_, tear) => {
    const store = await spent();
    await writeFile(own(store, 'money.db'), tear(await readFile(own(store, 'money.db'))));
    const torn = await hashOf(own(store, 'money.db'));
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid }, store, budget: { perDayUsd: 10 } });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(images.generate(small)).rejects.toMatchObject({
        code: 'not_configured',
        hint: expect.stringContaining('repairLedger'),
      });
    }
    expect([paid.bought, await hashOf(own(store, 'money.db'))]).toEqual([0, torn]);
    // Pictures do not depend on it.
    expect(await store.search()).toHaveLength(1);

    const { spendings, old } = await store.repairLedger();
    expect([spendings, await hashOf(old)]).toEqual([1, torn]);
    await images.generate(small);
    const [{ createdAt } = { createdAt: '' }] = await store.search();
    expect(await store.ledger.taken(`day ${createdAt.slice(0, 10)}`)).toBeGreaterThanOrEqual(350_000);
  });

  it('that is whole gives its promises and jobs to the new one', async () => {
    const store = await spent();
    await store.repairLedger();
    expect(await store.ledger.taken('day 2026-11-25')).toBeGreaterThanOrEqual(400_000);
    expect(await store.jobs.find('job-1')).toMatchObject({ id: 'call-1', state: 'running' });
  });

  it('whose repair was broken off is none until it is repaired', async () => {
    const store = await spent();
    await writeFile(own(store, 'money.repair'), '');
    await expect(store.ledger.taken('day')).rejects.toMatchObject({ code: 'not_configured' });
    await store.repairLedger();
    expect(await store.ledger.taken('day 2026-11-25')).toBeGreaterThanOrEqual(400_000);
  });

  it('is not made again while another process works with it', async () => {
    const [store, other] = [await spent(), open()];
    await other.ledger.taken('day');
    await expect(store.repairLedger()).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('C07: a result that was kept', () => {
  async function remembered() {
    const store = open();
    const generation = drawn();
    const kept = await store.save(generation, about(generation));
    await store.cache.put('key', { ...generation, kept });
    return { store, path: kept[0]!.path, bytes: generation.images[0].imageBytes };
  }

  it('comes back with its bytes, in another process too', async () => {
    const { store, bytes } = await remembered();
    await store.close();
    expect((await open().cache.get('key'))?.images[0].imageBytes).toEqual(bytes);
  });

  it.each([
    ['changed', (path: string) => appendFile(path, 'x')],
    ['cut off', (path: string) => truncate(path, 10)],
    ['gone', (path: string) => unlink(path)],
    ['without its sidecar', (path: string) => unlink(sidecarOf(path))],
    ['of a torn sidecar', (path: string) => truncate(sidecarOf(path), 100)],
    ['a folder', (path: string) => unlink(path).then(() => mkdir(path))],
  ])('is none where its picture is %s: what there is stays as it is', async (_, spoil) => {
    const { store, path } = await remembered();
    await spoil(path);
    const left = await filesIn(dirname(path));
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await store.cache.get('key')).toBeUndefined();
    expect(await filesIn(dirname(path))).toEqual(left);
  });

  it('is none where what was written of it is torn', async () => {
    const { store } = await remembered();
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    for (const torn of ['', '{', '[]', 'null', '{"images":[]}', '{"images":[{"id":"../x"}]}']) {
      const db = new DatabaseSync(own(store, 'catalog.db'));
      db.prepare('INSERT OR REPLACE INTO results (key, made_at, result) VALUES (?, ?, ?)').run('key', '2026', torn);
      db.close();
      expect([torn, await store.cache.get('key')]).toEqual([torn, undefined]);
      await store.close();
    }
  });
});

it('a directory that was copied or moved as a whole is the same store', async () => {
  const store = open();
  const { id, bytes } = await saved(store);
  await store.close();
  await cp(store.directory, join(folder(), 'copy'), { recursive: true });
  await rename(store.directory, join(folder(), 'moved'));
  await chmod(join(folder(), 'moved'), 0o755);
  for (const name of ['copy', 'moved']) {
    expect(await open({ directory: join(folder(), name) }).open(id)).toEqual(bytes);
  }
});
