/** File permissions, and links in the directory. */
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILES } from '../../../src/store/files/files.ts';
import { createFolders } from '../../../src/store/files/folders.ts';
import { addArtifact } from '../../../src/store/storage/artifact-writer.ts';
import { isInFiles } from '../databases.ts';
import { useStores } from '../open-stores.ts';
import { randomId, saved, someBytes } from '../sample-images.ts';
import { publicFiles } from '../support.ts';
import { watchedFiles } from '../watched-files.ts';
import { swapper, testReplacedFolders } from './replaced-folder-suite.ts';

const stores = useStores();
const { folder, open } = stores;

describe('file permissions', () => {
  it('F14: allow only this user to write, whatever the umask', async () => {
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
  it('F07: links in the directory are not followed when an image or a sidecar is written', async () => {
    const store = open({ naming: '{prompt}', partition: 'none' });
    await mkdir(store.directory);
    await writeFile(join(folder(), 'victim'), 'untouched');
    await symlink(join(folder(), 'victim'), join(store.directory, 'fox.png'));
    await symlink(join(folder(), 'nowhere.json'), join(store.directory, 'fox-2.json'));
    expect(basename((await saved(store, { prompt: 'fox' })).path)).toBe('fox-3.png');
    expect(await readFile(join(folder(), 'victim'), 'utf8')).toBe('untouched');
    expect(existsSync(join(folder(), 'nowhere.json'))).toBe(false);
  });

  it('F07: links in the directory are replaced, not followed, when a sidecar is changed', async () => {
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

  it('F08: links in the directory are refused instead of a folder, and the bytes are quarantined', async () => {
    const store = open({ partition: 'YYYY' });
    await mkdir(store.directory);
    await mkdir(join(folder(), 'outside'));
    await symlink(join(folder(), 'outside'), join(store.directory, '2026'));
    await expect(saved(store)).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('is a link'),
      hint: expect.stringContaining('quarantine'),
    });
    expect(await readdir(join(folder(), 'outside'))).toEqual([]);
  });

  it("F08: links in the directory are refused instead of the store's own folders", async () => {
    for (const name of ['.ai-image', '.ai-image/incoming', '.ai-image/locks', '.ai-image/quarantine']) {
      const directory = join(folder(), `store-${name.replace('/', '-')}`);
      await mkdir(join(directory, dirname(name)), { recursive: true });
      await mkdir(join(folder(), `outside-${basename(name)}`));
      await symlink(join(folder(), `outside-${basename(name)}`), join(directory, name));
      await expect(saved(open({ directory }))).rejects.toMatchObject({ message: expect.stringContaining('is a link') });
      expect(await readdir(join(folder(), `outside-${basename(name)}`))).toEqual([]);
    }
  });

  it('may point to the root itself, because its owner chose it', async () => {
    await mkdir(join(folder(), 'real'));
    await symlink(join(folder(), 'real'), join(folder(), 'images'));
    const store = open();
    const { id, bytes } = await saved(store);
    expect(await store.open(id)).toEqual(bytes);
    expect(await publicFiles(join(folder(), 'real'))).toHaveLength(2);
  });

  it('F09: the store refuses a folder outside the root, however it is written', async () => {
    const root = join(folder(), 'out');
    await mkdir(root);
    await mkdir(join(folder(), 'out_evil'));
    for (const usesHandles of [true, false]) {
      const folders = createFolders(FILES, root, usesHandles);
      for (const parts of [['..', 'out_evil'], ['../out_evil'], ['/etc'], [''], ['.'], ['a\0b'], ['a\\b']]) {
        await expect(folders.create(parts)).rejects.toMatchObject({ code: 'storage_failed' });
      }
    }
    expect([await readdir(root), await readdir(join(folder(), 'out_evil'))]).toEqual([[], []]);
  });
});

describe.runIf(isInFiles())('F08: a folder that is replaced by a link between check and write', () => {
  // All operations, and many more rounds: test/heavy.
  testReplacedFolders(stores, { step: 2, rounds: 1_000 });

  it('is detected after the write where files cannot be reached through open handles, and the write is undone', async () => {
    const root = join(folder(), 'store');
    const store = open({ directory: root, partition: 'YYYY' });
    const sidecar = await store.get((await saved(store)).id);
    const attack = swapper(root, join(folder(), 'outside'));
    let links = 0;
    const files = watchedFiles((operation, path) => {
      if (operation === 'link' && path.startsWith(join(root, '2026')) && links++ === 0) attack.swap();
    });
    const incoming = await createFolders(FILES, root).open(['.ai-image', 'incoming']);
    const context = {
      files,
      folders: createFolders(files, root, false),
      incoming,
      owner: 'test',
      reservedNames: new Set<string>(),
    };
    const added = addArtifact(context, someBytes(), { ...sidecar, id: randomId() }, ['2026'], 'fox');
    await expect(added).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('is a link'),
    });
    await incoming.close();
    expect(attack.rounds()).toBe(1);
    expect(await readdir(attack.outside)).toEqual([]);
  });
});
