import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { retryingFiles } from '../../../src/store/files/files.ts';
import { writeNewFile } from '../../../src/store/files/write-new-file.ts';
import { errorOf, watchedFiles, withoutSync } from '../watched-files.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('a new file', () => {
  it('has exactly the given bytes, and no temporary file stays', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    await writeNewFile(join(folder, 'fox.png'), bytes);
    expect(new Uint8Array(await readFile(join(folder, 'fox.png')))).toEqual(bytes);
    expect(await readdir(folder)).toEqual(['fox.png']);
  });

  it('may have the longest name that the file system allows, in any script', async () => {
    for (const name of [`${'x'.repeat(251)}.png`, `${'狐'.repeat(83)}.png`, '.hidden', 'no-extension', 'a b\nc.png']) {
      await writeNewFile(join(folder, name), bytesOf(name));
      expect(await readFile(join(folder, name), 'utf8')).toBe(name);
    }
  });

  it('may be empty', async () => {
    await writeNewFile(join(folder, 'empty'), new Uint8Array());
    expect((await lstat(join(folder, 'empty'))).size).toBe(0);
  });
});

describe('an existing name', () => {
  it('F10: an existing name is never overwritten', async () => {
    const path = join(folder, 'fox.png');
    await writeFile(path, 'older');
    await expect(writeNewFile(path, bytesOf('newer'))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('older');
    expect(await readdir(folder)).toEqual(['fox.png']);
  });

  it('F10: of 100 concurrent writes to one name, one succeeds and its file is complete', async () => {
    const path = join(folder, 'fox.png');
    const contents = Array.from({ length: 100 }, (_, at) => `${at}:`.repeat(10_000));
    const settled = await Promise.allSettled(contents.map((content) => writeNewFile(path, bytesOf(content))));
    const winners = settled.flatMap(({ status }, at) => (status === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    for (const each of settled) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe(contents[winners[0]!]);
    expect(await readdir(folder)).toEqual(['fox.png']);
  });

  it('F07: an existing name is not followed when it is a symlink, valid or dangling', async () => {
    await writeFile(join(folder, 'victim'), 'untouched');
    await symlink(join(folder, 'victim'), join(folder, 'living.png'));
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling.png'));
    for (const name of ['living.png', 'dangling.png']) {
      await expect(writeNewFile(join(folder, name), bytesOf('new'))).rejects.toMatchObject({ code: 'EEXIST' });
      expect(await readlink(join(folder, name))).toContain(folder);
    }
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('untouched');
    expect((await readdir(folder)).sort()).toEqual(['dangling.png', 'living.png', 'victim']);
  });

  it('is not changed when it is a directory', async () => {
    await mkdir(join(folder, 'fox.png'));
    await expect(writeNewFile(join(folder, 'fox.png'), bytesOf('new'))).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe('E03: an optional operation that fails', () => {
  it.each(['throws', 'rejects'] as const)('fsync: the file stays (%s)', async (how) => {
    const path = join(folder, 'fox.png');
    expect(await writeNewFile(path, bytesOf('fox'), withoutSync(how))).toMatchObject({
      message: 'Method not implemented',
    });
    expect(await readFile(path, 'utf8')).toBe('fox');
    expect(await readdir(folder)).toEqual(['fox.png']);
  });

  it('link: the file is copied instead, without overwriting', async () => {
    for (const code of ['EPERM', 'EISDIR', 'ENOTSUP', 'ENOSYS']) {
      const files = watchedFiles((operation) => {
        if (operation === 'link') throw errorOf(code);
      });
      const path = join(folder, `${code}.png`);
      expect(await writeNewFile(path, bytesOf('fox'), files)).toBeUndefined();
      expect(await readFile(path, 'utf8')).toBe('fox');
      await expect(writeNewFile(path, bytesOf('newer'), files)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(await readFile(path, 'utf8')).toBe('fox');
    }
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('removing the temporary file: the image is saved all the same', async () => {
    const files = watchedFiles((operation) => {
      if (operation === 'unlink') throw errorOf('EIO');
    });
    await writeNewFile(join(folder, 'fox.png'), bytesOf('fox'), files);
    expect(await readFile(join(folder, 'fox.png'), 'utf8')).toBe('fox');
  });

  it('opening with too many open files: is retried', async () => {
    let refusals = 0;
    const files = retryingFiles(
      watchedFiles((operation) => {
        if (operation === 'open' && refusals++ < 2) throw errorOf('EMFILE');
      }),
    );
    await writeNewFile(join(folder, 'fox.png'), bytesOf('fox'), files);
    expect(await readFile(join(folder, 'fox.png'), 'utf8')).toBe('fox');
  });

  it('closing: succeeds when the file was synced, and fails when it was not', async () => {
    const closing = (more: readonly string[]) =>
      watchedFiles((operation) => {
        if (['close', ...more].includes(operation)) throw errorOf('EDQUOT');
      });
    await writeNewFile(join(folder, 'fox.png'), bytesOf('fox'), closing([]));
    expect(await readFile(join(folder, 'fox.png'), 'utf8')).toBe('fox');
    const writing = writeNewFile(join(folder, 'other.png'), bytesOf('fox'), closing(['sync']));
    await expect(writing).rejects.toMatchObject({ code: 'EDQUOT' });
    expect(await readdir(folder)).toEqual(['fox.png']);
  });
});

describe('a directory that is not writable', () => {
  it('fails with the error code of the system', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeNewFile(join(folder, 'absent', 'fox.png'), bytesOf('x'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(writeNewFile(join(folder, 'file', 'fox.png'), bytesOf('x'))).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
    await expect(writeNewFile(join(folder, `${'x'.repeat(256)}`), bytesOf('x'))).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('A04: a write fails where even root cannot write', async () => {
    // /proc is the one place that refuses root, too; elsewhere the mode of the directory does it.
    const place = process.platform === 'linux' ? '/proc' : await readOnlyFolder();
    await expect(writeNewFile(join(place, 'fox.png'), bytesOf('x'))).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:EACCES|EROFS|EPERM|ENOENT)$/),
    });
  });

  it('A03: a write reports a full disk and leaves no incomplete file', async () => {
    // To a writing process, a file size limit looks like a full disk.
    const script = `
      import { writeNewFile } from ${JSON.stringify(new URL('../../../src/store/files/write-new-file.ts', import.meta.url).href)};
      process.on('SIGXFSZ', () => {});
      try { await writeNewFile('fox.png', new Uint8Array(4_000_000)); } catch (error) { console.log(error.code); }
    `;
    await writeFile(join(folder, 'save.mjs'), script);
    const command = `ulimit -f 100 && exec ${JSON.stringify(process.execPath)} --disable-warning=ExperimentalWarning --experimental-strip-types save.mjs`;
    const printed = execFileSync('/bin/bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect(printed.trim()).toMatch(/^(?:EFBIG|ENOSPC)$/);
    expect(await readdir(folder)).toEqual(['save.mjs']);
  });

  async function readOnlyFolder(): Promise<string> {
    const place = join(folder, 'read-only');
    await mkdir(place, { mode: 0o500 });
    return place;
  }
});
