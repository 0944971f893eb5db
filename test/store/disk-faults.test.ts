/** Full, read-only, slow and limited file systems. */
import { chmod, cp, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AiImageError, createImageManager } from '../../src/index.ts';
import { saveImage } from '../../src/store/index.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { hashOf, own, sidecarOf, troubled, useUnmarkedStores } from './faulty-files.ts';
import { about, drawn, randomId, saved, someBytes } from './sample-images.ts';
import { incomingFiles, publicFiles } from './support.ts';
import { errorOf, watchedFiles, withoutSync } from './watched-files.ts';

const { folder, open } = useUnmarkedStores();

describe('output files', () => {
  it.each(['png/../../x', 'exe', 'toString', ''])(
    'F13: the store refuses the format %j and creates no file',
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
      expect(await readdir(folder())).toEqual(['images']);
    },
  );

  it('F16: temporary files have unpredictable names, on the same disk as the image', async () => {
    const { files, trouble } = troubled();
    const store = open({ files });
    const { path } = await saved(store);
    const names: string[] = [];
    trouble((operation, path) => {
      if (operation === 'writeFile') names.push(basename(path));
    });
    await saved(store);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{16}\./);
    expect((await stat(own(store, 'incoming'))).dev).toBe((await stat(path)).dev);
  });

  it('F16: opening a store removes temporary files of dead processes, not of running ones', async () => {
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

describe('A03: a full disk', () => {
  /** Whether the disk stays full, or has space again at once. */
  describe.each([{ stays: false }, { stays: true }])('at any operation of a save (stays: $stays)', ({ stays }) => {
    it('loses no bytes that were paid for, and leaves the store unchanged', async () => {
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
          // Reading and deleting need no space.
          if (paid.bought === isDrawn || ['unlink', 'lstat', 'readFile', 'close'].includes(operation)) return;
          if (count++ === at || (stays && count > at)) throw errorOf('ENOSPC');
        });
        const { images: results, saved, notes } = await images.generate({ ...small, seed: at });
        calm();
        isOver = count <= at;
        expect(results[0].imageBytes.length).toBeGreaterThan(0);
        if (saved.length > 0) {
          // Some failures do no harm, for example a folder that cannot be synced.
          expect(await store.open(saved[0]!.id)).toEqual(results[0].imageBytes);
          await store.delete(saved[0]!.id);
        } else {
          failures++;
          expect(notes.join()).toMatch(/could not be stored: .*ENOSPC/);
        }
        expect(await publicFiles(store.directory)).toEqual(names);
        expect(await incomingFiles(store.directory)).toEqual([]);
      }
      expect(failures).toBeGreaterThan(3);
      expect(await store.verify()).toEqual({ intact: 1, findings: [] });
      expect(await store.open(before.id)).toEqual(before.bytes);
      // When the disk has space again, the other bytes are quarantined.
      const aside = (await readdir(own(store, 'quarantine'))).filter((name) => name.endsWith('.bin'));
      expect(aside.length > 0).toBe(!stays);
    });
  });

  it('leaves a sidecar unchanged when a change cannot be written; the change succeeds later', async () => {
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

describe('A04: a directory that is not writable', () => {
  it.each(['EROFS', 'EACCES'])('is reported before the provider is called (%s)', async (code) => {
    const { files, trouble } = troubled();
    const store = open({ files });
    await saved(store);
    trouble((operation) => {
      if (operation === 'access') throw errorOf(code);
    });
    const paid = new PaidProvider();
    const asked = createImageManager({ providers: { paid }, store }).generate(small);
    await expect(asked).rejects.toMatchObject({
      code: 'storage_failed',
      charged: 'no',
      message: expect.stringContaining(code),
    });
    expect(paid.bought).toBe(0);
  });

  it('is reported before the provider is called, also when it is a file or cannot be created', async () => {
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

it('A05: an unreadable sidecar or image does not affect the others', async () => {
  const { files, trouble } = troubled();
  const store = open({ files });
  const [noSidecar, noImage, good] = [await saved(store), await saved(store), await saved(store)];
  trouble((operation, path) => {
    const broken = [sidecarOf(noSidecar.path), noImage.path].map((each) => basename(each));
    if (operation === 'readFile' && broken.includes(basename(path))) throw errorOf('EIO');
  });
  await expect(store.get(noSidecar.id)).rejects.toMatchObject({ code: 'storage_failed' });
  await expect(store.open(noImage.id)).rejects.toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining('EIO'),
  });
  expect(await store.open(good.id)).toEqual(good.bytes);
  const { intact, findings } = await store.verify();
  expect([intact, findings.map(({ kind }) => kind).sort()]).toEqual([1, ['broken-sidecar', 'unreadable']]);
  expect(await store.search()).toHaveLength(3);
  expect((await store.reindex()).skipped).toEqual([
    join(
      ...sidecarOf(noSidecar.path)
        .slice(store.directory.length + 1)
        .split('/'),
    ),
  ]);
});

const MAX_HANDLES = 12;

it('A06: with too few file handles, a save waits, or fails without losing its bytes', async () => {
  let isOpen = 0;
  let refused = 0;
  // Handles of the rest of the program. One is closed after each refusal, so the test does not depend on the speed of the disk.
  let others = 0;
  const files = watchedFiles(
    (operation) => {
      if (operation !== 'open' || isOpen + others < MAX_HANDLES) return;
      refused++;
      others = Math.max(others - 1, 0);
      throw errorOf('EMFILE');
    },
    (operation) => {
      if (operation === 'open') isOpen++;
      if (operation === 'close') isOpen--;
    },
  );
  const store = open({ files });
  await saved(store);
  others = MAX_HANDLES;
  const sketches = Array.from({ length: 40 }, () => ({ id: randomId(), bytes: someBytes() }));
  const settled = await Promise.allSettled(sketches.map((sketch) => saved(store, sketch)));
  expect(refused).toBeGreaterThan(0);
  for (const [at, each] of settled.entries()) {
    if (each.status === 'fulfilled') expect(await store.open(each.value.id)).toEqual(sketches[at]!.bytes);
    else expect(each.reason).toMatchObject({ code: 'storage_failed', message: expect.stringContaining('EMFILE') });
  }
  expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(20);
  expect((await store.verify()).findings).toEqual([]);
});

it('A19: an image whose sidecar cannot be written is quarantined, and the error says where', async () => {
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
  expect(error).toMatchObject({ code: 'storage_failed', message: expect.stringContaining('EIO') });
  const [, aside = ''] = /in (\/\S+\.bin)/.exec((error as { hint: string }).hint) ?? [];
  expect(new Uint8Array(await readFile(aside))).toEqual(bytes);
  expect((await store.verify()).findings).toEqual([]);
});

describe('E03: a platform without fsync', () => {
  it.each(['throws', 'rejects'] as const)('saves all the same and reports it in `unsynced` (%s)', async (how) => {
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

  it('reports nothing when fsync works', async () => {
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

it('E03: a store can be in the root of a drive, where mkdir fails although it exists', async () => {
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
  const { saved, images: came } = await images.generate({ ...small, seed: 2 }, { signal: stopping.signal });
  expect(stopping.signal.aborted).toBe(true);
  expect(await store.open(saved[0]!.id)).toEqual(came[0].imageBytes);
});

describe('E02: a disk that accepts only some of several images', () => {
  it('saves those, names them, and returns the bytes of the others', async () => {
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
    expect(error).toMatchObject({ code: 'storage_failed', message: expect.stringMatching(/^2 of 4 images: .*ENOSPC/) });
    const { quarantine, hint } = error as AiImageError; // looked at above
    expect(quarantine).toEqual([sketches[1]!.bytes, sketches[3]!.bytes]);
    for (const at of [0, 2]) {
      const { id, path } = await store.get(sketches[at]!.id);
      expect(await store.open(id)).toEqual(sketches[at]!.bytes);
      expect(hint).toContain(path);
    }
  });
});

describe('A21: a file that a virus scanner has open for a moment', () => {
  it.each(['EBUSY', 'EPERM', 'EACCES'])('is retried (%s)', async (code) => {
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

  it('fails when it stays open, and the old sidecar remains', async () => {
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

it('a directory that was copied or moved is the same store', async () => {
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
