/** Searching the catalog. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/index.ts';
import { idsOf, NOON, useStores } from './open-stores.ts';
import { saved } from './sample-images.ts';

const { open } = useStores();

describe('search', () => {
  it('finds images that have all words in prompt, model or tags, in any order and case', async () => {
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

  it('takes every character of the text literally', async () => {
    const store = open();
    const odd = await saved(store, { prompt: `100%_~'";--` });
    await saved(store, { prompt: 'plain' });
    for (const text of ['%', '_', '~', "'", '"', ';--', '0%_~']) {
      expect(idsOf(await store.search({ text })), text).toEqual([odd.id]);
    }
    for (const text of ['~%', 'p%n', 'pl_in', '*', '\\']) expect(await store.search({ text }), text).toEqual([]);
  });

  it('filters by provider, model, tag, time and parent, alone and combined', async () => {
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

  it('finds images by the beginning of their id, taken literally', async () => {
    const store = open();
    for (const id of ['Fox-00000', 'fox-00001', 'fox-00010', 'fox_00001', 'foy-00000']) await saved(store, { id });
    const found = async (id: string) => idsOf(await store.search({ id })).toSorted();
    expect(await found('fox-0000')).toEqual(['fox-00001']);
    expect(await found('fox-')).toEqual(['fox-00001', 'fox-00010']);
    expect(await found('fo')).toEqual(['fox-00001', 'fox-00010', 'fox_00001', 'foy-00000']);
    expect(await found('')).toHaveLength(5);
    for (const other of ['f%', 'fox-00001x', 'FOX', 'ox', 'fox\0', 'fox\u{10FFFF}', '\uDBFF'])
      expect(await found(other)).toEqual([]);
  });

  it('filters by kept and rejected images', async () => {
    const store = open();
    const [good, bad, open_] = [await saved(store), await saved(store), await saved(store)];
    expect(await store.keep(good.id)).toMatchObject({ selection: 'kept' });
    await store.keep(bad.id);
    await store.reject(bad.id);
    expect(idsOf(await store.search({ kept: true }))).toEqual([good.id]);
    expect(idsOf(await store.search({ kept: false }))).toEqual([open_.id, good.id]);
    expect(await store.clearSelection(good.id)).not.toHaveProperty('selection');
    expect(await store.search({ kept: true })).toEqual([]);
    expect(await store.get(good.id)).not.toHaveProperty('selection');
  });

  it('continues after the last image of a page, also when many have the same time', async () => {
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
  ])('refuses the query %j', async (query, says) => {
    await expect(open().search(query)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(says),
    });
  });

  it.each([
    'yesterday',
    '',
    '7',
    'nov 2026',
    "'; DROP 1",
    '2026-02-31',
    '2026-13-01',
    '2026-11-25T25:00',
    20_261_125,
    null,
  ])('refuses %j as a time in a query and in usage', async (since) => {
    const store = open();
    const says = { code: 'invalid_request', message: expect.stringContaining('since must be a date or a time') };
    await expect(store.search({ since: since as string })).rejects.toMatchObject(says);
    await expect(store.usage(since as string)).rejects.toMatchObject(says);
  });

  it.each([
    '2026-11-25',
    '2026-11-25T13:00+01:00',
    '2026-11-25T12:00:00.5Z',
    '2026-11-25 12:00:00Z',
    '2026-11-25T12:00:00.123456Z',
  ])('accepts %j as a time in a query and in usage', async (since) => {
    expect([await open().search({ since }), await open().usage(since)]).toEqual([[], []]);
  });

  it('reports an unknown id', async () => {
    const store = open();
    for (const call of [store.get, store.open, store.delete, store.keep, store.verify]) {
      await expect(call('nobody')).rejects.toMatchObject({
        code: 'invalid_request',
        hint: expect.stringMatching(/search/),
      });
    }
  });
});
