/** Follows docs/add-a-command.md literally: its code must become a working command. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { run } from '../../src/apps/cli/run.ts';
import { streamsOf } from '../apps/cli/support.ts';
import { openWorkshop } from '../apps/cli/workshop.ts';

const PAGE = 'docs/add-a-command.md';
const LIST = 'src/apps/cli/commands.ts';
/** A paragraph that begins with the path of a file, and its code. */
const FILE = /^`(src\/apps\/cli\/commands\/[\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```/m;
/** The entry of the list. */
const ENTRY = /^```ts\n( {2}\{\n {4}name:[\s\S]*?^ {2}\},\n)```/m;
/** A compiler and a linter in processes of their own, on a busy machine. */
const TOOL_MS = 600_000;

interface Followed {
  readonly root: string;
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
}

const roots: string[] = [];
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** Copies the command line, adds what the page says, and links everything else. @param change edits the page first */
async function follow(change = (text: string) => text): Promise<Followed> {
  const page = change(await readFile(PAGE, 'utf8'));
  const [, path, code] = FILE.exec(page) ?? [];
  const [, entry] = ENTRY.exec(page) ?? [];
  if (!path || !code || !entry) throw new Error(`${PAGE} shows no file or no entry for the list`);
  const list = (await readFile(LIST, 'utf8')).replace("  {\n    name: 'select',\n", (next) => `${entry}${next}`);
  const files = { [path]: code, [LIST]: list };

  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-docs-')));
  roots.push(root);
  await mkdir(join(root, 'src/apps'), { recursive: true });
  for (const name of ['node_modules', 'package.json']) await symlink(resolve(name), join(root, name));
  for (const name of await readdir('src'))
    if (name !== 'apps') await symlink(resolve('src', name), join(root, 'src', name));
  for (const app of ['shared', 'server', 'mcp']) await symlink(resolve('src/apps', app), join(root, 'src/apps', app));
  await cp('src/apps/cli', join(root, 'src/apps/cli'), { recursive: true });
  const config = { extends: resolve('tsconfig.json'), include: [LIST] };
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(config));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  return { root, files };
}

async function runTool(tool: string, args: readonly string[], input = ''): Promise<{ code: number; output: string }> {
  const running = promisify(execFile)(`node_modules/.bin/${tool}`, args);
  running.child.stdin?.end(input);
  return running.then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
  );
}

describe('a command added by docs/add-a-command.md', () => {
  let followed: Followed;
  beforeAll(async () => {
    followed = await follow();
  });

  it('runs, is in the help, and has helpful errors', async () => {
    const program = await import(/* @vite-ignore */ pathToFileURL(join(followed.root, 'src/apps/cli/run.ts')).href);
    await using shop = await openWorkshop();
    const start = async (...args: readonly string[]) => {
      const { streams, read } = streamsOf();
      const env = { HOME: shop.path };
      const signal = new AbortController().signal;
      const exit = await (program.run as typeof run)({
        args,
        env,
        cwd: shop.path,
        signal,
        version: '1.2.3',
        ...streams,
      });
      return { exit, ...read() };
    };

    expect((await start('--help')).stdout).toContain('print the path of the latest stored image');
    expect(await start('latest')).toMatchObject({ exit: 2, stderr: expect.stringContaining('no images yet') });
    await shop.draw('a red fox');
    const [{ path } = { path: '' }] = await shop.kept();
    expect(await start('latest', '--provider', 'stub')).toEqual({ exit: 0, stdout: `${path}\n`, stderr: '' });
    expect(JSON.parse((await start('latest', '--json')).stdout)).toEqual({ path });
  });

  it('is formatted', { timeout: TOOL_MS }, async () => {
    for (const [path, text] of Object.entries(followed.files)) {
      const { output } = await runTool('biome', ['check', '--write', `--stdin-file-path=${path}`], text);
      expect(output, path).toBe(text);
    }
  });

  it('type-checks', { timeout: TOOL_MS }, async () => {
    expect(await runTool('tsc', ['-p', followed.root, '--noEmit'])).toEqual({ code: 0, output: '' });
  });

  it('fails when the page lacks a part', async () => {
    await expect(follow((page) => page.replace('    name:', ''))).rejects.toThrow('no file or no entry');
  });
});
