/** A worker whose database is locked by another process for longer than a write waits. */
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { until } from '../faults/hostile-server.ts';
import { PaidProvider } from '../manager/support.ts';
import { useHosts } from '../queue/worker/support.ts';

const openHost = useHosts();

it('the database of a queue is locked by another process for longer than its store waits: the work is done afterwards, and bought once', async () => {
  const paid = new PaidProvider({ delayMs: 5 });
  const host = openHost({ providers: { paid } });
  const ids = await Promise.all(Array.from({ length: 8 }, () => host.enqueue()));
  const [main] = await (await host.access.database()).all('PRAGMA database_list');
  const other = new DatabaseSync(String(main?.file));
  const worker = host.worker();
  const run = worker.run();
  await worker.log.first('done');
  other.exec('BEGIN EXCLUSIVE');
  // Longer than the store waits for a lock, so that its writes fail.
  await worker.log.first('trouble');
  other.exec('ROLLBACK');
  other.close();
  await until(() => worker.log.types().filter((type) => type === 'done').length === ids.length, 60_000);
  await worker.stop();
  await run;

  expect(await Promise.all(ids.map(host.stateOf))).toEqual(ids.map(() => 'done'));
  expect([paid.bought, (await host.store.search({})).length]).toEqual([ids.length, ids.length]);
});
