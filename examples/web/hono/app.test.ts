/** The example as its page uses it: over a real socket, with the login of the app. */
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createImageManager, StubProvider } from '@org/ai-image';
import { createClient, createImageRun } from '@org/ai-image/client';
import { createStore } from '@org/ai-image/store';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { createApp } from './app.ts';

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

const LOGIN = `Basic ${btoa('ada:secret')}`;

async function startApp() {
  const store = createStore({ directory: await mkdtemp(join(tmpdir(), 'ai-image-web-')), marks: 'none' });
  const manager = createImageManager({ providers: { stub: new StubProvider() }, store });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = await bundlePage();
  const { app, close } = await createApp({ manager, store, origin, script, username: 'ada', password: 'secret' });
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  closers.push(
    () => store.close(),
    () => manager.close(),
    close,
    () => closeServer(server),
  );
  return origin;
}

async function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['examples/web/hono/page.ts'],
    ...{ bundle: true, format: 'esm', platform: 'browser', write: false },
    alias: { '@org/ai-image/client': './src/client/index.ts' },
  });
  return outputFiles[0]!.text;
}

/** Sends requests as a browser does after the login. */
const asPage = (url: string, init: RequestInit): Promise<Response> =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: LOGIN } });

it('streams unfinished images to the page, and then the image', async () => {
  const origin = await startApp();
  const run = createImageRun(createClient({ url: `${origin}/images`, fetch: asPage }));
  const previews = new Set<string>();
  run.subscribe((state) => {
    for (const { src } of state.previews) previews.add(src);
  });
  const { status, images } = await run.start({ prompt: 'a fox', size: '64x64' });
  expect(status).toBe('done');
  expect(previews.size).toBeGreaterThan(0);
  expect(images[0]?.src).toMatch(`${origin}/images/files/`);
  const file = await asPage(images[0]!.src, {});
  expect(file.headers.get('content-type')).toBe('image/png');
});

it('serves the page and its script to people who are logged in, and nothing to others', async () => {
  const origin = await startApp();
  expect(await (await asPage(`${origin}/`, {})).text()).toContain('/page.js');
  expect(await (await asPage(`${origin}/page.js`, {})).text()).toContain('/api/generate');
  for (const path of ['/', '/page.js', '/images/v1/models', '/images/api/runs']) {
    expect((await fetch(`${origin}${path}`)).status, path).toBe(401);
  }
});

it('refuses pages of other sites, which the browser would log in', async () => {
  const origin = await startApp();
  const headers = { 'content-type': 'application/json', origin: 'https://evil.example' };
  const init = { method: 'POST', headers, body: '{"prompt":"a fox"}' };
  expect((await asPage(`${origin}/images/api/generate`, init)).status).toBe(403);
});
