/** The Next.js example, built and started with the packed package, as its page uses it. Skipped where npm cannot get Next.js. */
import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { createClient, createImageRun } from '../../src/client/index.ts';
import { installHost, packPackage, RuntimeMissing } from '../hosts/support/host-projects.ts';

const closers: (() => Promise<unknown> | unknown)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

const LOGIN = `Basic ${btoa('ada:secret')}`;
const asPage = (url: string, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: LOGIN } });

/** The package comes from the tarball, not from the registry. */
async function copyWithoutPackage(target: string): Promise<string> {
  await cp('examples/web/next', target, { recursive: true });
  const file = join(target, 'package.json');
  const { dependencies, ...rest } = JSON.parse(await readFile(file, 'utf8'));
  const { '@org/ai-image': _, ...others } = dependencies;
  await writeFile(file, JSON.stringify({ ...rest, dependencies: others }));
  return target;
}

/** @returns the address of the app */
async function startApp(project: string): Promise<string> {
  const next = join(project, 'node_modules/next/dist/bin/next');
  const env = {
    ...process.env,
    ...{ NEXT_TELEMETRY_DISABLED: '1', AI_IMAGE_PROVIDER: 'stub', APP_USER: 'ada', APP_PASSWORD: 'secret' },
    ...{ IMAGES_DIRECTORY: join(project, 'images'), APP_ORIGIN: 'http://127.0.0.1:3000' },
  };
  execFileSync(process.execPath, [next, 'build'], { cwd: project, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const app = spawn(process.execPath, [next, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    ...{ cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  const ended = new Promise((resolve) => app.once('close', resolve));
  closers.push(() => {
    app.kill();
    return ended;
  });
  for await (const line of createInterface(app.stdout)) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('the app ended without an address');
}

it('streams unfinished images to the page, and then the image', async ({ skip }) => {
  const folder = await mkdtemp(join(tmpdir(), 'ai-image-next-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const project = join(folder, 'app');
  const source = await copyWithoutPackage(join(folder, 'source'));
  await installHost(source, project, await packPackage(folder)).catch((error: Error) =>
    error instanceof RuntimeMissing ? skip(error.message) : Promise.reject(error),
  );
  const address = await startApp(project);
  expect((await fetch(address)).status).toBe(401);
  expect((await fetch(`${address}/images/v1/models`)).status).toBe(401);
  expect(await (await asPage(address, {})).text()).toContain('<html');

  const run = createImageRun(createClient({ url: `${address}/images`, fetch: asPage }));
  const previews = new Set<string>();
  run.subscribe((state) => {
    for (const { src } of state.previews) previews.add(src);
  });
  const { status, images, error } = await run.start({ prompt: 'a fox', size: '64x64' });
  expect({ status, error }).toEqual({ status: 'done', error: undefined });
  expect(previews.size).toBeGreaterThan(0);
  const { pathname, search } = new URL(images[0]!.src);
  expect((await asPage(`${address}${pathname}${search}`, {})).headers.get('content-type')).toBe('image/png');
});
