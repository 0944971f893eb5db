/** Rows of a ledger that moves to another database are written with few statements. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { insertRows } from '../../../src/store/ledger/insert-rows.ts';
import type { Sql } from '../../../src/store/sql/sql.ts';
import { openSqlite } from '../../../src/store/sql/sqlite.ts';
import { LEDGER_SCHEMA, upgradeTables } from '../../../src/store/sql/tables.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();

it('writes many rows with few statements, keeps those that exist, and fills in what is missing', async () => {
  const db = await openSqlite(join(folder(), 'money.db'), LEDGER_SCHEMA);
  await upgradeTables(db);
  const row = (identity: string, call = 'call-1') => ({ identity, call, hash: 'h', expires_at: 9 });
  const columns = ['identity', 'call', 'hash', 'expires_at'];
  await insertRows(db, 'server_requests', columns, [row('r-0', 'known')]);
  let statements = 0;
  const counted: Sql = { ...db, run: (text, ...values) => db.run(text, ...values).finally(() => statements++) };

  const rows = Array.from({ length: 1_201 }, (_, index) => row(`r-${index}`));
  await insertRows(counted, 'server_requests', columns, rows);
  expect(statements).toBe(3);
  expect(await db.all('SELECT count(*) AS n FROM server_requests')).toEqual([{ n: 1_201 }]);
  expect(await db.all("SELECT call FROM server_requests WHERE identity = 'r-0'")).toEqual([{ call: 'known' }]);

  await insertRows(
    db,
    'usage_sinks',
    ['name', 'seen_at', 'failures', 'retry_at', 'error'],
    [{ name: 'billing', seen_at: 1, failures: 0, retry_at: 0 }],
  );
  expect(await db.all('SELECT name, error FROM usage_sinks')).toEqual([{ name: 'billing', error: null }]);
  await insertRows(counted, 'usage_sinks', ['name'], []);
  expect(statements).toBe(3);
  await db.close();
});
