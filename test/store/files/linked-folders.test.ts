/** A link instead of a folder of the store is detected before the provider is called. */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createStore, type StoreSettings } from '../../../src/store/index.ts';
import { PaidProvider, small } from '../../manager/support.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const NOON = Date.parse('2026-11-25T12:00:00Z');

it.each([
  ['the month', '2026/11', {}],
  ['the year', '2026', {}],
  ['the day', '2026/11/25', { partition: 'YYYY/MM/DD' }],
  ['a folder of the template', '2026/11/album', { naming: 'album/{provider}/{id}' }],
  ['a folder of the template, by the date', '2026-11-25', { partition: 'none', naming: '{date}/{id}' }],
  ['incoming', '.ai-image/incoming', {}],
  ['quarantine', '.ai-image/quarantine', {}],
] satisfies readonly (readonly [string, string, Partial<StoreSettings>])[])(
  'a link in place of %s is refused before the call, and nothing is written through it',
  async (_, path, settings) => {
    const directory = join(folder(), 'images');
    const elsewhere = join(folder(), 'elsewhere');
    await mkdir(elsewhere);
    const store = createStore({ directory, now: () => NOON, ...settings });
    const paid = new PaidProvider();
    const images = createImageManager({ providers: { paid }, store });
    await store.preflight(); // the store is open before the folder is replaced
    await rm(join(directory, path), { recursive: true, force: true });
    await mkdir(join(directory, path, '..'), { recursive: true });
    await symlink(elsewhere, join(directory, path));
    await expect(images.generate(small)).rejects.toMatchObject({
      code: 'storage_failed',
      charged: 'no',
      message: expect.stringContaining(`${join(directory, path)} is a link or a file`),
    });
    expect(paid.bought).toBe(0);
    expect(await readdir(elsewhere)).toEqual([]);
    await images.close();
    await store.close();
  },
);

it('a file in place of the month is refused before the call', async () => {
  const directory = join(folder(), 'images');
  const store = createStore({ directory, now: () => NOON });
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid }, store });
  await mkdir(join(directory, '2026'), { recursive: true });
  await writeFile(join(directory, '2026/11'), 'a file');
  await expect(images.generate(small)).rejects.toMatchObject({ code: 'storage_failed', charged: 'no' });
  expect(paid.bought).toBe(0);
  await rm(join(directory, '2026/11'));
  expect((await images.generate(small)).saved).toHaveLength(1);
  await images.close();
  await store.close();
});

it('the store itself may be a link, because its owner chose it', async () => {
  await mkdir(join(folder(), 'real'));
  await symlink(join(folder(), 'real'), join(folder(), 'images'));
  const store = createStore({ directory: join(folder(), 'images'), now: () => NOON });
  const images = createImageManager({ providers: { paid: new PaidProvider() }, store });
  expect((await images.generate(small)).saved).toHaveLength(1);
  await images.close();
  await store.close();
});
