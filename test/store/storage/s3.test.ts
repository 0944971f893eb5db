import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore, type S3Settings, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { useShortWaits } from '../../support/short-waits.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import { about, drawn, randomId, saved, someBytes } from '../sample-images.ts';
import { filesIn, incomingFiles, useFolder } from '../support.ts';
import { beforeNextSidecar, isImage, isSidecar } from './buckets.ts';
import { ACCESS_KEY, type Fault, openS3Server, type S3Kind, type S3Server, SECRET_KEY } from './s3-server.ts';

const folder = useFolder();
useShortWaits();
const open: (Store | S3Server)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await ('close' in each ? each.close() : each[Symbol.asyncDispose]());
});

const NOON = Date.UTC(2026, 10, 25, 12);
async function serverOf(kind: S3Kind = {}): Promise<S3Server> {
  const server = await openS3Server(kind);
  open.push(server);
  return server;
}
let passed = 0;
function storeOn(
  server: S3Server,
  more: Partial<Omit<StoreSettings, 's3'>> & { readonly s3?: Partial<S3Settings> } = {},
): Store {
  const { s3, ...settings } = more;
  const store = createStore({
    directory: join(folder(), 'pictures'),
    marks: 'none',
    now: () => NOON + 1_000 * passed++,
    ...settings,
    s3: server.settings(s3),
  });
  // Closed before its server.
  open.unshift(store);
  return store;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const keysOf = ({ objects }: S3Server) => [...objects.keys()].sort();
const failureOf = async (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it went well')),
    (error) => error,
  );
const MB = 1024 * 1024;

/** Injects a fault into matching requests, a given number of times. */
function troubled(server: S3Server, fault: Fault, isMeant: (request: S3Server['seen'][number]) => boolean, times = 1) {
  let left = times;
  server.fault = (request) => (isMeant(request) && left-- > 0 ? fault : undefined);
}

describe('an image stored in a bucket', () => {
  it('has exactly the received bytes, with a sidecar beside it, and only the index is local', async () => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { prefix: '/imagen/team a/' }, naming: '{prompt}' });
    const bytes = someBytes(100_000);
    const kept = await saved(store, { bytes, prompt: 'ein Fuchs — 狐' });

    const key = 'imagen/team a/2026/11/ein-fuchs-狐.png';
    expect(kept.path).toBe(`s3://pictures/${key}`);
    expect(keysOf(server)).toEqual([key.replace('.png', '.json'), key]);
    expect(new Uint8Array(server.objects.get(key)!.bytes)).toEqual(bytes);
    expect(server.objects.get(key)).toMatchObject({
      checksum: sha256(bytes).toString('base64'),
      headers: { 'content-type': 'image/png' },
    });
    expect(await store.open(kept.id)).toEqual(bytes);
    expect(await store.get(kept.id)).toMatchObject({ path: kept.path, sha256: sha256(bytes).toString('hex') });
    expect(await store.search()).toMatchObject([{ id: kept.id, path: kept.path }]);
    expect(await store.verify()).toEqual({ intact: 1, findings: [] });
    expect(await incomingFiles(store.directory)).toEqual([]);
    expect((await filesIn(store.directory)).every((path) => path.startsWith('.ai-image/'))).toBe(true);
  });

  it('can be marked, selected, tagged and deleted like any other', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const { id } = await saved(store);
    const child = await saved(store, {}, { parents: [id] });
    await store.keep(id);
    await store.tag(id, ['fox', 'snow']);
    expect(await store.search({ kept: true, tag: 'snow' })).toMatchObject([{ id }]);
    expect((await store.lineage(id)).descendants).toEqual([child.id]);
    const sidecar = JSON.parse(
      String(
        server.objects.get(keysOf(server).find((key) => key.includes(id.slice(0, 8)) && key.endsWith('.json'))!)!.bytes,
      ),
    );
    expect(sidecar).toMatchObject({ selection: 'kept', tags: ['fox', 'snow'] });

    await store.delete(id);
    expect(keysOf(server).some((key) => key.includes(id.slice(0, 8)))).toBe(false);
    await expect(store.get(id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('is saved by the manager', async () => {
    const server = await serverOf();
    const images = createImageManager({
      providers: { stub: new StubProvider() },
      store: storeOn(server, { marks: 'image' }),
    });
    const request = { prompt: 'a red fox', size: '64x64', seed: 7 } as const;
    const first = await images.generate(request);
    expect(first.saved[0]?.path).toMatch(/^s3:\/\/pictures\/2026\/11\//);
    expect(first.notes).toEqual([]);
    expect(server.seen.filter(isImage)).toHaveLength(1);
    await images.close();
  });

  it('is sent with a session token when the credentials have one', async () => {
    const server = await serverOf({ sessionToken: 'session-0123456789' });
    await saved(storeOn(server));
    expect(server.objects.size).toBe(2);
  });

  it('K21: an image stored in a bucket is saved although the clock of this machine is an hour slow', async () => {
    const server = await serverOf({ clockMs: 3_600_000 });
    const store = storeOn(server);
    await store.preflight();
    const { id, bytes } = await saved(store);
    expect(await store.open(id)).toEqual(bytes);
  });
});

describe('F10: an existing name', () => {
  it('is not reused: eight concurrent saves, in one process and in eight, make eight images', async () => {
    const server = await serverOf();
    const one = storeOn(server, { naming: 'fox' });
    const others = Array.from({ length: 8 }, (_, at) =>
      storeOn(server, { naming: 'fox', directory: join(folder(), `home-${at}`) }),
    );
    const bytes = Array.from({ length: 16 }, () => someBytes());
    const kept = await Promise.all([
      ...bytes.slice(0, 8).map((each) => saved(one, { bytes: each })),
      ...others.map((store, at) => saved(store, { bytes: bytes[8 + at]! })),
    ]);
    expect(new Set(kept.map(({ path }) => path)).size).toBe(16);
    expect(server.objects.size).toBe(32);
    for (const { path, bytes: wanted } of kept) {
      expect(new Uint8Array(server.objects.get(path.replace('s3://pictures/', ''))!.bytes)).toEqual(wanted);
    }
    expect(await one.verify()).toEqual({ intact: 16, findings: [] });
  });

  it.each([
    { conditions: 'ignored' },
    { conditions: 'refused' },
    { checksums: 'refused' },
    { conditions: 'refused', checksums: 'refused' },
  ] as const)(
    'is not overwritten by a server with %j either, and eight concurrent saves of one process make eight images',
    async (kind) => {
      const server = await serverOf(kind);
      const store = storeOn(server, { naming: 'fox' });
      const kept = await Promise.all(Array.from({ length: 8 }, () => saved(store)));
      kept.push(await saved(storeOn(server, { naming: 'fox', directory: join(folder(), 'another') })));
      for (const { path, bytes } of kept) {
        expect(new Uint8Array(server.objects.get(path.replace('s3://pictures/', ''))!.bytes)).toEqual(bytes);
      }
      expect(server.objects.size).toBe(18);
      await store.reindex();
      await store.tag(kept[0]!.id, ['fox']);
      expect(await store.search({ tag: 'fox' })).toHaveLength(1);
    },
  );

  it('needs only a few requests to find a free one among hundreds', async () => {
    const server = await serverOf();
    const store = storeOn(server, { naming: 'fox', partition: 'none' });
    await saved(store);
    const [json, png] = [server.objects.get('fox.json')!, server.objects.get('fox.png')!];
    for (let at = 2; at <= 500; at++) server.objects.set(`fox-${at}.json`, json).set(`fox-${at}.png`, png);
    server.seen.length = 0;
    expect((await saved(store)).path).toBe('s3://pictures/fox-501.png');
    expect(server.seen.length).toBeLessThan(15);
  });

  it('an image without a sidecar at that name belongs to another program, and is not changed', async () => {
    const server = await serverOf();
    const foreign = { bytes: Buffer.from('mine'), headers: {}, etag: '"1"', checksum: undefined };
    server.objects.set('2026/11/fox.png', foreign).set('2026/11/fox-2.json', foreign);
    expect((await saved(storeOn(server, { naming: 'fox' }))).path).toBe('s3://pictures/2026/11/fox-3.png');
    expect(server.objects.get('2026/11/fox.png')).toBe(foreign);
    expect(server.objects.get('2026/11/fox-2.json')).toBe(foreign);
  });
});

describe('a request to a bucket', () => {
  it.each<[string, Fault]>([
    ['is reset before the server reads it', { kind: 'reset' }],
    ['is executed, but its reply is lost', { kind: 'reset', after: true }],
    ['is answered with 500', { kind: 'answer', status: 500 }],
    [
      'is answered with 503 SlowDown',
      { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '1' } },
    ],
    ['is answered with 409', { kind: 'answer', status: 409, word: 'ConditionalRequestConflict' }],
  ])('a request to a bucket that %s is retried, and the image is stored once', async (_, fault) => {
    const server = await serverOf();
    const store = storeOn(server);
    for (const isMeant of [isImage, isSidecar, ({ method }: { method: string }) => method === 'HEAD']) {
      troubled(server, fault, isMeant, 2);
      const before = server.objects.size;
      const { id, bytes } = await saved(store);
      expect(server.objects.size).toBe(before + 2);
      expect(await store.open(id)).toEqual(bytes);
    }
    expect((await store.verify()).findings).toEqual([]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('waits as long as the server asks', async () => {
    vi.unstubAllGlobals();
    const server = await serverOf();
    const store = storeOn(server);
    await saved(store);
    troubled(server, { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '1' } }, isImage);
    const start = performance.now();
    await saved(store);
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it.each<[string, Fault]>([
    ['never answers', { kind: 'hang' }],
    ['is busy for an hour', { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '3600' } }],
  ])('U03: ends, also when the server %s', async (_, fault) => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { timeoutMs: 300 } });
    server.fault = () => fault;
    const elapsedMs = startStopwatch();
    await expect(store.preflight()).rejects.toMatchObject({ code: 'storage_failed', charged: 'no' });
    expect(elapsedMs()).toBeLessThan(5_000);
  });

  it('does not block other processes for long during a change', async () => {
    const server = await serverOf();
    const [one, other] = [storeOn(server), storeOn(server)];
    const { id } = await saved(one);
    server.fault = ({ method, key }) =>
      method === 'PUT' && key.includes(id.slice(0, 8)) ? { kind: 'hang' } : undefined;
    const elapsedMs = startStopwatch();
    const tagging = failureOf(one.tag(id, ['late']));
    const meanwhile = await saved(other);
    expect(await tagging).toMatchObject({ code: 'storage_failed' });
    expect(elapsedMs()).toBeLessThan(12_000);
    expect(await one.search()).toHaveLength(2);
    expect(await other.open(meanwhile.id)).toEqual(meanwhile.bytes);
    // The catalog is updated later.
    server.fault = () => undefined;
    await one.preflight();
    expect(await incomingFiles(one.directory)).toEqual([]);
    await one.tag(id, ['now']);
    expect(await other.search({ tag: 'now' })).toMatchObject([{ id }]);
  });

  it('a request to a bucket with a truncated reply is retried', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const { id, bytes } = await saved(store, { bytes: someBytes(200_000) });
    troubled(server, { kind: 'torn' }, ({ method }) => method === 'GET', 2);
    expect(await store.open(id)).toEqual(bytes);
  });

  it('is not waited for when the store is closed', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await store.preflight();
    server.fault = () => ({ kind: 'hang' });
    const before = server.seen.length;
    const saving = failureOf(saved(store));
    while (server.seen.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const elapsedMs = startStopwatch();
    await store.close();
    expect((await saving).message).toContain('aborted, because the store was closed');
    expect(elapsedMs()).toBeLessThan(1_000);
  });
});

describe('a bucket that cannot be used', () => {
  it.each<[string, Partial<S3Settings>, RegExp, code?: string]>([
    ['a wrong secret', { secretAccessKey: 'wrong/secret+0123456789' }, /HTTP 403, SignatureDoesNotMatch/],
    ['a wrong access key', { accessKeyId: 'AKIAWRONG' }, /HTTP 403, InvalidAccessKeyId/],
    ['no such bucket', { bucket: 'another' }, /HTTP 404, NoSuchBucket/],
    ['no server', { endpoint: 'http://127.0.0.1:65533' }, /ECONNREFUSED/, 'storage_failed'],
  ])('is detected before anything is charged: %s', async (_, s3, says, code = 'not_configured') => {
    const server = await serverOf();
    const paid = new StubProvider();
    const store = storeOn(server, { s3 });
    const images = createImageManager({ providers: { paid }, store });
    const error = await failureOf(images.generate({ prompt: 'a red fox', size: '64x64' }));
    expect(error).toMatchObject({ code, charged: 'no' });
    expect(error.message).toMatch(says);
    expect(await store.usage()).toEqual([]);
    await images.close();
  });

  it('K01 K02 K04: a bucket that cannot be used is reported with the server’s error code, and never with a key', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const { id } = await saved(store);
    server.fault = () => ({ kind: 'answer', status: 403, word: 'AccessDenied' });
    const errors = [
      await failureOf(store.open(id)),
      await failureOf(saved(store)),
      await failureOf(store.reindex()),
      await failureOf(store.tag(id, ['x'])),
    ];
    for (const error of errors) {
      expect(error.message).toMatch(/HTTP 403(?:, AccessDenied)?, request LOOPBACK\d+/);
      const text = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + error.stack;
      for (const secret of [SECRET_KEY, ACCESS_KEY, 'Signature=', 'with loopback']) expect(text).not.toContain(secret);
    }
    expect(inspect(store, { depth: 10, showHidden: true })).not.toContain(SECRET_KEY);
  });

  it.each<[Partial<S3Settings>, string]>([
    [{ endpoint: 'http://s3.example.com' }, 'https'],
    [{ endpoint: 'http://10.0.0.1:9000' }, 'https'],
    [{ endpoint: 'https://me:secret@s3.example.com' }, 'password'],
    [{ endpoint: 'https://s3.example.com/?x=1' }, 'query or fragment'],
    [{ endpoint: 'file:///tmp' }, 'https'],
    [{ endpoint: undefined, region: undefined }, 'region'],
    [{ bucket: 'no bucket' }, 'bucket'],
    [{ bucket: '../x' }, 'bucket'],
    [{ prefix: 'a/../b' }, 'prefix'],
    [{ region: 'eu central' }, 'region'],
    [{ accessKeyId: '' }, 'accessKeyId is missing'],
    [{ secretAccessKey: 'alpha\r\nomega' }, 'secretAccessKey contains a space or another character'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
  ])('refuses %j without showing a secret', async (more, says) => {
    const server = await serverOf();
    const make = () => storeOn(server, { s3: more });
    expect(make).toThrow(expect.objectContaining({ code: 'not_configured', message: expect.stringContaining(says) }));
    const error = await failureOf(Promise.resolve().then(make));
    expect(`${error.message} ${error.hint}`).not.toMatch(/loopback|alpha|omega|secret@|me:/);
  });
});

describe('U02: a paid image that cannot be uploaded', () => {
  it('stays local with a journal entry, is returned all the same, and is uploaded when the store is opened next', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const paid = new StubProvider();
    const images = createImageManager({ providers: { paid }, store });
    server.fault = ({ method }) =>
      method === 'PUT' ? { kind: 'answer', status: 403, word: 'AccessDenied' } : undefined;
    const { images: results, saved, notes } = await images.generate({ prompt: 'a red fox', size: '64x64', n: 2 });
    expect(results).toHaveLength(2);
    expect(saved).toEqual([]);
    expect(notes.join()).toContain('uploaded when the store is opened again');
    expect(notes.join()).toContain(join(store.directory, '.ai-image', 'incoming'));
    expect(server.objects.size).toBe(0);
    expect((await incomingFiles(store.directory)).filter((name) => name.endsWith('.bytes'))).toHaveLength(2);
    await images.close();
    await store.close();

    server.fault = () => undefined;
    const later = storeOn(server);
    expect(new Set((await later.search()).map(({ id }) => id))).toEqual(new Set(results.map(({ id }) => id)));
    for (const { id, imageBytes } of results) expect(await later.open(id)).toEqual(imageBytes);
    expect(await later.verify()).toEqual({ intact: 2, findings: [] });
    expect(await incomingFiles(later.directory)).toEqual([]);
  });

  it('is also uploaded by the same store, before the next call', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await store.preflight();
    server.fault = ({ method }) => (method === 'PUT' ? { kind: 'reset' } : undefined);
    const id = randomId();
    await expect(saved(store, { id })).rejects.toThrow('its bytes are in');
    server.fault = () => undefined;
    await store.preflight();
    expect(await store.search()).toMatchObject([{ id }]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('does not prevent opening and searching the store while the server does not answer', async () => {
    const server = await serverOf();
    const first = storeOn(server);
    const { id } = await saved(first);
    server.fault = () => ({ kind: 'answer', status: 503 });
    const waits = randomId();
    await failureOf(saved(first, { id: waits }));
    await first.close();
    const store = storeOn(server);
    expect(await store.search()).toMatchObject([{ id }]);
    expect((await incomingFiles(store.directory)).length).toBe(2);
    server.fault = () => undefined;
    await store.preflight();
    expect((await store.search()).map((each) => each.id).sort()).toEqual([id, waits].sort());
  });

  it('is stored once, also when its job was fetched again in the meantime', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const bytes = someBytes();
    server.fault = ({ method }) => (method === 'PUT' ? { kind: 'answer', status: 403 } : undefined);
    await failureOf(saved(store, { bytes, job: 'job-1' }));
    server.fault = () => undefined;
    const { id } = await saved(store, { bytes, job: 'job-1' });
    await store.close();
    const later = storeOn(server);
    expect(await later.search()).toMatchObject([{ id }]);
    expect(server.objects.size).toBe(2);
    expect(await incomingFiles(later.directory)).toEqual([]);
  });
});

describe('a large image', () => {
  const bytes = someBytes(17 * MB);

  it('is uploaded in parts, each with its checksum, and read back complete', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const { id, path } = await saved(store, { bytes });
    const parts = server.seen.filter(({ query }) => query.partNumber !== undefined);
    expect(parts.map((part) => part.bytes)).toEqual([8, 8, 1].map((size) => size * MB));
    for (const part of parts) expect(part.headers['x-amz-checksum-sha256']).toMatch(/=$/);
    const object = server.objects.get(path.replace('s3://pictures/', ''))!;
    expect(object.checksum).toMatch(/-3$/);
    expect(object.bytes.equals(bytes)).toBe(true);
    expect(object.headers).toMatchObject({ 'content-type': 'image/png' });
    expect(server.uploads.size).toBe(0);
    expect(Buffer.compare(await store.open(id), bytes)).toBe(0);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  const isPart = ({ query }: S3Server['seen'][number]) => query.partNumber === '2';
  const isEnd = ({ method, query }: S3Server['seen'][number]) => method === 'POST' && query.uploadId !== undefined;

  it.each<[string, Fault, (request: S3Server['seen'][number]) => boolean]>([
    ['a part is reset', { kind: 'reset' }, isPart],
    ['the reply to a part is lost', { kind: 'reset', after: true }, isPart],
    ['a part is refused', { kind: 'answer', status: 503, word: 'SlowDown' }, isPart],
    ['another process aborted its upload', { kind: 'answer', status: 404, word: 'NoSuchUpload' }, isPart],
    ['its completion is reset', { kind: 'reset' }, isEnd],
    ['the reply to its completion is lost', { kind: 'reset', after: true }, isEnd],
    ['an error comes with status 200', { kind: 'body', body: '<Error><Code>InternalError</Code></Error>' }, isEnd],
    [
      'another process wrote to its name in the meantime',
      { kind: 'answer', status: 409, word: 'InvalidRequest' },
      isEnd,
    ],
  ])('is stored once, and no part is left, when %s', async (_, fault, isMeant) => {
    const server = await serverOf();
    const store = storeOn(server);
    troubled(server, fault, isMeant);
    const { id } = await saved(store, { bytes });
    expect(Buffer.compare(await store.open(id), bytes)).toBe(0);
    expect(server.objects.size).toBe(2);
    expect(server.uploads.size).toBe(0);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('gets another name when its name was taken in the meantime', async () => {
    const server = await serverOf();
    const store = storeOn(server, { naming: 'fox' });
    const other = { bytes: Buffer.from('other'), headers: {}, etag: '"1"', checksum: undefined };
    server.fault = (request) => {
      if (isEnd(request)) {
        if (request.key.endsWith('fox.png')) server.objects.set('2026/11/fox.png', other);
      }
      return undefined;
    };
    expect((await saved(store, { bytes })).path).toBe('s3://pictures/2026/11/fox-2.png');
    expect(server.objects.get('2026/11/fox.png')).toBe(other);
    expect(server.uploads.size).toBe(0);
  });

  it('leaves no parts when it fails, and is uploaded later', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    server.fault = (request) => (isPart(request) ? { kind: 'answer', status: 403, word: 'AccessDenied' } : undefined);
    const id = randomId();
    await failureOf(saved(store, { id, bytes }));
    expect(server.uploads.size).toBe(0);
    server.fault = () => undefined;
    await store.close();
    expect(Buffer.compare(await storeOn(server).open(id), bytes)).toBe(0);
  });

  it('has its upload aborted when the store is next opened, if the upload could not be aborted before', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const id = randomId();
    server.fault = (request) =>
      request.query.uploadId === undefined ? undefined : { kind: 'answer', status: 403, word: 'AccessDenied' };
    await failureOf(saved(store, { id, bytes }));
    expect(server.uploads.size).toBe(1);
    await store.close();
    server.fault = () => undefined;
    expect(Buffer.compare(await storeOn(server).open(id), bytes)).toBe(0);
    expect(server.uploads.size).toBe(0);
  });
});

describe('the content of a bucket', () => {
  it('A12: the content of a bucket is enough to rebuild the catalog, over many pages, and foreign objects are ignored', async () => {
    const server = await serverOf({ keysPerPage: 7 });
    const store = storeOn(server, { s3: { prefix: 'a b/c+d&e' }, naming: '{provider}/{prompt}' });
    const ids: string[] = [];
    for (let at = 0; at < 10; at++) ids.push((await saved(store, { prompt: `fox & hound ${at} Ä` })).id);
    const foreign = (text: string) => ({ bytes: Buffer.from(text), headers: {}, etag: '"1"', checksum: undefined });
    server.objects
      .set('a b/c+d&e/notes.json', foreign('{"not":"ours"}'))
      .set('a b/c+d&e/half.json', foreign('{"version":1,"sha256":'))
      .set('a b/c+d&e/x/../../y.json', foreign('{}'))
      .set('a b/c+d&e/folder/', foreign(''))
      .set('elsewhere/fox.json', foreign('{}'));
    const other = storeOn(server, { directory: join(folder(), 'another'), s3: { prefix: 'a b/c+d&e' } });
    expect((await other.search()).map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await other.reindex()).toEqual({ artifacts: 10, skipped: ['half.json'] });
    expect((await other.verify()).intact).toBe(10);
  });

  it('A10 A11: the content of a bucket is verified against its sidecars', async () => {
    const server = await serverOf();
    const store = storeOn(server, { partition: 'none', naming: '{prompt}' });
    for (const prompt of ['bit', 'longer', 'gone', 'orphan', 'whole']) await saved(store, { prompt });
    const change = (key: string, how: (bytes: Buffer) => Buffer) => {
      const object = server.objects.get(key)!;
      server.objects.set(key, { ...object, bytes: how(Buffer.from(object.bytes)) });
    };
    change('bit.png', (bytes) => {
      bytes[5]! ^= 1;
      return bytes;
    });
    change('longer.png', (bytes) => Buffer.concat([bytes, Buffer.alloc(20 * MB)]));
    server.objects.delete('gone.png');
    server.objects.delete('orphan.json');
    const { intact, findings } = await store.verify();
    expect(intact).toBe(1);
    expect(findings.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'changed s3://pictures/bit.png',
      'changed s3://pictures/longer.png',
      'no-image s3://pictures/gone.png',
      'no-sidecar s3://pictures/orphan.png',
    ]);
    const [bit] = await store.search({ text: 'bit' });
    await expect(store.open(bit!.id)).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('its hash is not the one recorded in its sidecar'),
    });
  });

  const page = (content: string) => `<ListBucketResult>${content}</ListBucketResult>`;
  it.each([
    ['not XML', 'hello'],
    ['an HTML page of a portal', '<html><body>please log in</body></html>'],
    [
      'expanding entities',
      `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${page('<IsTruncated>false</IsTruncated><Contents><Key>&b;</Key></Contents>')}`,
    ],
    ['a local file', `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${page('&a;')}`],
    ['a truncated document', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key>'],
    ['endless nesting', '<a>'.repeat(100_000)],
    [
      'a key with another prefix',
      page('<IsTruncated>false</IsTruncated><Contents><Key>other/fox.json</Key></Contents>'),
    ],
    [
      'an invalid key',
      page('<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>'),
    ],
    ['truncated without a continuation token', page('<IsTruncated>true</IsTruncated>')],
    [
      'an endless number of pages',
      page('<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>'),
    ],
    ['without IsTruncated', page('<Contents><Key>mine/fox.json</Key></Contents>')],
    ['larger than the limit', page(`<!--${'x'.repeat(9 * MB)}-->`)],
  ])('is not used when the list is %s, and the catalog stays unchanged', async (_, body) => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { prefix: 'mine' } });
    const { id } = await saved(store);
    server.fault = ({ query }) => (query['list-type'] ? { kind: 'body', body } : undefined);
    const elapsedMs = startStopwatch();
    await expect(store.reindex()).rejects.toMatchObject({ code: 'storage_failed' });
    expect(elapsedMs()).toBeLessThan(3_000);
    expect(await store.search()).toMatchObject([{ id }]);
  });

  it('stays in the catalog when the server does not answer', async () => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { timeoutMs: 300 } });
    const { id } = await saved(store);
    server.fault = ({ method, key }) =>
      method === 'GET' && key.endsWith('.json') ? { kind: 'answer', status: 503 } : undefined;
    await expect(store.reindex()).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await store.search()).toMatchObject([{ id }]);
  });

  it('is a different store than the directory’s own, and than another bucket', async () => {
    const server = await serverOf();
    const directory = join(folder(), 'both');
    const home = createStore({ directory, marks: 'none' });
    open.unshift(home);
    const [own, inBucket, inPrefix] = [
      await saved(home),
      await saved(storeOn(server, { directory })),
      await saved(storeOn(server, { directory, s3: { prefix: 'p' } })),
    ];
    expect(await home.search()).toMatchObject([{ id: own.id }]);
    expect((await storeOn(server, { directory }).search()).map(({ id }) => id)).toEqual([inBucket.id]);
    expect((await storeOn(server, { directory, s3: { prefix: 'p' } }).search()).map(({ id }) => id)).toEqual([
      inPrefix.id,
    ]);
    expect((await readdir(join(directory, '.ai-image'))).filter((name) => /^catalog.*\.db$/.test(name))).toHaveLength(
      3,
    );
  });

  it('A07: reports a concurrent change, and overwrites nothing', async () => {
    const server = await serverOf();
    const [one, other] = [storeOn(server), storeOn(server, { directory: join(folder(), 'another') })];
    const { id } = await saved(one);
    await other.reindex();
    beforeNextSidecar(server, () => other.tag(id, ['theirs']));
    await expect(one.tag(id, ['mine'])).rejects.toThrow('changed by another process');
    expect(await one.get(id)).toMatchObject({ tags: ['theirs'] });
    await one.tag(id, ['mine']);
    expect(await other.get(id)).toMatchObject({ tags: ['mine'] });
  });

  it('is enough to rebuild the ledger', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await saved(store, { usd: 0.25 });
    expect(await store.repairLedger()).toMatchObject({ spendings: 1 });
    expect(await store.usage()).toMatchObject([{ usd: 0.25 }]);
  });
});

describe('several images of one call', () => {
  it('keep their order', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const generation = drawn({}, {}, {});
    const kept = await store.save(generation, about(generation));
    expect(kept.map(({ id }) => id)).toEqual(generation.images.map(({ id }) => id));
    // Saving the same images again changes nothing.
    expect(await store.save(generation, about(generation))).toEqual(kept);
    expect(server.objects.size).toBe(6);
  });
});
