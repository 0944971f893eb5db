/** Several servers on one PostgreSQL, as different processes are. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeServers, until } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { requestOf, useRunHosts } from './support.ts';

const { pool, close } = await openTestDatabase();
beforeAll(loadAdapters);
afterAll(async () => {
  await closeServers();
  await close();
});
const open = useRunHosts();

it('S23: a retry at another server waits for the call of the first one, with and without a key', async () => {
  let isDone = false;
  const home = await startJobServer({
    poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running', retryMs: 5 }),
  });
  const settings = { providers: { vendor: jobProvider(home) }, database: { pool, schema: 'test_two_servers' } };
  const [first, second] = [open(settings), open({ ...settings, providers: { vendor: jobProvider(home) } })];
  const plain = await first.runs.start(requestOf('a fox'));
  const keyed = await first.runs.start(requestOf('a hen', { key: 'k1' }));
  await until(() => [plain, keyed].every((run) => run.summary().job !== undefined), 20_000);
  const retries = [
    await second.runs.start(requestOf('a fox', { isRetry: true })),
    await second.runs.start(requestOf('a hen', { key: 'k1' })),
  ];
  expect(retries.map(({ id, isAdopted }) => [id, isAdopted])).toEqual([
    [plain.id, true],
    [keyed.id, true],
  ]);
  isDone = true;
  const results = await Promise.all([plain, keyed, ...retries].map(({ result }) => result));
  const ids = results.map(({ saved }) => saved[0]?.id);
  expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  expect(home.bills()).toBe(2);
});
