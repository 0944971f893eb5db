/** The command as a separate process: signals, pipes, and behaviour that only a real process has. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signImage } from '../../../src/store/index.ts';
import { closeServers, startServer, until } from '../../faults/hostile-server.ts';
import { createTestSigner } from '../../provenance/support/certificate.ts';
import { FACTS } from '../../provenance/support/facts.ts';
import { openVendor, sendJson, type Vendor, WHITE_PNG } from '../../providers/kit/support/vendor.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { FARM, openJobVendor } from './job-vendor.ts';
import { bundleImagen } from './process-support.ts';
import { temporaryFolder } from './support.ts';

const { start, stop } = await bundleImagen();
afterAll(stop);

const KEY = 'sk-canary-0123456789abcdef';

const envOf = ({ url }: Vendor) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url });

/** A vendor that receives the request and never replies. */
async function openSilentVendor() {
  const asked = Promise.withResolvers<void>();
  const vendor = await openVendor(() => asked.resolve());
  return { vendor, asked: asked.promise };
}

describe('imagen as a process', () => {
  it('generates offline, prints the path, and exits by itself', async () => {
    await using folder = await temporaryFolder();
    const { exit, stdout } = await start(['generate', 'a red fox', '--size', '64x48'], folder.path).ended;
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${join(folder.path, 'a-red-fox.png')}\n` });
  });

  it('calls a vendor, and exits by itself although the connection is kept alive', async () => {
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

  it('I08, 130: Ctrl-C ends a hanging call within a second, and leaves no files', async () => {
    await using folder = await temporaryFolder();
    const { vendor, asked } = await openSilentVendor();
    await using _ = vendor;
    const { child, ended } = start(['generate', 'a red fox'], folder.path, envOf(vendor));
    await asked;
    const elapsedMs = startStopwatch();
    child.kill('SIGINT');
    const { exit, stdout, stderr } = await ended;
    expect({ exit, stdout }).toEqual({ exit: 130, stdout: '' });
    expect(elapsedMs()).toBeLessThan(1000);
    expect(stderr).toContain('(aborted)');
    expect(stderr).toContain('It may have been charged.');
    expect(await readdir(folder.path)).toEqual([]);
    expect(vendor.received).toHaveLength(1);
  });

  it('I08: a second Ctrl-C ends the process at once', async () => {
    await using folder = await temporaryFolder();
    const { vendor, asked } = await openSilentVendor();
    await using _ = vendor;
    const { child, ended } = start(['generate', 'a red fox'], folder.path, envOf(vendor));
    await asked;
    const elapsedMs = startStopwatch();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await ended).exit).toBe(130);
    expect(elapsedMs()).toBeLessThan(1000);
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

  it('I10: a closed pipe for the paths is not an error: the image is saved', async () => {
    await using folder = await temporaryFolder();
    const { child, ended } = start(['generate', 'a red fox', '--size', '64x48'], folder.path);
    child.stdout.destroy();
    const { exit, stderr } = await ended;
    expect(exit).toBe(0);
    expect(stderr).not.toContain('EPIPE');
    expect(await readdir(folder.path)).toEqual(['a-red-fox.png']);
  });

  it('9, I10: a closed pipe for the image: the image is saved in the temporary directory', async () => {
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
    const path = /saved to (.+) instead\n/.exec(stderr)?.[1] ?? '';
    expect(path.startsWith(folder.path)).toBe(true);
    expect(await readFile(path)).toEqual(WHITE_PNG);
  });

  it('I02: imagen reads no more than the limit from a gigabyte on standard input', async () => {
    await using folder = await temporaryFolder();
    const { child, ended } = start(['generate', '-'], folder.path);
    const chunk = Buffer.alloc(65_536, 'a');
    let taken = 0;
    child.stdin.on('error', () => undefined); // it closes the connection
    const offer = () => {
      while (taken < 1e9 && child.stdin.writable) {
        taken += chunk.length;
        if (!child.stdin.write(chunk)) return void child.stdin.once('drain', offer);
      }
    };
    offer();
    const { exit, stderr } = await ended;
    expect(exit).toBe(2);
    expect(stderr).toContain('standard input is larger than 100000 bytes');
    expect(taken).toBeLessThan(4_000_000);
  });

  it.skipIf(process.platform === 'win32')('I13: --open passes a file name to the viewer, not to a shell', async () => {
    await using folder = await temporaryFolder();
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    for (const viewer of ['open', 'xdg-open']) {
      await writeFile(join(bin, viewer), '#!/bin/sh\nprintf "%s" "$1" > "$OPENED"\n', { mode: 0o755 });
    }
    const opened = join(folder.path, 'opened');
    const name = '$(touch pwned); `touch pwned` fox.png';
    const args = ['generate', 'fox', '--provider', 'stub', '--size', '64x64', '--open', '-o', name];
    const env = { PATH: `${bin}:${process.env.PATH}`, OPENED: opened };
    const { exit } = await start(args, folder.path, env).ended;
    expect(exit).toBe(0);
    await expect.poll(() => readFile(opened, 'utf8').catch(() => ''), { timeout: 5_000 }).toBe(join(folder.path, name));
    expect(await readdir(folder.path)).not.toContain('pwned');
  });

  it('F15: imagen does not write to a device as to a file', async () => {
    await using folder = await temporaryFolder();
    const { exit, stderr } = await start(['generate', 'fox', '-o', '/dev/null'], folder.path).ended;
    expect(exit).toBe(2);
    expect(stderr).toContain('has no known image extension');
  });

  it('reads its own configuration file', async () => {
    await using folder = await temporaryFolder();
    const path = `${join(folder.path, '.config/imagen.yaml')}\n`;
    const env = { HOME: folder.path, OPENAI_API_KEY: KEY };
    expect(await start(['config', 'init'], folder.path, env).ended).toEqual({ exit: 0, stdout: path, stderr: '' });
    const { exit, stdout, stderr } = await start(['config', 'show'], folder.path, env).ended;
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: expect.stringContaining(`from ${path}`) });
    expect(stdout).toMatch(/^backends\.openai\.api_key_env +OPENAI_API_KEY \(set\)$/m);
  });

  it('I12: imagen reads no .env and no configuration from the current directory', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, '.env'), 'AI_IMAGE_PROVIDER=openai\nOPENAI_API_KEY=sk-evil\n');
    await writeFile(join(folder.path, 'imagen.config.js'), 'throw new Error("G05: executed")');
    const { exit, stderr } = await start(['generate', 'fox', '--size', '8x8'], folder.path).ended;
    expect(exit).toBe(0);
    expect(stderr).toContain('no API key is set, so the stub provider generates this image offline');
  });

  it('J22: a job whose process was killed is fetched by the next process, with one submit', async () => {
    await using folder = await temporaryFolder();
    const vendor = await openJobVendor();
    const flags = [...(await vendor.flags(folder.path)), '--store', 'pictures'];
    const { child, ended } = start([...flags, 'generate', 'a red fox'], folder.path, FARM);
    await until(() => vendor.polls() > 0, 10_000);
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ exit: 'SIGKILL', stdout: '' });

    const listed = await start([...flags, 'jobs', 'list'], folder.path, FARM).ended;
    expect(listed).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^p1 {2}farm .* running /) });
    vendor.set('succeeded');
    const { exit, stdout, stderr } = await start([...flags, 'jobs', 'resume'], folder.path, FARM).ended;
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr: expect.stringMatching(/^imagen: p1: cost \$\S+ \(estimated\)\n$/),
    });
    expect(stdout.startsWith(join(folder.path, 'pictures'))).toBe(true);
    expect((await readFile(stdout.trim())).subarray(1, 4).toString()).toBe('PNG');
    expect(vendor.submits()).toBe(1);
    await closeServers();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'E05: %s leaves the records of a job and of an unanswered call, and exits with %i',
    async (signal, code) => {
      await using folder = await temporaryFolder();
      const vendor = await openJobVendor();
      const flags = [...(await vendor.flags(folder.path)), '--store', 'pictures'];
      const polling = start([...flags, 'generate', 'a red fox'], folder.path, FARM);
      await until(() => vendor.polls() > 0, 10_000);
      polling.child.kill(signal);
      expect((await polling.ended).exit).toBe(code);

      const silent = await startServer((hit) => (hit.method === 'POST' ? hit.bill() : hit.reply(200, {})));
      const backend = `{ type: replicate, model: black-forest-labs/flux-schnell, base_url: '${silent.origin}/v1', api_key_env: FARM_KEY }`;
      await writeFile(join(folder.path, 'silent.yaml'), `backends:\n  silent: ${backend}\n`);
      const config = ['--config', join(folder.path, 'silent.yaml'), '--store', 'pictures'];
      const asking = start([...config, 'generate', 'a grey fox'], folder.path, FARM);
      await until(() => silent.bills() > 0, 10_000);
      asking.child.kill(signal);
      expect((await asking.ended).exit).toBe(code);

      const { stdout } = await start([...flags, 'jobs', 'list', '--json'], folder.path, FARM).ended;
      const { jobs } = JSON.parse(stdout) as {
        readonly jobs: readonly { provider: string; state: string; lastAttempt: object }[];
      };
      expect(jobs.map(({ provider, state }) => `${provider} ${state}`).sort()).toEqual([
        'farm running',
        'silent unknown',
      ]);
      for (const { lastAttempt } of jobs)
        expect(lastAttempt).toMatchObject({ code: expect.stringMatching(/aborted|outcome_unknown/) });
      expect([vendor.submits(), silent.bills()]).toEqual([1, 1]);
    },
  );

  it('reports that a manifest cannot be checked without its package, which is not installed', async () => {
    await using folder = await temporaryFolder();
    const signed = await signImage(WHITE_PNG, FACTS, createTestSigner());
    const path = join(folder.path, 'signed.png');
    await writeFile(path, signed.bytes);
    const { exit, stdout, stderr } = await start(['verify', 'signed.png'], folder.path).ended;
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain('C2PA manifest: not checked.');
    expect(stdout).toContain('npm install @contentauth/c2pa-wasm');
    expect(stdout).toContain('  Mark: the image is made by AI');
  });
});
