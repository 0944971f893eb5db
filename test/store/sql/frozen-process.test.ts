/** A process that is stopped for longer than its lease, while another one takes over its job. Each has a directory and an index of its own. */
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createImageManager, type ImageManager } from '../../../src/index.ts';
import { createStore, type SqlClient, type SqlSession, type Store } from '../../../src/store/index.ts';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { finished, type JobServer, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { openPglite } from '../../support/pglite.ts';
import { schemaOf } from '../databases.ts';
import { priced } from '../priced.ts';
import { openS3Server, type S3Server } from '../storage/s3-server.ts';
import { useFolder } from '../support.ts';

const LEASE_MS = 1_000;
const CALL = 'call-of-a-frozen-process';

const folder = useFolder();
const pglite = await openPglite();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await closeServers();
});
afterAll(() => pglite.close());

interface Machine {
  readonly store: Store;
  readonly images: ImageManager;
  /** A stopped process does not renew its lease. */
  isStopped: boolean;
}

/** The vendor tells the machines apart by their keys. */
function startMachine(name: string, vendor: JobServer, bucket: S3Server): Machine {
  const refuseRenewal = (text: string) => {
    if (machine.isStopped && text.includes('.owners')) throw new Error('the process is stopped');
  };
  const watched = (client: SqlClient): SqlClient => ({
    async query(text, values) {
      refuseRenewal(text);
      return client.query(text, values);
    },
  });
  const pool: SqlSession = {
    ...watched(pglite),
    transaction: (work) => pglite.transaction((client) => work(watched(client as SqlClient))),
  };
  const store = createStore({
    directory: join(folder(), name),
    s3: bucket.settings(),
    database: { pool, schema: schemaOf(folder()), leaseMs: LEASE_MS, index: 'directory' },
  });
  const provider = priced(jobProvider(vendor, { apiKey: `key-of-${name}`, deadlineMs: 60_000 }), 0.04);
  const images = createImageManager({ providers: { vendor: provider }, store });
  const machine: Machine = { store, images, isStopped: false };
  closing.push(
    () => images.close(),
    () => store.close(),
  );
  return machine;
}

/** A vendor whose job is done for the machines in the set only. */
async function startVendor(doneFor: ReadonlySet<string>): Promise<JobServer> {
  return startJobServer({
    poll(hit) {
      const machine = hit.headers.authorization?.replace('Bearer key-of-', '') ?? '';
      hit.reply(200, doneFor.has(machine) ? finished(hit) : { status: 'running' });
    },
  });
}

const imagesIn = ({ objects }: S3Server) => [...objects.keys()].filter((key) => key.endsWith('.png')).length;

/** Two machines: one generates an image, and is stopped while the vendor's job runs. */
async function stopDuringJob(bucket: S3Server) {
  const doneFor = new Set<string>();
  const vendor = await startVendor(doneFor);
  const [frozen, other] = [startMachine('frozen', vendor, bucket), startMachine('other', vendor, bucket)];
  const generating = frozen.images.generate({ prompt: 'a red fox' }, { callId: CALL });
  await until(() => vendor.polls.length > 0, 20_000);
  frozen.isStopped = true;
  return { doneFor, vendor, frozen, other, generating };
}

async function resumeUntilTaken({ images }: Machine): Promise<void> {
  for (;;) {
    const [outcome] = await images.resumeAll();
    if (outcome === undefined) continue;
    expect(outcome).toMatchObject({ generation: { saved: [{ id: expect.anything() }] } });
    return;
  }
}

it('stores no second copy of an image that another process fetched in the meantime, and returns it to its caller', async () => {
  await using bucket = await openS3Server();
  const { doneFor, vendor, frozen, other, generating } = await stopDuringJob(bucket);
  doneFor.add('other');
  await resumeUntilTaken(other);
  frozen.isStopped = false;
  doneFor.add('frozen');

  const { images, saved, notes } = await generating;
  expect([images.length, saved, imagesIn(bucket)]).toEqual([1, [], 1]);
  expect(notes).toEqual([expect.stringContaining('another process has taken over the call')]);
  expect(await frozen.images.findCall(CALL)).toMatchObject({ state: 'done', artifacts: [expect.anything()] });
  expect([vendor.submits(), (await other.store.usage()).map(({ usd }) => usd)]).toEqual([1, [0.04]]);
});

it('stores no second copy either when it was resuming the job, and leaves the record as the other process wrote it', async () => {
  await using bucket = await openS3Server();
  const doneFor = new Set<string>();
  const vendor = await startVendor(doneFor);
  const [first, frozen, other] = [
    startMachine('first', vendor, bucket),
    startMachine('frozen', vendor, bucket),
    startMachine('other', vendor, bucket),
  ];
  const ends = new AbortController();
  const generating = first.images.generate({ prompt: 'a red fox' }, { callId: CALL, signal: ends.signal });
  await until(() => vendor.polls.length > 0, 20_000);
  ends.abort(Object.assign(new Error('the process ends'), { name: 'ClosingError' }));
  await expect(generating).rejects.toMatchObject({ code: 'aborted' });

  const polls = vendor.polls.length;
  const resuming = frozen.images.resumeAll();
  await until(() => vendor.polls.length > polls, 20_000);
  frozen.isStopped = true;
  doneFor.add('other');
  await resumeUntilTaken(other);
  frozen.isStopped = false;
  doneFor.add('frozen');

  expect(await resuming).toMatchObject([
    { error: { code: 'storage_failed', message: expect.stringContaining('taken over') } },
  ]);
  expect(imagesIn(bucket)).toBe(1);
  const call = await frozen.images.findCall(CALL);
  expect(call).toMatchObject({ state: 'done', artifacts: [expect.anything()] });
});

it('stores its image when no other process took over the call', async () => {
  await using bucket = await openS3Server();
  const { doneFor, frozen, other, generating } = await stopDuringJob(bucket);
  await other.store.preflight();
  while ((await other.images.findCall(CALL))?.isHeld !== false);
  frozen.isStopped = false;
  doneFor.add('frozen');
  expect(await generating).toMatchObject({ saved: [{ id: expect.anything() }], notes: [] });
  expect(imagesIn(bucket)).toBe(1);
});
