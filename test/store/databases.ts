/** Where the store's tests keep index, ledger and jobs: files in the directory, unless a test file says otherwise. */
import { createHash } from 'node:crypto';
import type { DatabaseOptions, StoreSettings } from '../../src/store/index.ts';

let chosen: Pick<DatabaseOptions, 'url' | 'pool'> | undefined;

/** For all stores that the test file opens. Who has the same directory has the same tables. */
export function useDatabase(database: Pick<DatabaseOptions, 'url' | 'pool'>): void {
  chosen = database;
}

export const schemaOf = (directory: string) =>
  `test_${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;

export function databaseOf(directory: string): Pick<StoreSettings, 'database'> {
  return chosen ? { database: { ...chosen, schema: schemaOf(directory) } } : {};
}

/** Whether what is in the database is in files of the directory. */
export const isInFiles = () => chosen === undefined;
