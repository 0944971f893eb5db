import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createImageManager, StubProvider } from '../../../src/index.ts';
import { createStore, type S3Settings, type Store, type StoreSettings } from '../../../src/store/index.ts';
import { about, drawn, randomId, saved, someBytes } from '../pictures.ts';
import { filesIn, incomingFiles, useFolder } from '../support.ts';
import { ACCESS_KEY, type Fault, openS3Server, type S3Kind, type S3Server, SECRET_KEY } from './s3-server.ts';

const folder = useFolder();
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
  // Before its server.
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

/** A fault for the requests that it is meant for, as often as is said. */
function troubled(server: S3Server, fault: Fault, isMeant: (request: S3Server['seen'][number]) => boolean, times = 1) {
  let left = times;
  server.fault = (request) => (isMeant(request) && left-- > 0 ? fault : undefined);
}
const isPicture = ({ method, key }: S3Server['seen'][number]) => method === 'PUT' && key.endsWith('.png');
const isSidecar = ({ method, key }: S3Server['seen'][number]) => method === 'PUT' && key.endsWith('.json');

describe('a picture that is kept in a bucket', () => {
  it('is there byte for byte as it came, with a sidecar beside it and nothing but the index at home', async () => {
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
    expect(await store.verify()).toEqual({ whole: 1, findings: [] });
    expect(await incomingFiles(store.directory)).toEqual([]);
    expect((await filesIn(store.directory)).every((path) => path.startsWith('.ai-image/'))).toBe(true);
  });

  it('is marked, chosen, tagged and deleted like any other', async () => {
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

  it('comes home through the manager', async () => {
    const server = await serverOf();
    const images = createImageManager({
      providers: { stub: new StubProvider() },
      store: storeOn(server, { marks: 'image' }),
    });
    const request = { prompt: 'a red fox', size: '64x64', seed: 7 } as const;
    const first = await images.generate(request);
    expect(first.kept[0]?.path).toMatch(/^s3:\/\/pictures\/2026\/11\//);
    expect(first.notes).toEqual([]);
    expect(server.seen.filter(isPicture)).toHaveLength(1);
    await images.close();
  });

  it('needs a session token where the credentials have one', async () => {
    const server = await serverOf({ sessionToken: 'session-0123456789' });
    await saved(storeOn(server));
    expect(server.objects.size).toBe(2);
  });

  it('K21: is kept although the clock of this machine is an hour late', async () => {
    const server = await serverOf({ clockMs: 3_600_000 });
    const store = storeOn(server);
    await store.preflight();
    const { id, bytes } = await saved(store);
    expect(await store.open(id)).toEqual(bytes);
  });
});

describe('F10: a name that is taken', () => {
  it('gives way: eight at once, in one process and in eight, are eight pictures', async () => {
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
    expect(await one.verify()).toEqual({ whole: 16, findings: [] });
  });

  it.each([
    { conditions: 'ignored' },
    { conditions: 'refused' },
    { checksums: 'refused' },
    { conditions: 'refused', checksums: 'refused' },
  ] as const)(
    'is not written over by a server with %j either, and eight at once of one process are eight',
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

  it('is found in a few requests where hundreds have it', async () => {
    const server = await serverOf();
    const store = storeOn(server, { naming: 'fox', partition: 'none' });
    await saved(store);
    const [json, png] = [server.objects.get('fox.json')!, server.objects.get('fox.png')!];
    for (let at = 2; at <= 500; at++) server.objects.set(`fox-${at}.json`, json).set(`fox-${at}.png`, png);
    server.seen.length = 0;
    expect((await saved(store)).path).toBe('s3://pictures/fox-501.png');
    expect(server.seen.length).toBeLessThan(15);
  });

  it('of a picture without a sidecar is somebody else’s, and stays as it is', async () => {
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
    ['is reset before it is read', { kind: 'reset' }],
    ['is done, and its answer lost', { kind: 'reset', after: true }],
    ['is answered with 500', { kind: 'answer', status: 500 }],
    [
      'is answered with 503 SlowDown',
      { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '1' } },
    ],
    ['is answered with 409', { kind: 'answer', status: 409, word: 'ConditionalRequestConflict' }],
  ])('that %s is sent again, and the picture is there once', async (_, fault) => {
    const server = await serverOf();
    const store = storeOn(server);
    for (const isMeant of [isPicture, isSidecar, ({ method }: { method: string }) => method === 'HEAD']) {
      troubled(server, fault, isMeant, 2);
      const before = server.objects.size;
      const { id, bytes } = await saved(store);
      expect(server.objects.size).toBe(before + 2);
      expect(await store.open(id)).toEqual(bytes);
    }
    expect((await store.verify()).findings).toEqual([]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('waits as long as a server asks', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await saved(store);
    troubled(server, { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '1' } }, isPicture);
    const start = performance.now();
    await saved(store);
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it.each<[string, Fault]>([
    ['never answers', { kind: 'hang' }],
    ['is busy for an hour', { kind: 'answer', status: 503, word: 'SlowDown', headers: { 'retry-after': '3600' } }],
  ])('P3: ends, also where the server %s', async (_, fault) => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { timeoutMs: 300 } });
    server.fault = () => fault;
    const start = performance.now();
    await expect(store.preflight()).rejects.toMatchObject({ code: 'not_configured', charged: 'no' });
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('keeps nobody else waiting for long with a change', async () => {
    const server = await serverOf();
    const [one, other] = [storeOn(server), storeOn(server)];
    const { id } = await saved(one);
    server.fault = ({ method, key }) =>
      method === 'PUT' && key.includes(id.slice(0, 8)) ? { kind: 'hang' } : undefined;
    const start = performance.now();
    const tagging = failureOf(one.tag(id, ['late']));
    const meanwhile = await saved(other);
    expect(await tagging).toMatchObject({ code: 'timeout' });
    expect(performance.now() - start).toBeLessThan(12_000);
    expect(await one.search()).toHaveLength(2);
    expect(await other.open(meanwhile.id)).toEqual(meanwhile.bytes);
    // The catalog hears later what stands there.
    server.fault = () => undefined;
    await one.preflight();
    expect(await incomingFiles(one.directory)).toEqual([]);
    await one.tag(id, ['now']);
    expect(await other.search({ tag: 'now' })).toMatchObject([{ id }]);
  }, 30_000);

  it('that is torn in its answer is asked for again', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const { id, bytes } = await saved(store, { bytes: someBytes(200_000) });
    troubled(server, { kind: 'torn' }, ({ method }) => method === 'GET', 2);
    expect(await store.open(id)).toEqual(bytes);
  });

  it('is not waited for once the store is closed', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await store.preflight();
    server.fault = () => ({ kind: 'hang' });
    const before = server.seen.length;
    const saving = failureOf(saved(store));
    while (server.seen.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const start = performance.now();
    await store.close();
    expect((await saving).message).toContain('closed meanwhile');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('a bucket that cannot be used', () => {
  it.each<[string, Partial<S3Settings>, RegExp]>([
    ['a wrong secret', { secretAccessKey: 'wrong/secret+0123456789' }, /HTTP 403, SignatureDoesNotMatch/],
    ['a wrong access key', { accessKeyId: 'AKIAWRONG' }, /HTTP 403, InvalidAccessKeyId/],
    ['no such bucket', { bucket: 'another' }, /HTTP 404, NoSuchBucket/],
    ['nobody there', { endpoint: 'http://127.0.0.1:65533' }, /ECONNREFUSED/],
  ])('is found out before money is spent: %s', async (_, s3, says) => {
    const server = await serverOf();
    const paid = new StubProvider();
    const store = storeOn(server, { s3 });
    const images = createImageManager({ providers: { paid }, store });
    const error = await failureOf(images.generate({ prompt: 'a red fox', size: '64x64' }));
    expect(error).toMatchObject({ code: 'not_configured', charged: 'no' });
    expect(error.message).toMatch(says);
    expect(await store.usage()).toEqual([]);
    await images.close();
  });

  it('K01 K02 K04: says why in a word of the server, and never a key', async () => {
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
    [{ endpoint: 'https://s3.example.com/?x=1' }, 'behind its path'],
    [{ endpoint: 'file:///tmp' }, 'https'],
    [{ endpoint: undefined, region: undefined }, 'region'],
    [{ bucket: 'no bucket' }, 'bucket'],
    [{ bucket: '../x' }, 'bucket'],
    [{ prefix: 'a/../b' }, 'prefix'],
    [{ region: 'eu central' }, 'region'],
    [{ accessKeyId: '' }, 'accessKeyId is missing'],
    [{ secretAccessKey: 'line\r\nbreak' }, 'secretAccessKey is no key'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
  ])('refuses %j and shows no secret', async (more, says) => {
    const server = await serverOf();
    const make = () => storeOn(server, { s3: more });
    expect(make).toThrow(expect.objectContaining({ code: 'not_configured', message: expect.stringContaining(says) }));
    const error = await failureOf(Promise.resolve().then(make));
    expect(`${error.message} ${error.hint}`).not.toMatch(/loopback|line|secret@|me:/);
  });
});

describe('P2: a picture that was paid for and finds no bucket', () => {
  it('waits at home with a note, is handed over all the same, and is uploaded at the next opening', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const paid = new StubProvider();
    const images = createImageManager({ providers: { paid }, store });
    server.fault = ({ method }) =>
      method === 'PUT' ? { kind: 'answer', status: 403, word: 'AccessDenied' } : undefined;
    const { images: pictures, kept, notes } = await images.generate({ prompt: 'a red fox', size: '64x64', n: 2 });
    expect(pictures).toHaveLength(2);
    expect(kept).toEqual([]);
    expect(notes.join()).toContain('uploaded when the store is opened again');
    expect(notes.join()).toContain(join(store.directory, '.ai-image', 'incoming'));
    expect(server.objects.size).toBe(0);
    expect((await incomingFiles(store.directory)).filter((name) => name.endsWith('.bytes'))).toHaveLength(2);
    await images.close();
    await store.close();

    server.fault = () => undefined;
    const later = storeOn(server);
    expect(new Set((await later.search()).map(({ id }) => id))).toEqual(new Set(pictures.map(({ id }) => id)));
    for (const { id, imageBytes } of pictures) expect(await later.open(id)).toEqual(imageBytes);
    expect(await later.verify()).toEqual({ whole: 2, findings: [] });
    expect(await incomingFiles(later.directory)).toEqual([]);
  });

  it('is uploaded by the same opening too, before the next call', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await store.preflight();
    server.fault = ({ method }) => (method === 'PUT' ? { kind: 'reset' } : undefined);
    const id = randomId();
    await expect(saved(store, { id })).rejects.toThrow('it waits in');
    server.fault = () => undefined;
    await store.preflight();
    expect(await store.search()).toMatchObject([{ id }]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('does not keep the store from being opened and searched while nobody answers', async () => {
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

  it('is there once, also where its job was fetched again meanwhile', async () => {
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

describe('a large picture', () => {
  it('goes in parts, each with its checksum, and comes back whole', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const bytes = someBytes(40 * MB);
    const { id, path } = await saved(store, { bytes });
    const parts = server.seen.filter(({ query }) => query.partNumber !== undefined);
    expect(parts.map((part) => part.bytes)).toEqual([8, 8, 8, 8, 8].map((size) => size * MB));
    for (const part of parts) expect(part.headers['x-amz-checksum-sha256']).toMatch(/=$/);
    const object = server.objects.get(path.replace('s3://pictures/', ''))!;
    expect(object.checksum).toMatch(/-5$/);
    expect(sha256(object.bytes)).toEqual(sha256(bytes));
    expect(object.headers).toMatchObject({ 'content-type': 'image/png' });
    expect(server.uploads.size).toBe(0);
    expect(sha256(await store.open(id))).toEqual(sha256(bytes));
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  const isPart = ({ query }: S3Server['seen'][number]) => query.partNumber === '2';
  const isEnd = ({ method, query }: S3Server['seen'][number]) => method === 'POST' && query.uploadId !== undefined;
  const bytes = someBytes(17 * MB);

  it.each<[string, Fault, (request: S3Server['seen'][number]) => boolean]>([
    ['a part is reset', { kind: 'reset' }, isPart],
    ['a part’s answer is lost', { kind: 'reset', after: true }, isPart],
    ['a part is turned away', { kind: 'answer', status: 503, word: 'SlowDown' }, isPart],
    ['its upload was ended by somebody', { kind: 'answer', status: 404, word: 'NoSuchUpload' }, isPart],
    ['its end is reset', { kind: 'reset' }, isEnd],
    ['the answer to its end is lost', { kind: 'reset', after: true }, isEnd],
    ['an error comes with status 200', { kind: 'body', body: '<Error><Code>InternalError</Code></Error>' }, isEnd],
    ['somebody wrote there meanwhile', { kind: 'answer', status: 409, word: 'InvalidRequest' }, isEnd],
  ])('is there once, and no part is left, where %s', async (_, fault, isMeant) => {
    const server = await serverOf();
    const store = storeOn(server);
    troubled(server, fault, isMeant);
    const { id } = await saved(store, { bytes });
    expect(sha256(await store.open(id))).toEqual(sha256(bytes));
    expect(server.objects.size).toBe(2);
    expect(server.uploads.size).toBe(0);
    expect(await incomingFiles(store.directory)).toEqual([]);
  });

  it('gives way where its name was taken meanwhile', async () => {
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

  it('leaves no parts behind where it fails, and is uploaded later', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    server.fault = (request) => (isPart(request) ? { kind: 'answer', status: 403, word: 'AccessDenied' } : undefined);
    const id = randomId();
    await failureOf(saved(store, { id, bytes }));
    expect(server.uploads.size).toBe(0);
    server.fault = () => undefined;
    await store.close();
    expect(sha256(await storeOn(server).open(id))).toEqual(sha256(bytes));
  });

  it('whose upload cannot even be ended is ended at the next opening', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const id = randomId();
    server.fault = (request) =>
      request.query.uploadId === undefined ? undefined : { kind: 'answer', status: 403, word: 'AccessDenied' };
    await failureOf(saved(store, { id, bytes }));
    expect(server.uploads.size).toBe(1);
    await store.close();
    server.fault = () => undefined;
    expect(sha256(await storeOn(server).open(id))).toEqual(sha256(bytes));
    expect(server.uploads.size).toBe(0);
  });
});

describe('what is in the bucket', () => {
  it('A12: makes the catalog again, over many pages, and what is foreign is passed over', async () => {
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
    expect(await other.reindex()).toEqual({ artifacts: 10, passedOver: ['half.json'] });
    expect((await other.verify()).whole).toBe(10);
  });

  it('A10 A11: is held against its sidecars', async () => {
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
    const { whole, findings } = await store.verify();
    expect(whole).toBe(1);
    expect(findings.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'changed s3://pictures/bit.png',
      'changed s3://pictures/longer.png',
      'no-picture s3://pictures/gone.png',
      'no-sidecar s3://pictures/orphan.png',
    ]);
    const [bit] = await store.search({ text: 'bit' });
    await expect(store.open(bit!.id)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('hash differs'),
    });
  });

  const page = (content: string) => `<ListBucketResult>${content}</ListBucketResult>`;
  it.each([
    ['no XML', 'hello'],
    ['a page of a portal', '<html><body>please log in</body></html>'],
    [
      'entities that grow',
      `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${page('<IsTruncated>false</IsTruncated><Contents><Key>&b;</Key></Contents>')}`,
    ],
    ['a file of this machine', `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${page('&a;')}`],
    ['a document that is cut off', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key>'],
    ['depth without end', '<a>'.repeat(100_000)],
    ['a key of another prefix', page('<IsTruncated>false</IsTruncated><Contents><Key>other/fox.json</Key></Contents>')],
    [
      'a key that is none',
      page('<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>'),
    ],
    ['more to come and no token', page('<IsTruncated>true</IsTruncated>')],
    ['pages without end', page('<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>')],
    ['no word about more', page('<Contents><Key>mine/fox.json</Key></Contents>')],
    ['more than anybody reads', page(`<!--${'x'.repeat(9 * MB)}-->`)],
  ])('is not believed where the list is %s, and the catalog stays as it is', async (_, body) => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { prefix: 'mine' } });
    const { id } = await saved(store);
    server.fault = ({ query }) => (query['list-type'] ? { kind: 'body', body } : undefined);
    const start = performance.now();
    await expect(store.reindex()).rejects.toMatchObject({ code: 'bad_response' });
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(await store.search()).toMatchObject([{ id }]);
  });

  it('is not forgotten because nobody answers', async () => {
    const server = await serverOf();
    const store = storeOn(server, { s3: { timeoutMs: 300 } });
    const { id } = await saved(store);
    server.fault = ({ method, key }) =>
      method === 'GET' && key.endsWith('.json') ? { kind: 'answer', status: 503 } : undefined;
    await expect(store.reindex()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.search()).toMatchObject([{ id }]);
  });

  it('is another store than the directory’s own, and than another bucket', async () => {
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

  it('A07: a change that meets another one is told, and nothing is written over', async () => {
    const server = await serverOf();
    const [one, other] = [storeOn(server), storeOn(server, { directory: join(folder(), 'another') })];
    const { id } = await saved(one);
    await other.reindex();
    server.fault = async (request) => {
      if (!isSidecar(request)) return undefined;
      server.fault = () => undefined;
      await other.tag(id, ['theirs']);
      return undefined;
    };
    await expect(one.tag(id, ['mine'])).rejects.toThrow('changed by somebody else');
    expect(await one.get(id)).toMatchObject({ tags: ['theirs'] });
    await one.tag(id, ['mine']);
    expect(await other.get(id)).toMatchObject({ tags: ['mine'] });
  });

  it('makes a new ledger', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    await saved(store, { usd: 0.25 });
    expect(await store.repairLedger()).toMatchObject({ spendings: 1 });
    expect(await store.usage()).toMatchObject([{ usd: 0.25 }]);
  });
});

describe('several pictures of one call', () => {
  it('are in their order', async () => {
    const server = await serverOf();
    const store = storeOn(server);
    const generation = drawn({}, {}, {});
    const kept = await store.save(generation, about(generation));
    expect(kept.map(({ id }) => id)).toEqual(generation.images.map(({ id }) => id));
    // The same ones once more are the same.
    expect(await store.save(generation, about(generation))).toEqual(kept);
    expect(server.objects.size).toBe(6);
  });
});
