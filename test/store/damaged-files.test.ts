/** Sidecars, images and catalogs that were damaged, or changed by hand or by a later version. */
import { mkdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import type { Store } from '../../src/store/index.ts';
import { PaidProvider, small } from '../manager/support.ts';
import { hashOf, idsOf, own, sha256, sidecarOf, useUnmarkedStores } from './faulty-files.ts';
import { saved, someBytes } from './sample-images.ts';
import { publicFiles } from './support.ts';

const { open } = useUnmarkedStores();

describe('changed sidecars', () => {
  it('A08: truncated at any byte, are reported and not changed; their images stay', async () => {
    const store = open({ partition: 'none' });
    const { path } = await saved(store);
    const whole = await readFile(sidecarOf(path));
    const image = await readFile(path);
    await store.close();
    const cut = (length: number) => join(store.directory, `cut-${String(length).padStart(5, '0')}`);
    // The last byte is a line break, which is not needed.
    for (let length = 0; length < whole.length - 1; length++) {
      await writeFile(`${cut(length)}.png`, image);
      await writeFile(`${cut(length)}.json`, whole.subarray(0, length));
    }
    const { artifacts, skipped } = await store.reindex();
    const { findings } = await store.verify();

    expect([artifacts, skipped.length]).toEqual([1, whole.length - 1]);
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
    ['of another program', '{"version":3,"name":"fox"}', 0],
    ['of a later version', `{"version":2,"sha256":"${'0'.repeat(64)}","more":{}}`, 1],
  ])('A09: changed sidecars that are %s stay unchanged, and their names are not used', async (_, text, skipped) => {
    const store = open({ partition: 'none', naming: '{prompt}' });
    await mkdir(store.directory);
    await writeFile(join(store.directory, 'fox.json'), text);
    await writeFile(join(store.directory, 'fox.png'), 'a picture');
    expect(basename((await saved(store, { prompt: 'fox' })).path)).toBe('fox-2.png');
    expect((await store.reindex()).skipped).toHaveLength(skipped);
    await store.verify();
    expect(await store.search()).toHaveLength(1);
    expect(await readFile(join(store.directory, 'fox.json'), 'utf8')).toBe(text);
    expect(await readFile(join(store.directory, 'fox.png'), 'utf8')).toBe('a picture');
  });

  it('A09: sidecars that a later version of the library wrote are neither changed nor deleted', async () => {
    const store = open();
    const { id, path } = await saved(store);
    const later = JSON.stringify({ ...JSON.parse(await readFile(sidecarOf(path), 'utf8')), version: 2 });
    await writeFile(sidecarOf(path), later);
    for (const call of [store.keep, store.delete])
      await expect(call(id)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await readFile(sidecarOf(path), 'utf8')).toBe(later);
    expect((await store.verify()).findings).toMatchObject([{ kind: 'newer-sidecar' }]);
  });

  it('A10: a missing image or sidecar is reported and not repaired automatically', async () => {
    const store = open();
    const [noImage, noSidecar, good] = [await saved(store), await saved(store), await saved(store)];
    await unlink(noImage.path);
    await unlink(sidecarOf(noSidecar.path));
    const left = await publicFiles(store.directory);
    const { intact, findings } = await store.verify();
    expect(intact).toBe(1);
    expect(findings.map(({ kind, path }) => [kind, path])).toEqual(
      expect.arrayContaining([
        ['no-image', noImage.path],
        ['no-sidecar', noSidecar.path],
      ]),
    );
    expect(findings).toHaveLength(2);
    await store.reindex();
    expect(await publicFiles(store.directory)).toEqual(left);
    expect(await store.open(good.id)).toEqual(good.bytes);
  });

  it('A11: a flipped bit in an image is found, wherever it is', async () => {
    const store = open();
    const { id, path, bytes } = await saved(store, { bytes: someBytes(40) });
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Uint8Array.from(bytes, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      await writeFile(path, flipped);
      expect((await store.verify(id)).findings).toMatchObject([{ kind: 'changed', path }]);
      await expect(store.open(id)).rejects.toMatchObject({ code: 'storage_failed' });
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

  it('a catalog that is missing is rebuilt, at the next start and while the store is open', async () => {
    const { store, expected } = await filled();
    await rm(own(store, 'catalog.db'));
    expect(await everything(store)).toEqual(expected);
    for (const ending of ['', '-wal', '-shm']) await rm(own(store, `catalog.db${ending}`), { force: true });
    expect(await everything(store)).toEqual(expected);
    const more = await saved(store);
    expect((await store.search()).map(({ id }) => id)).toContain(more.id);
  });

  it('a catalog that is truncated anywhere, or is another file, is rebuilt', async () => {
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

  it('a catalog with damaged pages is rebuilt as soon as the damage is found', async () => {
    const { store, expected } = await filled();
    const path = own(store, 'catalog.db');
    const whole = await readFile(path);
    for (let page = 1; page * 4_096 < whole.length; page++) {
      await writeFile(
        path,
        Buffer.concat([whole.subarray(0, page * 4_096), someBytes(4_096), whole.subarray((page + 1) * 4_096)]),
      );
      const found = await everything(store);
      // Damaged pages that the query does not read may go unnoticed; the result is right.
      expect([page, found]).toEqual([page, expected]);
      await store.close();
    }
  });
});

describe('A15: a store of a later version of the library', () => {
  it.each(['catalog.db', 'money.db'])('is refused and not changed (%s)', async (name) => {
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

it('A17: an image that is deleted while it is read arrives complete, or the error says that it does not exist', async () => {
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
      expect(error).toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('the store has no image'),
      });
    }
  }
  expect(whole).toBeGreaterThan(40);
});
