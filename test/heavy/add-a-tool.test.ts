/** Follows docs/add-a-tool.md literally: its code must become a working tool. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../src/index.ts';
import { createStore } from '../../src/store/index.ts';
import type * as ToolModule from '../../src/tool/index.ts';

const PAGE = 'docs/add-a-tool.md';
const NAMES = 'src/tool/image-tools.ts';
const TABLE = 'src/tool/tools/tool-table.ts';
/** A paragraph that begins with the path of a file, and its code. */
const FILE = /^`(src\/tool\/tools\/[\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```/m;
/** The two entries of lists, in the order of the page. */
const ENTRY = /^```ts\n( {2}['\w]+,\n)```/gm;
/** A compiler in a process of its own, on a busy machine. */
const COMPILER_MS = 120_000;

const roots: string[] = [];
afterAll(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

/** Copies the tools, adds what the page says, and links everything else. @param change edits the page first */
async function follow(change = (text: string) => text): Promise<string> {
  const page = change(await readFile(PAGE, 'utf8'));
  const [, path, code] = FILE.exec(page) ?? [];
  const [name, entry] = [...page.matchAll(ENTRY)].map(([, line]) => line);
  if (!path || !code || !name || !entry) throw new Error(`${PAGE} shows no file, or not both entries`);
  const definition = /^ {2}(\w+),/.exec(entry)?.[1];
  const file = path.split('/').at(-1);
  const names = (await readFile(NAMES, 'utf8')).replace(/(TOOL_NAMES = \[[\s\S]*?)(\] as const;)/, `$1${name}$2`);
  const table = (await readFile(TABLE, 'utf8'))
    .replace(/(TOOL_TABLE[^[]*\[\] = \[[\s\S]*?)(\];)/, `$1${entry}$2`)
    .replace(/^import/m, `import { ${definition} } from './${file}';\nimport`);

  const root = await realpath(await mkdtemp(join(tmpdir(), 'ai-image-docs-')));
  roots.push(root);
  await mkdir(join(root, 'src'));
  for (const linked of ['node_modules', 'package.json']) await symlink(resolve(linked), join(root, linked));
  for (const linked of await readdir('src'))
    if (linked !== 'tool') await symlink(resolve('src', linked), join(root, 'src', linked));
  await cp('src/tool', join(root, 'src/tool'), { recursive: true });
  const config = { extends: resolve('tsconfig.json'), include: ['src/tool/index.ts'] };
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(config));
  for (const [where, text] of Object.entries({ [path]: code, [NAMES]: names, [TABLE]: table }))
    await writeFile(join(root, where), text);
  return root;
}

describe('a tool added by docs/add-a-tool.md', () => {
  let root: string;
  beforeAll(async () => {
    root = await follow();
  });

  it('is listed last, answers, and refuses what it does not know', async () => {
    const module = await import(/* @vite-ignore */ pathToFileURL(join(root, 'src/tool/index.ts')).href);
    const { createImageTools, TOOL_NAMES } = module as typeof ToolModule;
    expect(TOOL_NAMES.at(-1)).toBe('get_parents');

    const store = createStore({ directory: join(root, 'images') });
    const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
    const tools = createImageTools({ manager, store });
    const [first] = (await manager.generate({ prompt: 'a red fox', size: '64x64' })).saved;
    const edited = await tools.call('edit_image', { image: first!.id, prompt: 'a blue fox' });
    const [second] = (edited.data as { images: { id: string }[] }).images;
    expect(await tools.call('get_parents', { id: second!.id })).toEqual({
      success: true,
      data: { parents: [first!.id] },
    });
    expect(await tools.call('get_parents', { id: 'no-image-has-this-id' })).toMatchObject({
      success: false,
      data: { code: 'invalid_request', charged: 'no' },
    });
    expect(await tools.call('get_parents', { image: 'x' })).toMatchObject({
      error: expect.stringContaining('"image"'),
    });
    await tools.close();
    await manager.close();
    await store.close();
  });

  it('type-checks', { timeout: COMPILER_MS }, async () => {
    const compiled = await promisify(execFile)('node_modules/.bin/tsc', ['-p', root, '--noEmit']).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
    expect(compiled).toBe('');
  });

  it('fails when the page lacks a part', async () => {
    await expect(follow((page) => page.replace('  getParents,', ''))).rejects.toThrow('not both entries');
  });
});
