/**
 * What one image costs in statements, commits and requests to a bucket, as a worker of a queue generates it. The model in
 * docs/decisions/0021-scale-beyond-one-machine.md reckons with these numbers: change both together.
 */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createImageManager } from '../../src/index.ts';
import { createQueue } from '../../src/queue/index.ts';
import { engineOf } from '../../src/queue/queue-parts.ts';
import { createStore } from '../../src/store/index.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { directProvider, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { base64, png } from '../faults/support.ts';
import { openPglite } from '../support/pglite.ts';
import { poolOn, type Trouble } from './pools.ts';
import { priced } from './priced.ts';
import { openS3Server } from './storage/s3-server.ts';
import { useFolder } from './support.ts';

const folder = useFolder();
const pglite = await openPglite();
afterAll(async () => {
  await closeServers();
  await pglite.close();
});

/** Counts statements by what they are. */
function counting(): { readonly trouble: Trouble; readonly take: () => Counts } {
  let texts: string[] = [];
  return {
    trouble: { before: (text) => void texts.push(text) },
    take() {
      const taken = texts;
      texts = [];
      const commits = taken.filter((text) => text === 'COMMIT').length;
      return { statements: taken.length, commits };
    },
  };
}

interface Counts {
  readonly statements: number;
  readonly commits: number;
}

const vendors = {
  async direct() {
    return directProvider(await startServer((hit) => hit.reply(200, { images: [{ bytes: base64(png()) }] })));
  },
  async jobs() {
    return jobProvider(await startJobServer());
  },
};

it.each([
  ['direct', { statements: 42, commits: 5 }],
  ['jobs', { statements: 49, commits: 6 }],
] as const)('an image of a vendor of the kind %s', async (kind, expected) => {
  await using bucket = await openS3Server();
  const { trouble, take } = counting();
  const database = { pool: poolOn(pglite, trouble), schema: kind };
  const store = createStore({ directory: join(folder(), 'one'), s3: bucket.settings(), database });
  const vendor = priced(await vendors[kind](), 0.1);
  const images = createImageManager({ providers: { vendor }, store, budget: { perDayUsd: 100 } });
  for (const at of [1, 2, 3]) {
    take();
    bucket.seen.length = 0;
    await images.generate({ prompt: `fox ${at}` }, { callId: `call-of-a-fox-number-${at}-of-three` });
  }
  expect(take()).toEqual(expected);
  const requests = bucket.seen.map(({ method, key }) => `${method} ${key.split('.').at(-1)}`);
  // The check of the bucket is valid for two seconds, so that a worker with longer calls has one more for each image.
  expect(requests.filter((each) => each !== 'HEAD ').sort()).toEqual(['HEAD json', 'HEAD png', 'PUT json', 'PUT png']);
  await images.close();
  await store.close();
});

it('a piece of work in pg-boss, from enqueuing to its end', async () => {
  const { trouble, take } = counting();
  const database = { pool: poolOn(pglite, trouble), schema: 'queued' };
  const store = createStore({ directory: join(folder(), 'one'), database });
  const queue = createQueue({ store });
  const engine = engineOf(queue);
  const statements: Record<string, number> = {};
  const leases = { worker: 'one', leaseMs: 60_000, versions: [1] };
  for (const at of [1, 2, 3]) {
    take();
    await queue.enqueue({ prompt: `fox ${at}` });
    statements.enqueue = take().statements;
    const [claim] = await engine.claim(leases);
    statements.claim = take().statements;
    await engine.extend(claim!, 60_000);
    statements.extend = take().statements;
    await engine.complete(claim!, { artifacts: [] });
    statements.complete = take().statements;
  }
  // Each is a transaction of its own. Enqueuing looks first whether the id is used.
  expect(statements).toEqual({ enqueue: 2, claim: 1, extend: 1, complete: 1 });
  await queue.close();
  await store.close();
});
