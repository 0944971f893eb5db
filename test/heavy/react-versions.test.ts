/** The packed hook with the newest React and the previous major, in strict mode, against a real server. Skipped where npm cannot get React. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packPackage } from '../hosts/support/host-projects.ts';
import { TOKEN, useServers } from '../server/support.ts';

const start = useServers();
const run = promisify(execFile);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
const NOT_HERE = /code (E404|ETARGET|ENOTCACHED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET)\b/;

/** What a host writes: a page that generates one image, and prints the states that React showed. */
const HOST = `
import { Window } from 'happy-dom';
const window = new Window();
Object.assign(globalThis, { window, document: window.document });
const { createElement, StrictMode, useEffect, version } = await import('react');
const { createRoot } = await import('react-dom/client');
const { createClient } = await import('@org/ai-image/client');
const { ImageRun } = await import('@org/ai-image/react');

const client = createClient({ url: process.env.SERVER_URL, token: process.env.SERVER_TOKEN });
const page = document.createElement('div');
const seen = [];
const request = { prompt: 'a fox', size: '64x64' };
const done = Promise.withResolvers();
const View = ({ status, images }) => {
  useEffect(() => {
    if (seen.at(-1) !== status) seen.push(status);
    if (images.length > 0) done.resolve();
  }, [status, images]);
  return createElement('img', { src: images[0]?.src, alt: status });
};
const run = createElement(ImageRun, { client, request, runKey: 'page-' + version }, (image) => createElement(View, image));
createRoot(page).render(createElement(StrictMode, null, run));
await done.promise;
console.log(JSON.stringify({ version, seen, shown: page.innerHTML.includes('/files/') }));
process.exit(0);
`;

let folder: string;
let tarball: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ai-image-react-'));
  tarball = await packPackage(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.for(['19', '18'])('shows a run, and pays for it once, with React %s', async (major, { skip }) => {
  const cwd = join(folder, major);
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{"private":true,"type":"module"}');
  await writeFile(join(cwd, 'host.js'), HOST);
  const packages = [`react@${major}`, `react-dom@${major}`, 'happy-dom@21.0.4', tarball];
  await run(npm, [...INSTALL, ...packages], { cwd }).catch((error: Error) => {
    const [code] = NOT_HERE.exec(error.message) ?? [];
    return code === undefined ? Promise.reject(error) : skip(`npm cannot install React here (${code})`);
  });
  const { url, store } = await start();
  const env = { PATH: process.env.PATH, SERVER_URL: url, SERVER_TOKEN: TOKEN };
  const { stdout } = await run(process.execPath, ['host.js'], { cwd, env });
  const shown = JSON.parse(stdout) as { version: string; seen: string[]; shown: boolean };
  expect(shown).toMatchObject({ version: expect.stringMatching(`^${major}\\.`), shown: true });
  expect(shown.seen.at(-1)).toBe('done');
  expect(await store.search()).toHaveLength(1);
});
