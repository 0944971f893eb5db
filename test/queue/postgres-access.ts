/** Opens what a store of several machines gives to the engine on pg-boss. */

import type { DatabaseOptions } from '../../src/store/index.ts';
import type { DoneListener, QueueLedger } from '../../src/store/ledger-access.ts';
import { openSharedDatabase } from '../../src/store/open/open-postgres.ts';
import { readDatabaseSettings } from '../../src/store/sql/postgres/settings.ts';

export type Pool = NonNullable<DatabaseOptions['pool']>;

/** @param source a pool, or the address of a server */
export async function accessTo(source: Pool | string, schema: string, timeoutMs = 15_000) {
  const from = typeof source === 'string' ? { url: source } : { pool: source };
  const shared = await openSharedDatabase(readDatabaseSettings({ ...from, schema, timeoutMs }));
  const listeners = new Set<DoneListener>();
  const access: QueueLedger = {
    kind: 'postgres',
    schema,
    database: async () => shared.ledger,
    shared: async () => shared,
    onCallDone(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    now: Date.now,
  };
  return { access, listeners, shared };
}
