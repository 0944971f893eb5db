/** Files that the user names and that cannot be read or written: a wrong path is a usage error, a fault of the disk is not. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFileError } from '../../../src/apps/cli/file-error.ts';
import { errorReason, errorText } from '../../../src/apps/cli/system/safe-stream.ts';
import { UsageError } from '../../../src/apps/cli/usage-error.ts';
import { AiImageError } from '../../../src/index.ts';
import { imagen, temporaryFolder } from './support.ts';

const errorOf = (code: string) => Object.assign(new Error(`${code}: planned`), { code });

describe('a file that cannot be used', () => {
  it.each(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EEXIST'])('is a usage error after %s', (code) => {
    expect(toFileError('cannot write x', 'Use another path.', errorOf(code))).toBeInstanceOf(UsageError);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EPERM', 'EROFS', 'EMFILE', 'EFBIG'])(
    'is storage_failed after %s',
    (code) => {
      const error = toFileError('cannot write x', 'Free some space.', errorOf(code));
      expect(error).toBeInstanceOf(AiImageError);
      expect(error).toMatchObject({ code: 'storage_failed', charged: 'no', hint: 'Free some space.' });
    },
  );

  it('is never a usage error after a call that may have been charged', () => {
    const error = toFileError('cannot write x', 'Free some space.', errorOf('ENOENT'), 'unknown');
    expect(error).toMatchObject({ code: 'storage_failed', charged: 'unknown' });
  });
});

it('an error of the library is described by its message, and its reason is the code of the system', () => {
  const cause = errorOf('EMFILE');
  const message = 'the store at /images failed: too many files are open (EMFILE)';
  const error = new AiImageError('storage_failed', message, { cause });
  expect([errorText(error), errorReason(error)]).toEqual([message, 'EMFILE']);
  expect([errorText(cause), errorReason(cause)]).toEqual(['too many files are open (EMFILE)', 'EMFILE']);
  expect([errorText(new Error('odd')), errorReason(new Error('odd'))]).toEqual(['odd', 'odd']);
});

/** Linux has a file whose first byte cannot be read, and a directory where no file can be created, whoever the user is. */
const [UNREADABLE, UNWRITABLE] = ['/proc/self/mem', '/sys'];

describe.runIf(existsSync(UNREADABLE) && existsSync(UNWRITABLE))('a command ends with 11', () => {
  const STUB = ['--provider', 'stub', '--no-store', '--json'];

  it.each([
    ['an image that cannot be read', ['edit', UNREADABLE, 'add a hat', ...STUB]],
    ['variations that cannot be read', ['generate', 'a {{variation}} fox', '--variations', UNREADABLE, ...STUB]],
    ['a chart that cannot be written', ['usage', '--svg', join(UNWRITABLE, 'chart.svg'), '--json']],
    ['an output directory that cannot be created', ['generate', 'a fox', '--out', join(UNWRITABLE, 'new/'), ...STUB]],
    ['a configuration that cannot be read', ['models', '--config', UNREADABLE, '--json']],
  ])('for %s', async (_, args) => {
    await using folder = await temporaryFolder();
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path });
    expect({ exit, stderr }).toEqual({ exit: 11, stderr: expect.stringContaining('(storage_failed)') });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'storage_failed', charged: 'no', hint: expect.any(String) },
    });
  });

  it('and with 2 for a path that is wrong', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const { exit } = await imagen(['generate', 'a fox', '--out', 'file/fox.png', ...STUB], { cwd: folder.path });
    expect(exit).toBe(2);
  });
});
