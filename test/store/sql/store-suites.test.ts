/** Runs the store's tests with index, ledger and jobs in PostgreSQL. */
import { afterAll, describe } from 'vitest';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { useDatabase } from '../databases.ts';
import { importStoreSuites } from '../store-suites.ts';

const { pool, close } = await openTestDatabase();
afterAll(close);

describe('with PostgreSQL', async () => {
  useDatabase({ pool });
  await importStoreSuites('postgres');
});
