import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireRoots, rootsOf } from '../../../../src/apps/cli/mcp/roots.ts';

const home = await realpath(await mkdtemp(join(tmpdir(), 'imagen-roots-')));
const project = join(home, 'project');
await mkdir(project);

describe('the folders for references', () => {
  it('are those of the flags, then those of the configuration', () => {
    expect(rootsOf({ flags: ['a', '/b'], configured: ['/c'], cwd: project }, home)).toEqual([join(project, 'a'), '/b']);
    expect(rootsOf({ flags: undefined, configured: ['/c'], cwd: project }, home)).toEqual(['/c']);
  });

  it('are the current folder without a choice, in the home folder and beside it', () => {
    const sources = { flags: undefined, configured: undefined };
    expect(rootsOf({ ...sources, cwd: project }, home)).toEqual([project]);
    expect(rootsOf({ ...sources, cwd: '/opt/project' }, home)).toEqual(['/opt/project']);
  });

  it.each([
    ['the root of the file system', '/'],
    ['the home folder', home],
    ['a folder above the home folder', dirname(home)],
  ])('L02: are none in %s', (_, cwd) => {
    expect(rootsOf({ flags: undefined, configured: undefined, cwd }, home)).toEqual([]);
  });

  it('L02: are none behind a link to the home folder', async () => {
    const link = join(dirname(home), `${Date.now()}-link`);
    await symlink(home, link);
    expect(rootsOf({ flags: undefined, configured: undefined, cwd: link }, home)).toEqual([]);
  });

  it('are refused in a flag if they are not there, or are not folders', async () => {
    await writeFile(join(project, 'fox.png'), '');
    requireRoots(['project', project], home);
    expect(() => requireRoots(['projekt'], home)).toThrow('--root "projekt": there is no such folder');
    expect(() => requireRoots(['fox.png'], project)).toThrow('--root "fox.png": this is not a folder');
  });
});
