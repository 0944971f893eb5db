/** A server may acknowledge an object that it did not store. The bytes of a paid image stay on this machine until it surely has them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failure } from '../../faults/support.ts';
import { saved, someBytes } from '../sample-images.ts';
import { incomingFiles } from '../support.ts';
import { isImage, isSidecar, useBuckets } from './buckets.ts';
import type { Fault, S3Kind, SeenRequest } from './s3-server.ts';

const { serverOf, storeOn } = useBuckets();
const LARGE = 17 * 1024 * 1024;
const isCompletion = ({ method, query }: SeenRequest) => method === 'POST' && query.uploadId !== undefined;
const COMPLETED = '<CompleteMultipartUploadResult><Key>x</Key></CompleteMultipartUploadResult>';

const lies: readonly (readonly [
  what: string,
  isMeant: (request: SeenRequest) => boolean,
  lie: Fault,
  bytes: number,
])[] = [
  ['an image', isImage, { kind: 'body', body: '' }, 1_000],
  ['an image, with a page of a proxy', isImage, { kind: 'body', body: '<html>Welcome</html>' }, 1_000],
  ['an image, with a foreign ETag', isImage, { kind: 'body', body: '', headers: { etag: '"0"' } }, 1_000],
  ['a sidecar', isSidecar, { kind: 'body', body: '' }, 1_000],
  ['the completion of a large image', isCompletion, { kind: 'body', body: COMPLETED }, LARGE],
];

it.each(lies)(
  'the bytes stay local and are uploaded later when a server acknowledges %s and stores nothing',
  async (_, isMeant, lie, length) => {
    const server = await serverOf();
    const store = storeOn(server);
    const bytes = someBytes(length);
    server.fault = (request) => (isMeant(request) ? lie : undefined);
    const error = await failure(saved(store, { bytes }));
    expect(error).toMatchObject({ code: 'storage_failed', message: expect.stringContaining('but it did not') });
    const files = await incomingFiles(store.directory);
    const kept = await Promise.all(files.map((name) => readFile(join(store.directory, '.ai-image', 'incoming', name))));
    expect(kept.some((content) => content.equals(bytes))).toBe(true);

    server.fault = () => undefined;
    await store.preflight();
    const [found] = await store.search();
    expect(Buffer.from(await store.open(found!.id)).equals(bytes)).toBe(true);
    expect((await store.verify()).findings).toEqual([]);
    expect(await incomingFiles(store.directory)).toEqual([]);
  },
);

it('a change that a server acknowledges and does not store is not reported as made', async () => {
  const server = await serverOf();
  const store = storeOn(server);
  const { id } = await saved(store);
  server.fault = (request) => (isSidecar(request) ? { kind: 'body', body: '' } : undefined);
  await expect(store.tag(id, ['fox'])).rejects.toMatchObject({ code: 'storage_failed' });
  server.fault = () => undefined;
  await store.tag(id, ['fox']);
  expect(await store.get(id)).toMatchObject({ tags: ['fox'] });
});

describe('a server that stores what it acknowledges', () => {
  const kinds: readonly (readonly [how: string, kind: S3Kind, reads: number])[] = [
    ['with its checksum', {}, 0],
    ['with an ETag made with MD5', { checksums: 'ignored' }, 0],
    ['with a checksum and an ETag of its own', { etags: 'other' }, 0],
    ['with an ETag of its own', { checksums: 'ignored', etags: 'other' }, 2],
  ];
  it.each(kinds)(
    'the image and the sidecar that a server confirms %s are read back only if that proves nothing',
    async (_, kind, reads) => {
      const server = await serverOf(kind);
      const store = storeOn(server);
      await store.preflight();
      server.seen.length = 0;
      await saved(store);
      expect(server.seen.filter(({ method }) => method === 'GET')).toHaveLength(reads);
      expect(await readdir(join(store.directory, '.ai-image', 'incoming'))).toEqual([]);
    },
  );
});
