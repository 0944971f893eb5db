/** The command as a process of its own: signals, pipes and what only a real process shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVendor, sendJson, type Vendor, WHITE_PNG } from '../../providers/kit/support/vendor.ts';
import { temporaryFolder } from './support.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let bundle = '';

/** Built from the source as it is, whether or not somebody built the package. */
beforeAll(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'imagen-bundle-'));
  await build({
    config: false,
    silent: true,
    entry: { imagen: join(root, 'src/apps/cli/main.ts') },
    outDir: bundle,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node22',
    platform: 'node',
    splitting: true,
    noExternal: [/^(?!@trustnxt\/|@contentauth\/)/],
    removeNodeProtocol: false,
    esbuildOptions(options) {
      options.alias = { '#platform': join(root, 'src/transport/platform/node.ts') };
    },
  });
}, 60_000);
afterAll(() => rm(bundle, { recursive: true, force: true }));

const KEY = 'sk-canary-0123456789abcdef';

function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [join(bundle, 'imagen.mjs'), ...args], {
    cwd,
    env: { PATH, HOME: join(bundle, 'home'), ...env },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk: Buffer) => (text[name] += chunk.toString()));
  return { child, text, ended: endOf(child).then((exit) => ({ exit, ...text })) };
}

async function endOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return code ?? signal ?? 'unknown';
}

const envOf = ({ url }: Vendor) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url });

/** A vendor that takes the request and never answers. */
async function openSilentVendor() {
  const asked = Promise.withResolvers<void>();
  const vendor = await openVendor(() => asked.resolve());
  return { vendor, asked: asked.promise };
}

describe('imagen as a process', () => {
  it('draws offline, prints the path, and ends by itself', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout } = await start(['generate', 'a red fox', '--size', '64x48'], folder.path).ended;
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(folder.path, 'a-red-fox.png')}\n` });
  });

  it('uses a vendor, and ends by itself although the connection is kept alive', async () => {
    await using folder = await temporaryFolder();
    await using vendor = await openVendor((_, response) =>
      sendJson(response, { data: [{ b64_json: WHITE_PNG.toString('base64') }] }),
    );
    const { ended } = start(['generate', 'a red fox', '-o', '-'], folder.path, envOf(vendor));
    expect((await ended).exit).toBe(0);
    expect(vendor.received).toHaveLength(1);
  });

  it('2: usage errors', async () => {
    await using folder = await temporaryFolder();
    expect(await start(['generate', 'fox', '--sise', '1x1'], folder.path).ended).toMatchObject({ exit: 2, stdout: '' });
  });

  it('I08, 130: Ctrl-C ends a call that hangs within a second, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const { vendor, asked } = await openSilentVendor();
    await using _ = vendor;
    const { child, ended } = start(['generate', 'a red fox'], folder.path, envOf(vendor));
    await asked;
    const startedAt = performance.now();
    child.kill('SIGINT');
    const { exit, stdout, stderr } = await ended;
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: '' });
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(stderr).toContain('(aborted)');
    expect(stderr).toContain('It may have been charged.');
    expect(await readdir(folder.path)).toEqual([]);
    expect(vendor.received).toHaveLength(1);
  });

  it('I08: a second Ctrl-C ends it at once', async () => {
    await using folder = await temporaryFolder();
    const { vendor, asked } = await openSilentVendor();
    await using _ = vendor;
    const { child, ended } = start(['generate', 'a red fox'], folder.path, envOf(vendor));
    await asked;
    const startedAt = performance.now();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await ended).exit).toBe(130);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('A20, 143: SIGTERM', async () => {
    await using folder = await temporaryFolder();
    const { vendor, asked } = await openSilentVendor();
    await using _ = vendor;
    const { child, ended } = start(['generate', 'a red fox'], folder.path, envOf(vendor));
    await asked;
    child.kill('SIGTERM');
    expect((await ended).exit).toBe(143);
  });

  it('I10: a reader of the paths that went away is no fault: the picture is saved', async () => {
    await using folder = await temporaryFolder();
    const { child, ended } = start(['generate', 'a red fox', '--size', '64x48'], folder.path);
    child.stdout.destroy();
    const { exit, stderr } = await ended;
    expect(exit).toBe(0);
    expect(stderr).not.toContain('EPIPE');
    expect(await readdir(folder.path)).toEqual(['a-red-fox.png']);
  });

  it('9, I10: a reader of the picture that went away: the picture is kept among the temporary files', async () => {
    await using folder = await temporaryFolder();
    await using vendor = await openVendor(async (_, response) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      sendJson(response, { data: [{ b64_json: WHITE_PNG.toString('base64') }] });
    });
    const { child, ended } = start(['generate', 'a red fox', '-o', '-', '--no-store'], folder.path, {
      ...envOf(vendor),
      TMPDIR: folder.path,
    });
    child.stdout.destroy();
    const { exit, stderr } = await ended;
    expect(exit).toBe(9);
    const path = /put here instead: (.+)\n/.exec(stderr)?.[1] ?? '';
    expect(path.startsWith(folder.path)).toBe(true);
    expect(await readFile(path)).toEqual(WHITE_PNG);
  });

  it('F15: takes no device for a file', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await start(['generate', 'fox', '-o', '/dev/null'], folder.path).ended;
    expect(exit).toBe(2);
    expect(stderr).toContain('does not say what kind of picture');
  });

  it('I12: reads no .env and no configuration of the folder it runs in', async () => {
    await using folder = await temporaryFolder();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder.path, '.env'), 'AI_IMAGE_PROVIDER=openai\nOPENAI_API_KEY=sk-evil\n');
    await writeFile(join(folder.path, 'imagen.config.js'), 'throw new Error("G05: executed")');
    const { exit, stderr } = await start(['generate', 'fox', '--size', '8x8'], folder.path).ended;
    expect(exit).toBe(0);
    expect(stderr).toContain('drawn offline by the stub');
  });
});
