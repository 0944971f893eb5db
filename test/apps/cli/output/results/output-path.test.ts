import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileNameOf, pathFor, planOutput } from '../../../../../src/apps/cli/output/results/output-path.ts';
import { temporaryFolder } from '../../support.ts';

const about = (cwd: string, n = 1) => ({ prompt: 'A red fox!', n, cwd, isTerminal: false });

describe('a name made from the prompt', () => {
  it('F01-F05: a name made from the prompt is one safe path segment on every platform, for any prompt', () => {
    const nasty = fc.constantFrom(
      '../../etc/cron.d/x',
      'C:\\x',
      '\\\\host\\share',
      '~/x',
      'CON',
      'aux.png',
      'nul',
      'com1',
      'LPT9',
      'a.',
      'a ',
      '.',
      '..',
      '\u202egnp.exe',
      '\0',
      'x\n\u001b[2J',
      '🦊'.repeat(2000),
      '﷽'.repeat(90),
      'é'.repeat(200),
      'ﬃ'.repeat(50),
      '-rf',
      '--out=/etc/x',
      '$(reboot)',
      ';rm -rf /',
    );
    fc.assert(
      fc.property(
        fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 })),
        (prompt) => {
          const name = fileNameOf(prompt);
          expect(name).toMatch(/^[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*$/u);
          expect(basename(name)).toBe(name);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(60);
          expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)$/i);
          expect(name.isWellFormed()).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['A red fox in the snow', 'a-red-fox-in-the-snow'],
    ['Café au lait, 4K!', 'cafe-au-lait-4k'],
    ['雪の中の狐', '雪の中の狐'],
    ['🦊', 'image'],
    ['con', 'image-con'],
    ['../../etc/passwd', 'etc-passwd'],
  ])('%j becomes %s', (prompt, name) => {
    expect(fileNameOf(prompt)).toBe(name);
  });
});

describe('the place of an image', () => {
  it('is the current directory without --out, with a name made from the prompt', async () => {
    await using folder = await temporaryFolder();
    const plan = await planOutput(undefined, about(folder.path));
    expect(plan).toEqual({
      base: join(folder.path, 'a-red-fox'),
      extension: undefined,
      format: undefined,
      isExact: false,
    });
    expect(pathFor(plan, { index: 0, n: 1, format: 'jpeg' })).toBe(join(folder.path, 'a-red-fox.jpg'));
    expect(pathFor(plan, { index: 1, n: 3, format: 'webp' })).toBe(join(folder.path, 'a-red-fox-2.webp'));
  });

  it('is in an existing directory, or in a new one if the name ends in a slash', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'old'));
    for (const out of ['old', 'new/', 'deep/er/']) {
      expect((await planOutput(out, about(folder.path))).base).toBe(join(folder.path, out, 'a-red-fox'));
    }
    expect((await readdir(folder.path)).sort()).toEqual(['deep', 'new', 'old']);
  });

  it('F12: the place of an image is the given name; its extension requests the format and follows the bytes', async () => {
    await using folder = await temporaryFolder();
    const plan = await planOutput('sub/Fox.JPG', about(folder.path));
    expect(plan).toMatchObject({ format: 'jpeg', isExact: true });
    expect(pathFor(plan, { index: 0, n: 1, format: 'jpeg' })).toBe(join(folder.path, 'sub', 'Fox.JPG'));
    expect(pathFor(plan, { index: 0, n: 1, format: 'png' })).toBe(join(folder.path, 'sub', 'Fox.png'));
    for (const out of ['fox', 'fox.html', 'fox.png.html', '.png', 'fox.']) {
      await expect(planOutput(out, about(folder.path))).rejects.toThrow('has no known image extension');
    }
  });

  it('I04: the place of an image is never an existing file, also for numbered names', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'fox.png'), 'older');
    await writeFile(join(folder.path, 'owl-3.png'), 'older');
    await symlink('/nowhere', join(folder.path, 'link.png'));
    await mkdir(join(folder.path, 'folder.png'));
    await expect(planOutput('fox.png', about(folder.path))).rejects.toThrow('already exists');
    await expect(planOutput('owl.png', about(folder.path, 3))).rejects.toThrow('owl-3.png already exists');
    await expect(planOutput('link.png', about(folder.path))).rejects.toThrow('already exists');
    await expect(planOutput('owl.png', about(folder.path, 2))).resolves.toBeDefined();
    expect((await planOutput('folder.png', about(folder.path))).isExact).toBe(false); // a directory, whatever its name
  });

  it('A04: the place of an image is refused in a directory that is not writable', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    for (const out of [
      'file/fox.png',
      'file/',
      '/proc/nothing/fox.png',
      `${'x'.repeat(300)}/fox.png`,
      `${'x'.repeat(300)}.png`,
    ]) {
      await expect(planOutput(out, about(folder.path)), out).rejects.toThrow(/cannot write to .*: .+ \(E[A-Z]+\)/);
    }
  });

  it('F15: the place of an image is standard output if asked for, unless it is a terminal or there are several images', async () => {
    await using folder = await temporaryFolder();
    expect((await planOutput('-', about(folder.path))).base).toBeUndefined();
    await expect(planOutput('-', { ...about(folder.path), isTerminal: true })).rejects.toThrow(
      'would print image bytes to the terminal',
    );
    await expect(planOutput('-', about(folder.path, 2))).rejects.toThrow('takes one image');
  });
});
