/** Deleting images from a store with many cached results, the same in a file and in PostgreSQL. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/store/catalog/catalog.ts';
import type { Store } from '../../src/store/index.ts';
import type { Database } from '../../src/store/sql/sql.ts';
import { openSqlite } from '../../src/store/sql/sqlite.ts';
import { CATALOG_SCHEMA, upgradeTables } from '../../src/store/sql/tables.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { schemaOf } from './databases.ts';
import { useStores } from './open-stores.ts';
import { about, drawn, type Sketch } from './sample-images.ts';

const database = await openTestDatabase();
afterAll(database.close);
const { folder, open } = useStores();
const directory = () => join(folder(), 'images');

type Rows = readonly Readonly<Record<string, unknown>>[];
interface Place {
  readonly open: () => Store;
  /** Runs a statement on the tables of the index. The store in a file must be closed. */
  readonly ask: (text: string) => Promise<Rows>;
}

const places: readonly (readonly [name: string, Place])[] = [
  [
    'a file',
    {
      open: () => open(),
      async ask(text) {
        const file = await openSqlite(join(directory(), '.ai-image', 'catalog.db'));
        return file.all(text).finally(() => file.close());
      },
    },
  ],
  [
    'PostgreSQL',
    {
      open: () => open({ database: { pool: database.pool, schema: schemaOf(directory()) } }),
      async ask(text) {
        const named = text.replace(
          /\b(FROM|INTO|TABLE|INDEX) (results\w*|result_images)/g,
          `$1 "${schemaOf(directory())}".$2`,
        );
        return (await database.pool.query(named)).rows as Rows;
      },
    },
  ],
];

/** Saves a result with one image for each sketch and caches it. */
async function cache(store: Store, key: string, ...sketches: readonly Sketch[]): Promise<readonly string[]> {
  const generation = drawn(...(sketches as [Sketch]));
  const saved = await store.save(generation, about(generation));
  await store.cache.put(key, { ...generation, saved });
  return saved.map(({ id }) => id);
}

describe.each(places)('cached results in %s', (_, { open: openStore, ask }) => {
  const keys = async () => (await ask('SELECT key FROM results ORDER BY key')).map(({ key }) => key);
  const links = () => ask('SELECT artifact FROM result_images');

  it('are deleted with any of their images, and the others stay', async () => {
    const store = openStore();
    const [, second] = await cache(store, 'two', {}, {});
    const [other] = await cache(store, 'one', {});
    // The id of another image in a prompt does not make the result one of that image.
    await cache(store, 'mentions', { prompt: `like ${second}` });
    await store.delete(second!);
    expect(await store.cache.get('two')).toBeUndefined();
    expect((await store.cache.get('one'))?.images[0].id).toBe(other);
    await store.close();
    expect(await keys()).toEqual(['mentions', 'one']);
    expect(await links()).toHaveLength(2);
  });

  it('of an earlier version are found too, and damaged ones are deleted with the first image', async () => {
    const before = openStore();
    const [first] = await cache(before, 'first', { prompt: 'canary-words' });
    for (let at = 0; at < 3; at++) await cache(before, `other ${at}`, {});
    await before.close();
    await ask('DROP INDEX results_unlinked');
    await ask('ALTER TABLE results DROP COLUMN linked');
    await ask('DROP TABLE result_images');
    for (const [at, torn] of ['', '{', 'null', '[]', '{"images":[7]}'].entries())
      await ask(`INSERT INTO results (key, made_at, result) VALUES ('torn ${at}', '2026', '${torn}')`);

    const [store, other] = [openStore(), openStore()];
    expect((await other.cache.get('first'))?.images[0].id).toBe(first);
    await store.delete(first!);
    expect(await other.cache.get('other 1')).toBeDefined();
    await Promise.all([store.close(), other.close()]);
    expect(await keys()).toEqual(['other 0', 'other 1', 'other 2']);
    expect(await links()).toHaveLength(3);
  });

  it('are not stored when an image was deleted before', async () => {
    const store = openStore();
    const generation = drawn({ prompt: 'canary-words' });
    const saved = await store.save(generation, about(generation));
    await store.delete(saved[0]!.id);
    await store.cache.put('key', { ...generation, saved });
    await store.close();
    expect(await keys()).toEqual([]);
  });

  it('are found by their images and not by their text, so that a deletion does not read all of them', async () => {
    const store = openStore();
    const [id] = await cache(store, 'key', {});
    await store.close();
    // A search of all texts would delete these.
    await ask(
      `INSERT INTO results (key, made_at, result, linked) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
       SELECT 'k' || i, '2026', 'text with "${id}"', 1 FROM n`,
    );
    const again = openStore();
    await again.delete(id!);
    await again.close();
    expect(await keys()).toHaveLength(300);
  });

  it('go with images whose files are gone', async () => {
    const store = openStore();
    const ids: string[] = [];
    for (let at = 0; at < 6; at++) ids.push(...(await cache(store, `key ${at}`, {})));
    for (const id of ids.slice(1)) {
      const { path } = await store.get(id);
      await unlink(path);
      await unlink(path.replace('.png', '.json'));
    }
    expect(await store.reindex()).toEqual({ artifacts: 1, skipped: [] });
    await store.close();
    expect(await keys()).toEqual(['key 0']);
    expect(await links()).toEqual([{ artifact: ids[0] }]);
  });
});

it('images are removed in several transactions, so that other processes can save in between', async () => {
  const file = await openSqlite(join(folder(), 'catalog.db'), CATALOG_SCHEMA);
  await upgradeTables(file);
  const ids = Array.from({ length: 250 }, (_, at) => `image-${at}`);
  const insert = 'INSERT INTO results (key, made_at, result) VALUES (?, ?, ?)';
  for (const id of ids) await file.run(insert, `key ${id}`, '2026', JSON.stringify({ images: [{ id }] }));
  await file.run(insert, 'other', '2026', '{"images":[{"id":"image-250"}]}');
  const left: number[] = [];
  const counting: Database = {
    ...file,
    async transaction(work) {
      const result = await file.transaction(work);
      left.push((await file.all('SELECT key FROM results')).length);
      return result;
    },
  };
  await createCatalog(counting, () => '').removeAll(ids);
  // First old results are linked, 200 at a time.
  expect(left).toEqual([251, 251, 151, 51, 1]);
  await file.close();
});
