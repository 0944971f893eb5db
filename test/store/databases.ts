/** Chooses the database of the stores in a test file. By default, index, ledger and jobs are files in the directory. */
import { createHash } from 'node:crypto';
import { afterAll } from 'vitest';
import type { DatabaseOptions, StoreSettings } from '../../src/store/index.ts';

let chosen: Pick<DatabaseOptions, 'url' | 'pool'> | undefined;

/** Sets the database of all stores in the test file. Stores with the same directory share their tables. */
export function useDatabase(database: Pick<DatabaseOptions, 'url' | 'pool'>): void {
  chosen = database;
  afterAll(() => {
    chosen = undefined;
  });
}

export const schemaOf = (directory: string) =>
  `test_${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;

export function databaseOf(directory: string): Pick<StoreSettings, 'database'> {
  return chosen ? { database: { ...chosen, schema: schemaOf(directory) } } : {};
}

/** Whether index, ledger and jobs are files in the directory. */
export const isInFiles = () => chosen === undefined;
