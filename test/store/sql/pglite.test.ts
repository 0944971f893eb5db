/** The store's own tests once more, with index, ledger and jobs in PostgreSQL: PGlite is the real one, within this process. */
import { PGlite } from '@electric-sql/pglite';
import { afterAll, describe } from 'vitest';
import { useDatabase } from '../databases.ts';

const pglite = await PGlite.create();
afterAll(() => pglite.close());

describe('with PGlite', async () => {
  useDatabase({ pool: pglite });
  await import('../store.test.ts');
});
