/** A bucket is checked before each call that costs money, but not again right after a check that succeeded. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { failure } from '../../faults/support.ts';
import { PaidProvider, small } from '../../manager/support.ts';
import { saved } from '../sample-images.ts';
import { isImage, useBuckets } from './buckets.ts';
import type { Fault, S3Server } from './s3-server.ts';

const { serverOf, storeOn } = useBuckets();
const checksOf = ({ seen }: S3Server) => seen.filter(({ method, key }) => method === 'HEAD' && key === '').length;

const faults: readonly (readonly [what: string, fault: Fault])[] = [
  ['it is busy', { kind: 'answer', status: 503, word: 'SlowDown' }],
  ['it fails', { kind: 'answer', status: 500 }],
  ['it is full', { kind: 'answer', status: 507 }],
  ['the key is withdrawn', { kind: 'answer', status: 403, word: 'AccessDenied' }],
  ['it is deleted', { kind: 'answer', status: 404, word: 'NoSuchBucket' }],
  ['its server closes connections', { kind: 'reset' }],
];

it.each(faults)('at most one call is bought after a bucket fails, when %s', async (_, fault) => {
  const server = await serverOf();
  const paid = new PaidProvider();
  const images = createImageManager({ providers: { paid }, store: storeOn(server) });
  await images.generate({ ...small, seed: 1 });
  server.fault = () => fault;
  for (let seed = 2; seed <= 6; seed++) await images.generate({ ...small, seed }).catch(() => undefined);
  expect(paid.bought).toBeLessThanOrEqual(2);

  server.fault = () => undefined;
  await images.generate({ ...small, seed: 7 });
  await images.close();
});

it('a call that begins while the upload of another one is repeated checks the bucket first', async () => {
  const server = await serverOf();
  const store = storeOn(server);
  await store.preflight();
  let check: Promise<unknown> | undefined;
  let uploads = 0;
  server.fault = (request) => {
    if (request.key !== '' && !isImage(request)) return undefined;
    // At the second attempt, the store has noticed that the first one failed.
    if (isImage(request) && ++uploads === 2) check = failure(store.preflight());
    return { kind: 'answer', status: 503, word: 'SlowDown' };
  };
  await failure(saved(store));
  expect(await check).toMatchObject({ code: 'storage_failed', message: expect.stringContaining('cannot be used') });
});

describe('a bucket that works', () => {
  afterEach(() => void vi.useRealTimers());

  it('is checked again after two seconds and not before, also not after an object that does not exist', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const server = await serverOf();
    const store = storeOn(server);
    await store.preflight();
    await saved(store);
    vi.advanceTimersByTime(1_999);
    await store.preflight();
    expect(checksOf(server)).toBe(1);
    vi.advanceTimersByTime(1);
    await store.preflight();
    expect(checksOf(server)).toBe(2);
  });
});
