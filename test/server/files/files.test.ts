/** Stored images behind signed links, over real sockets. */
import { createHash } from 'node:crypto';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProvider } from '../../../src/index.ts';
import type { Artifact } from '../../../src/store/index.ts';
import { type GuardedApp, useGuardedApps } from '../http/guarded-app.ts';
import { requestText, sendRaw } from '../http/raw-request.ts';
import { TOKEN } from '../support.ts';

const start = useGuardedApps();
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
let app: GuardedApp;
let png: Uint8Array<ArrayBuffer>;
let image: Artifact;
let link: string;
const errors: unknown[] = [];

beforeAll(async () => {
  app = await start({ fileKey: new Uint8Array(32).fill(7), onError: (error) => errors.push(error) });
  png = (await createProvider('stub').generateImage('a fox', { size: '512x512', format: 'png' }))
    .imageBytes as Uint8Array<ArrayBuffer>;
  image = await app.context.store.import(png);
  link = await linkTo(image.id, image.file);
});
afterEach(() => {
  vi.useRealTimers();
});

const linkTo = (id: string, name = 'a.png', lifetimeMs?: number) =>
  app.context.links.create({ id, name }, app.url, lifetimeMs);
const get = (headers: Record<string, string> = {}, url = link) => fetch(url, { headers });

describe('a link', () => {
  it('gives the image to anyone who has it, without a token, and from pages of any site', async () => {
    const answer = await get({ origin: 'https://chat.example', 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(200);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(png);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(png.length),
      'content-disposition': `inline; filename="${image.file}"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${createHash('sha256').update(png).digest('hex')}"`,
      'accept-ranges': 'bytes',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is answered to HEAD with the same headers and no body', async () => {
    const answer = await fetch(link, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(png.length));
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
  });

  it('is the same for an hour, so that browsers keep the image, and ends in time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2027, 0, 1, 10, 0, 1) });
    const first = await linkTo(image.id);
    vi.setSystemTime(Date.UTC(2027, 0, 1, 10, 59, 59));
    expect(await linkTo(image.id)).toBe(first);
    const short = await linkTo(image.id, 'a.png', 3_600_000);
    expect((await get({}, short)).status).toBe(200);
    vi.setSystemTime(Date.UTC(2027, 0, 1, 12, 0, 0));
    const ended = await get({}, short);
    expect([ended.status, await ended.json()]).toMatchObject([410, { error: { code: 'link_expired' } }]);
    expect((await get({}, first)).status).toBe(200);
  });

  it('is written by any name of a file, which does not count', async () => {
    for (const name of ['ä b.png', '..', '', '../../x', 'a/b?c#d', '%2e%2e']) {
      const answer = await get({}, await linkTo(image.id, name));
      expect(answer.status, name).toBe(200);
      expect(answer.headers.get('content-disposition')).toContain(image.file);
    }
  });

  it('is 304 for a browser that has the image', async () => {
    const etag = `"${image.sha256}"`;
    for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const answer = await get({ 'if-none-match': tags });
      expect([answer.status, answer.headers.get('etag')]).toEqual([304, etag]);
    }
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
  });
});

describe('S14: a link that was not given out', () => {
  it.each<[string, (parts: string[]) => unknown]>([
    ['another id', (parts) => parts.splice(2, 1, '0'.repeat(32))],
    ['another variant', (parts) => parts.splice(3, 1, '384')],
    ['a later end', (parts) => parts.splice(4, 1, `9999999999.${parts[4]!.split('.')[1]}`)],
    ['no signature', (parts) => parts.splice(4, 1, parts[4]!.split('.')[0]!)],
    ['a shorter signature', (parts) => parts.splice(4, 1, parts[4]!.slice(0, -1))],
    ['a longer signature', (parts) => parts.splice(4, 1, `${parts[4]}A`)],
    ['a third part', (parts) => parts.splice(4, 1, `${parts[4]}.x`)],
    ['another signature', (parts) => parts.splice(4, 1, `${parts[4]!.split('.')[0]}.${'A'.repeat(22)}`)],
  ])('is 404 with %s', async (_, change) => {
    const parts = new URL(link).pathname.split('/');
    change(parts);
    const answer = await get({}, `${app.url}${parts.join('/')}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('is made with another key by another server', async () => {
    const other = await start();
    expect(await other.context.links.create({ id: image.id, name: image.file }, app.url)).not.toBe(link);
  });

  it('is not found by trying: after 30 wrong ones in a minute an address waits, and right links still work', async () => {
    const { url, context } = await start();
    const statuses: number[] = [];
    for (let at = 0; at < 31; at++) {
      statuses.push((await fetch(`${url}/files/${image.id}/full/9999999999.${'A'.repeat(21)}${at % 10}/a.png`)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 30 }, () => 404), 429]);
    const { id } = await context.store.import(png);
    expect((await fetch(await context.links.create({ id, name: 'a' }, url))).status).toBe(200);
  });

  it('needs ids of 96 random bits or more, which are no secret all the same', () => {
    expect(image.id.length).toBeGreaterThanOrEqual(24);
  });
});

describe('S13: a path that leaves the folder', () => {
  const PATHS = [
    ...['/files/..%2f..%2fetc/passwd', '/files/%252e%252e/%252e%252e/etc/passwd', '/files/..%5c..%5cetc%5cpasswd'],
    ...['/files//etc/passwd', '/files/%00/full/1.x/a', '/files/../../etc/passwd', '/files/%2e%2e/%2e%2e/etc/passwd'],
    ...['//etc/passwd', '/files/a%00b/full/9999999999.x/y', '/images/..%2f..%2fetc/passwd'],
  ];
  it.each(PATHS)('is 404: %s', async (path) => {
    const answer = await sendRaw(app.port, requestText('GET', path, { authorization: `Bearer ${TOKEN}` }));
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('root:');
  });

  it('reads nothing of the store, even if it is signed', async () => {
    for (const id of ['../../../etc/passwd', '..', '', 'a'.repeat(5_000), '\0', '.ai-image']) {
      const path = `/files/${encodeURIComponent(id)}/full/`;
      const signed = (await linkTo(id)).split('/').at(-2);
      const answer = await sendRaw(
        app.port,
        requestText('GET', `${path}${signed}/a.png`, { authorization: `Bearer ${TOKEN}` }),
      );
      expect(answer.status, id).toBe(404);
    }
    expect(errors).toEqual([]);
  });
});

describe('S18: a file that is no raster image', () => {
  it('is downloaded, if it is an SVG', async () => {
    const { id } = await app.context.store.import(new TextEncoder().encode(SVG));
    const { headers } = await get({}, await linkTo(id));
    expect(headers.get('content-type')).toBe('image/svg+xml');
    expect(headers.get('content-disposition')).toMatch(/^attachment; /);
    expect(headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is typed by its bytes, whatever its sidecar says', async () => {
    const html = new TextEncoder().encode('<html><script>alert(1)</script></html>');
    const { url, context } = await start({
      storeMethods: { open: async () => html as Uint8Array<ArrayBuffer>, get: async () => image },
    });
    const answer = await fetch(await context.links.create({ id: image.id, name: 'a.png' }, url));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; /);
  });
});

describe('S30: a range', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=-5', -5, -1],
    ['bytes=100-', 100, -1],
    ['bytes=0-999999999999', 0, -1],
    ['bytes=-999999999999', 0, -1],
  ])('is answered with 206: %s', async (range, first, last) => {
    const answer = await get({ range });
    const start = first < 0 ? png.length + first : first;
    const end = last < 0 ? png.length + last : last;
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${png.length}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1));
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(png.slice(start, end + 1));
  });

  it.each([
    ...['bytes=', 'bytes=-', 'bytes=a-b', 'items=0-1', 'bytes=5-1', 'bytes=0-1,5-6', 'bytes=1e3-', 'bytes=--1'],
    `bytes=${Array.from({ length: 1_000 }, (_, at) => `${at}-${at}`).join()}`,
    `bytes=${'9'.repeat(400)}-`,
  ])('is ignored if it is odd, or more than one: %s', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(png.length);
  });

  it.each(['bytes=99999999-', 'bytes=-0'])('is 416 if nothing is in it: %s', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${png.length}`);
    await answer.text();
  });

  it('is ignored if the client has another image', async () => {
    expect((await get({ range: 'bytes=0-0', 'if-range': '"x"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-0', 'if-range': `"${image.sha256}"` })).status).toBe(206);
  });
});

it('says nothing of the machine when the file of an image is damaged, and reports it', async () => {
  const { id, path } = await app.context.store.import(
    (await createProvider('stub').generateImage('an owl', { size: '64x64', format: 'png' }))
      .imageBytes as Uint8Array<ArrayBuffer>,
  );
  await writeFile(path, 'x');
  const answer = await get({}, await linkTo(id));
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain('storage_failed');
  expect(text).not.toContain(app.context.store.directory);
  expect(errors).toHaveLength(1);
});

it('names no file of the store in a link but that of its image', async () => {
  expect(new URL(link).pathname).toMatch(new RegExp(`^/files/${image.id}/full/\\d+\\.[\\w-]{22}/${image.file}$`));
  const names = await readdir(app.context.store.directory);
  expect((await stat(image.path)).size).toBe(png.length);
  expect(names).toContain('.ai-image');
});
