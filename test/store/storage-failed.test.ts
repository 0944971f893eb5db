/** Every fault of a disk, a database or a bucket has the code `storage_failed`; a wrong setting has `not_configured`. */
import { existsSync } from 'node:fs';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../src/config/file/read-config-file.ts';
import { type AiImageError, createImageManager, isAiImageError, StubProvider } from '../../src/index.ts';
import { type Store, saveImage } from '../../src/store/index.ts';
import { DatabaseFault, toDatabaseError } from '../../src/store/sql/postgres/faults.ts';
import { toConnectionFault, toFault, toUnusableBucketError } from '../../src/store/storage/s3/fault.ts';
import { toUnusableError, withStorageErrors } from '../../src/store/storage-error.ts';
import { png } from '../faults/support.ts';
import { own, sidecarOf, troubled, useUnmarkedStores } from './faulty-files.ts';
import { about, drawn, handleOf, saved, someBytes } from './sample-images.ts';
import { errorOf } from './watched-files.ts';

const { folder, open } = useUnmarkedStores();

type Call = (store: Store, id: string) => Promise<unknown>;
/** One call of each method of a part. A new method does not compile until it has one. */
type Calls<Part> = {
  readonly [Name in keyof Part as Part[Name] extends (...params: never) => unknown ? Name : never]: Call;
};

const spending = { micros: 1, provider: 'test', model: 'test-1', images: 1 };
const generation = drawn();

const METHODS: Calls<Store> = {
  preflight: (store) => store.preflight(),
  save: (store) => store.save(generation, about(generation)),
  quarantine: (store) => store.quarantine(someBytes(), 'a test'),
  import: (store) => store.import(png()),
  get: (store, id) => store.get(id),
  open: (store, id) => store.open(id),
  search: (store) => store.search(),
  keep: (store, id) => store.keep(id),
  reject: (store, id) => store.reject(id),
  clearSelection: (store, id) => store.clearSelection(id),
  tag: (store, id) => store.tag(id, ['x']),
  lineage: (store, id) => store.lineage(id),
  provenance: (store, id) => store.provenance(id),
  loadCall: (store, id) => store.loadCall('a-call-of-this-test', [id]),
  verify: (store) => store.verify(),
  reindex: (store) => store.reindex(),
  repairLedger: (store) => store.repairLedger(),
  usage: (store) => store.usage(),
  delete: (store, id) => store.delete(id),
  close: (store) => store.close(),
};

const LEDGER: Calls<Store['ledger']> = {
  reserve: ({ ledger }) => ledger.reserve(spending, []),
  raiseReservation: ({ ledger }) => ledger.raiseReservation('entry', 1),
  recordCost: ({ ledger }) => ledger.recordCost('entry', 1),
  release: ({ ledger }) => ledger.release('entry'),
  split: ({ ledger }) => ledger.split('entry', { micros: 1, images: 1 }),
  taken: ({ ledger }) => ledger.taken('day'),
};

const JOBS: Calls<Store['jobs']> = {
  begin: ({ jobs }) => jobs.begin({ id: 'call', provider: 'test', model: 'test-1', reservation: 'entry' }),
  submitted: ({ jobs }) => jobs.submitted('call', handleOf('job')),
  end: ({ jobs }) => jobs.end('call', 'done'),
  endJob: ({ jobs }) => jobs.endJob('call', 'job', { state: 'failed', micros: 0, basis: 'reported' }),
  leaveOpen: ({ jobs }) => jobs.leaveOpen('call', { at: '2026-11-29T12:00:00.000Z', code: 'timeout', message: 'late' }),
  settle: ({ jobs }) => jobs.settle('call', { charged: false, by: 'me', at: '2026-11-29T12:00:00.000Z' } as never),
  claim: ({ jobs }) => jobs.claim('call'),
  find: ({ jobs }) => jobs.find('call'),
  findCall: ({ jobs }) => jobs.findCall('call'),
  list: ({ jobs }) => jobs.list(),
};

const CACHE: Calls<Store['cache']> = {
  get: ({ cache }) => cache.get('key'),
  put: ({ cache }) => cache.put('key', { ...generation, saved: [] }),
};

const ALL = Object.entries({ ledger: LEDGER, jobs: JOBS, cache: CACHE, store: METHODS }).flatMap(([part, calls]) =>
  Object.entries(calls as Readonly<Record<string, Call>>).map(([name, call]) => ({ name: `${part}.${name}`, call })),
);

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** @returns the methods that succeed, and those that fail with another error than `storage_failed` */
async function walk(store: Store, id = 'fox'): Promise<{ readonly done: string[]; readonly wrong: string[] }> {
  const [done, wrong]: [string[], string[]] = [[], []];
  for (const { name, call } of ALL) {
    const error = await failureOf(call(store, id));
    if (error === undefined) done.push(name);
    else if (!isAiImageError(error) || error.code !== 'storage_failed') wrong.push(`${name}: ${String(error)}`);
  }
  return { done, wrong };
}

describe('every method of a store', () => {
  it.each(['ENOSPC', 'EIO', 'EROFS', 'EACCES'])(
    'fails with storage_failed when its directory fails with %s',
    async (code) => {
      const { files, trouble } = troubled();
      const store = open({ files });
      trouble(() => {
        throw errorOf(code);
      });
      expect(await walk(store)).toEqual({ done: ['store.close'], wrong: [] });
    },
  );

  it.each(['ENOSPC', 'EIO'])('fails with storage_failed, or needs no file, when %s begins later', async (code) => {
    const { files, trouble } = troubled();
    const store = open({ files });
    const { id } = await saved(store);
    await store.ledger.taken('day');
    trouble((operation) => {
      if (!['lstat', 'realpath', 'close'].includes(operation)) throw errorOf(code);
    });
    const { done, wrong } = await walk(store, id);
    expect(wrong).toEqual([]);
    for (const name of ['save', 'quarantine', 'open', 'tag', 'keep', 'delete'])
      expect(done).not.toContain(`store.${name}`);
  });

  it('that lets an error of the system pass is found', async () => {
    const store = open();
    const { id } = await saved(store);
    const careless: Store = { ...store, tag: () => Promise.reject(errorOf('EIO')) };
    expect((await walk(careless, id)).wrong).toContain('store.tag: Error: EIO: planned');
  });

  it('keeps the errors of bugs as they are', async () => {
    const bug = new TypeError('x is not a function');
    const part = withStorageErrors('/store', { name: 'part', call: () => Promise.reject(bug) });
    expect([part.name, await failureOf(part.call())]).toEqual(['part', bug]);
  });
});

/** Real errors of SQLite. */
const SQLITE: Readonly<Record<string, (path: string) => void>> = {
  'is locked by another process': (path) => {
    const [one, other] = [new DatabaseSync(path), new DatabaseSync(path)];
    try {
      one.exec('BEGIN EXCLUSIVE');
      other.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
    } finally {
      one.close();
      other.close();
    }
  },
  'is full': (path) => {
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA max_page_count = 2; CREATE TABLE one (x); CREATE TABLE two (x); CREATE TABLE three (x)');
    } finally {
      database.close();
    }
  },
  'is read-only': (path) => {
    new DatabaseSync(path).close();
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      database.exec('CREATE TABLE one (x)');
    } finally {
      database.close();
    }
  },
  'cannot be opened': (path) => void new DatabaseSync(join(path, 'below')),
};

describe('a database file', () => {
  it.each(Object.entries(SQLITE))('that %s is storage_failed, with words of SQLite and a hint', async (_, fail) => {
    const path = join(folder(), 'test.db');
    await writeFile(path, '');
    const part = withStorageErrors(folder(), { call: async () => fail(path) });
    const error = (await failureOf(part.call())) as AiImageError;
    expect(error).toMatchObject({ code: 'storage_failed', charged: 'no', mayRetry: false, mayFailOver: false });
    expect(error.message).not.toContain('ERR_SQLITE');
    expect(error.hint).toBeDefined();
    expect(toUnusableError(folder(), error.cause)).toMatchObject({ code: 'storage_failed' });
  });

  it('that is locked says what to do about the other process', async () => {
    const fail = SQLITE['is locked by another process']!;
    const part = withStorageErrors(folder(), { call: async () => fail(join(folder(), 'test.db')) });
    expect(await failureOf(part.call())).toMatchObject({
      message: `another process has locked a database of the store at ${folder()}`,
      hint: expect.stringContaining('Wait until that process has finished, or end it'),
    });
  });
});

/** Faults of one store, each with the call that meets it. */
const FAULTS: Readonly<Record<string, (store: Store, image: { id: string; path: string }) => Promise<unknown>>> = {
  'a damaged ledger': async (store) => {
    await store.close();
    await truncate(own(store, 'money.db'), 100);
    return store.usage();
  },
  'an interrupted repair of the ledger': async (store) => {
    await store.close();
    await writeFile(own(store, 'money.repair'), '');
    return store.ledger.taken('day');
  },
  'a ledger in use by another process': async (store) => {
    await open({ directory: store.directory }).preflight();
    return store.repairLedger();
  },
  'a damaged sidecar': async (store, { id, path }) => {
    await writeFile(sidecarOf(path), '{');
    return store.get(id);
  },
  'a changed image': async (store, { id, path }) => {
    await writeFile(path, 'changed');
    return store.open(id);
  },
  'a link in place of a folder': async (store) => {
    const directory = join(folder(), 'linked');
    await mkdir(directory);
    await symlink(store.directory, join(directory, '.ai-image'));
    return open({ directory }).preflight();
  },
};

it.each(Object.entries(FAULTS))('%s is storage_failed', async (_, meet) => {
  const store = open();
  const image = await saved(store);
  await store.usage();
  const error = await failureOf(meet(store, image));
  expect(error).toMatchObject({ code: 'storage_failed', charged: 'no', hint: expect.any(String) });
});

it('a path at which no directory can be is not_configured', async () => {
  await writeFile(join(folder(), 'file'), '');
  for (const name of ['file', 'file/below', `${'x'.repeat(300)}`]) {
    const error = await failureOf(open({ directory: join(folder(), name) }).preflight());
    expect([name, error]).toEqual([name, expect.objectContaining({ code: 'not_configured' })]);
  }
});

describe('PostgreSQL', () => {
  it.each([
    '53100',
    '42501',
    '25006',
    '57P03',
    '42P01',
    '55P03',
    'XX000',
    'ECONNREFUSED',
    'ECONNRESET',
    'EAI_AGAIN',
    'TIMED_OUT',
  ])('that fails with %s is storage_failed', (code) =>
    expect(toDatabaseError(new DatabaseFault(errorOf(code)))).toMatchObject({ code: 'storage_failed' }),
  );

  it.each(['28P01', '28000', '3D000', 'ENOTFOUND'])('with a wrong address or user (%s) is not_configured', (code) =>
    expect(toDatabaseError(new DatabaseFault(errorOf(code)))).toMatchObject({ code: 'not_configured' }),
  );
});

describe('a bucket', () => {
  const answer = (status: number, word = '') => {
    const body = new TextEncoder().encode(word && `<Error><Code>${word}</Code></Error>`);
    return toFault('GET s3://bucket/key', status, new Headers(), body, 0);
  };
  const codesOf = (fault: AiImageError) => [fault.code, toUnusableBucketError('s3://bucket', fault).code];

  it.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
    [507, ''],
    [400, 'InvalidRequest'],
    [403, 'AccessDenied'],
    [403, 'RequestTimeTooSkewed'],
    [404, 'NoSuchUpload'],
    [408, ''],
    [409, 'OperationAborted'],
    [429, ''],
  ])('that answers with %i %s is storage_failed', (status, word) => {
    expect(codesOf(answer(status, word))).toEqual(['storage_failed', 'storage_failed']);
  });

  it.each([
    [301, 'PermanentRedirect'],
    [401, ''],
    [403, 'InvalidAccessKeyId'],
    [403, 'SignatureDoesNotMatch'],
    [400, 'ExpiredToken'],
    [404, 'NoSuchBucket'],
    [404, ''],
  ])('that does not accept its settings (%i %s) is not_configured', (status, word) => {
    expect(codesOf(answer(status, word))).toEqual(['not_configured', 'not_configured']);
  });

  it.each([
    [301, 'us-west-2'],
    [307, 'us-west-2'],
    [400, 'us-west-2'],
    [400, 'eu-central-1'],
    [403, 'us-west-2'],
    [400, 'a <b>'],
  ])('that answers %i and is in the region %j is said to be there only if that is another one', (status, region) => {
    const headers = new Headers({ 'x-amz-bucket-region': region });
    const fault = toFault('HEAD s3://bucket', status, headers, new Uint8Array(), 0, 'eu-central-1');
    const isElsewhere = region === 'us-west-2' && status !== 403;
    expect(fault.hint?.includes('Set region to it')).toBe(isElsewhere);
    if (isElsewhere) expect(codesOf(fault)).toEqual(['not_configured', 'not_configured']);
  });

  it.each([
    ['ECONNREFUSED', false, 'storage_failed'],
    ['ECONNRESET', false, 'storage_failed'],
    ['CERT_HAS_EXPIRED', false, 'storage_failed'],
    ['ETIMEDOUT', true, 'storage_failed'],
    ['ENOTFOUND', false, 'not_configured'],
  ] as const)('that cannot be reached (%s, late: %s) is %s', (code, isLate, expected) => {
    expect(codesOf(toConnectionFault('HEAD s3://bucket', errorOf(code), { isLate }))).toEqual([expected, expected]);
  });
});

describe('without a store', () => {
  /** A file of Linux whose first byte cannot be read, and a directory where no file can be created, whoever the user is. */
  const [UNREADABLE, UNWRITABLE] = ['/proc/self/mem', '/sys'];
  const isLinux = existsSync(UNREADABLE) && existsSync(UNWRITABLE);
  const save = (path: string) => failureOf(saveImage({ imageBytes: someBytes(), format: 'png' }, path));

  it.runIf(isLinux)('saving where the system lets no file be created is storage_failed', async () => {
    expect(await save(join(UNWRITABLE, 'fox.png'))).toMatchObject({
      code: 'storage_failed',
      charged: 'no',
      message: expect.stringMatching(/^cannot write to \/sys: /),
    });
  });

  it('saving to a path that cannot be is invalid_request', async () => {
    await writeFile(join(folder(), 'file'), '');
    for (const name of ['absent/fox.png', 'file/fox.png', `${'x'.repeat(300)}.png`]) {
      expect([name, await save(join(folder(), name))]).toEqual([
        name,
        expect.objectContaining({ code: 'invalid_request' }),
      ]);
    }
  });

  it.runIf(isLinux)('a configuration file that cannot be read is storage_failed', async () => {
    expect(await failureOf(readConfigFile(UNREADABLE))).toMatchObject({
      code: 'storage_failed',
      message: expect.stringMatching(/EIO/),
    });
  });
});

describe('after a submit', () => {
  it('a fault of the store keeps its code, and may have been charged', async () => {
    const { files, trouble } = troubled();
    const store = open({ files });
    const images = createImageManager({ providers: { farm: new StubProvider({ job: { polls: 1 } }) }, store });
    trouble((operation) => {
      if (operation === 'mkdir') throw errorOf('ENOSPC');
    });
    await expect(images.generate({ prompt: 'a red fox' })).rejects.toMatchObject({
      code: 'storage_failed',
      charged: 'no',
    });
    trouble(() => undefined);
    const failing = { ...store, jobs: { ...store.jobs, submitted: () => failLater(store) } };
    const late = createImageManager({ providers: { farm: new StubProvider({ job: { polls: 1 } }) }, store: failing });
    await expect(late.generate({ prompt: 'a red fox' })).rejects.toMatchObject({
      code: 'storage_failed',
      charged: 'unknown',
      mayRetry: false,
      mayFailOver: false,
      job: { provider: 'stub' },
    });
  });

  /** The store's own error, after the job was submitted. */
  const failLater = (store: Store): Promise<never> =>
    withStorageErrors(store.directory, { call: (): Promise<never> => Promise.reject(errorOf('ENOSPC')) }).call();
});
