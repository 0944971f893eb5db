import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTICES } from '../../tsup.config.ts';

const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** The package as a user gets it: packed, and installed into an empty project. `npm ci` has built `dist`. */
describe('the packed package', () => {
  let project: string;
  let files: readonly string[];

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'ai-image-packed-'));
    const { stdout } = await run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: process.cwd(),
    });
    const packed = JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly [
      { filename: string; files: readonly { path: string }[] },
    ];
    files = packed[0].files.map(({ path }) => path);
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    // What the npm cache has is not asked for again, so that a slow registry does not matter.
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run(npm, ['install', ...flags, join(project, packed[0].filename)], { cwd: project });
  }, 300_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it('installs five packages: itself, ky, p-retry, is-network-error, zod', async () => {
    const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as { packages: object };
    const names = Object.keys(lock.packages)
      .filter((path) => path !== '')
      .map((path) => path.replace('node_modules/', ''));

    expect(names.sort()).toEqual(['@org/ai-image', 'is-network-error', 'ky', 'p-retry', 'zod']);
  });

  it('X02: the packed package has no install scripts', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };

    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?install$/.test(name))).toEqual([]);
  });

  it('X03: contains only dist, contracts, skills, commands, README, license and changelog, and no path of the build machine', async () => {
    expect(files.length).toBeGreaterThan(20);
    expect(
      files.filter(
        (path) =>
          !/^(?:dist|contracts|skills|commands)\/|^(?:README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(path),
      ),
    ).toEqual([]);
    expect(files.filter((path) => path.endsWith('.map'))).toEqual([]);
    const dist = join(project, 'node_modules/@org/ai-image/dist');
    const texts = await Promise.all(
      (await readdir(dist, { recursive: true }))
        .filter((path) => path.endsWith('.js'))
        .map((path) => readFile(join(dist, path), 'utf8')),
    );
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter((text) => text.includes(process.cwd()))).toEqual([]);
  });

  it.each(['dist', 'dist/cli'])('has the licence of every package whose code is in %s', async (folder) => {
    const path = join(project, 'node_modules/@org/ai-image', folder);
    const isInside = (name: string) => name.endsWith('.js') && !name.startsWith('cli');
    const names = (await readdir(path, { recursive: true })).filter(isInside);
    const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
    const inside = texts.flatMap((text) => [...text.matchAll(/^\/\/ node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)]);
    const packages = [...new Set(inside.map(([, name = '']) => name))].sort();
    expect(packages).toContain('zod');

    const notices = (await readFile(join(path, NOTICES), 'utf8')).split(`\n${'-'.repeat(80)}\n`).slice(1);

    expect(notices.map((notice) => notice.trim().split(' ')[0])).toEqual(packages);
    for (const notice of notices) expect(notice).toMatch(/copyright/i);
  });

  it('generates an image through every public entry point, imported and required', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { StubProvider, getProvider, setProvider } from '@org/ai-image';
      import { createOpenAI } from '@org/ai-image/providers/openai';
      import { createStub } from '@org/ai-image/providers/stub';
      import { createTransport } from '@org/ai-image/transport';
      import { describeProvider } from '@org/ai-image/testing';
      import { createManagerFromConfig, loadConfig } from '@org/ai-image/config';
      const required = createRequire(import.meta.url)('@org/ai-image');
      setProvider(new StubProvider());
      const { imageBytes, format } = await getProvider().generateImage('a boat', { size: '64x64' });
      const other = await createStub().generateImage('a boat', { size: '64x64' });
      console.log(JSON.stringify([format, imageBytes.length === other.imageBytes.length, typeof required.getProvider,
        typeof createOpenAI, typeof createTransport, typeof describeProvider]));
      const fromFile = createManagerFromConfig(await loadConfig({ path: 'imagen.yaml' }));
      await fromFile.generate({ prompt: 'a boat', size: '64x64' });
    `;
    await writeFile(join(project, 'use.mjs'), script);
    await writeFile(join(project, 'imagen.yaml'), 'backends: { main: { type: stub } }\n', { mode: 0o600 });
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: project });

    expect(JSON.parse(stdout)).toEqual(['png', true, 'function', 'function', 'function', 'function']);
  });

  it('runs imagen, with and without a configuration file', async () => {
    const command = join(project, 'node_modules/@org/ai-image/dist/cli/imagen.js');
    const env = { PATH: process.env.PATH, HOME: join(project, 'home') };
    const imagen = async (...args: string[]) =>
      (await run(process.execPath, [command, ...args], { cwd: project, env })).stdout;

    expect(await imagen('generate', 'a boat', '--size', '64x64')).toBe(`${join(project, 'a-boat.png')}\n`);
    const configured = await imagen('generate', 'a ship', '--size', '64x64', '--config', 'imagen.yaml');
    expect(configured).toBe(`${join(project, 'a-ship.png')}\n`);
  });
});
