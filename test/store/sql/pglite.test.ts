/** Runs the store's tests with index, ledger and jobs in PostgreSQL: PGlite is PostgreSQL inside this process. */
import { PGlite } from '@electric-sql/pglite';
import { afterAll, describe } from 'vitest';
import { useDatabase } from '../databases.ts';
import { importStoreSuites } from '../store-suites.ts';

const pglite = await PGlite.create();
afterAll(() => pglite.close());

describe('with PGlite', async () => {
  useDatabase({ pool: pglite });
  await importStoreSuites('pglite');
});
