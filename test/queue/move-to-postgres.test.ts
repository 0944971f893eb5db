/** A store that gets a `database` copies its ledger there. Its queue has another form there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createQueue } from '../../src/queue/index.ts';
import { createStore } from '../../src/store/index.ts';
import { schemaOf } from '../store/databases.ts';
import { useFolder } from '../store/support.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres-server.ts';

const folder = useFolder();
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

it('refuses to move a ledger with unfinished work of a queue, and moves it once the work has ended', async () => {
  const inFiles = createStore({ directory: folder() });
  const queue = createQueue({ store: inFiles });
  const { id } = await queue.enqueue({ prompt: 'a red fox' });
  await queue.close();
  await inFiles.close();

  const shared = () =>
    createStore({ directory: folder(), database: { pool: database.pool, schema: schemaOf(folder()) } });
  const refusing = shared();
  await expect(refusing.usage()).rejects.toMatchObject({
    code: 'not_configured',
    charged: 'no',
    message: expect.stringContaining('unfinished work of a queue: 1 waiting'),
  });
  await refusing.close();

  const again = createStore({ directory: folder() });
  const sameQueue = createQueue({ store: again });
  expect(await sameQueue.cancel(id)).toBe('removed');
  await sameQueue.close();
  await again.close();

  const moved = shared();
  expect(await moved.usage()).toEqual([]);
  await moved.close();
});
