/** Users of a database that may read and write rows, but create nothing. */
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createStore, type DatabaseOptions, type Store } from '../../../src/store/index.ts';
import { openPglite } from '../../support/pglite.ts';
import { openTestDatabase } from '../../support/postgres-server.ts';
import { schemaOf } from '../databases.ts';
import { saved } from '../sample-images.ts';
import { useFolder } from '../support.ts';

/** The owner of the tables, and a user with another role on the same database. */
interface TwoUsers {
  readonly owner: NonNullable<DatabaseOptions['pool']>;
  readonly asUser: (role: string) => Promise<NonNullable<DatabaseOptions['pool']>>;
  readonly asOwner: () => Promise<void>;
}

const folder = useFolder();
const pglite = await openPglite();
const server = await openTestDatabase();
const pools: pg.Pool[] = [];
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const pool of pools.splice(0)) await pool.end();
  await pglite.exec('RESET ROLE');
});
afterAll(async () => {
  await pglite.close();
  await server.close();
});

/** PGlite has one connection, which changes its role. */
const inProcess: TwoUsers = {
  owner: pglite,
  async asUser(role) {
    await pglite.exec(`SET ROLE ${role}`);
    return pglite;
  },
  async asOwner() {
    await pglite.exec('RESET ROLE');
  },
};
const onServer: TwoUsers = {
  owner: server.pool,
  async asUser(role) {
    const pool = new pg.Pool({ connectionString: server.url, options: `-c role=${role}`, max: 3 });
    pools.push(pool);
    return pool;
  },
  asOwner: async () => undefined,
};

function open(pool: NonNullable<DatabaseOptions['pool']>): Store {
  const database = { pool, schema: schemaOf(folder()) };
  const store = createStore({ directory: join(folder(), 'pictures'), database });
  stores.push(store);
  return store;
}

const tablesIn = async (pool: TwoUsers['owner'], schema: string) =>
  (await pool.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])).rows.length;

describe.each([
  ['PGlite', inProcess],
  ...(server.url === undefined ? [] : [['a PostgreSQL server', onServer] as const]),
] as const)('on %s', (place, { owner, asUser, asOwner }) => {
  it(`on ${place}, the ledger is repaired by a user who may create no table, and no run leaves a table`, async () => {
    const [schema, role] = [schemaOf(folder()), `user_of_${schemaOf(folder())}`];
    const ofOwner = open(owner);
    await saved(ofOwner, { usd: 0.5 });
    await owner.query(`CREATE ROLE ${role}`);
    await owner.query(`GRANT USAGE ON SCHEMA "${schema}" TO ${role}`);
    await owner.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`);
    const tables = await tablesIn(owner, schema);

    const store = open(await asUser(role));
    expect(await store.repairLedger()).toEqual({ spendings: 1 });
    expect(await store.repairLedger()).toEqual({ spendings: 0 });
    await asOwner();
    expect(await tablesIn(owner, schema)).toBe(tables);
    expect((await ofOwner.usage()).map(({ usd }) => usd)).toEqual([0.5]);
  });

  it(`on ${place}, the error of a user without a permission names what the permission is for`, async () => {
    const [schema, role] = [schemaOf(folder()), `user_of_${schemaOf(folder())}`];
    const ofOwner = open(owner);
    await ofOwner.preflight();
    await owner.query(`CREATE ROLE ${role}`);
    await owner.query(`GRANT USAGE ON SCHEMA "${schema}" TO ${role}`);
    await owner.query(`GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`);

    const store = open(await asUser(role));
    await expect(store.repairLedger()).rejects.toMatchObject({
      code: 'storage_failed',
      charged: 'no',
      message: expect.stringContaining('the user lacks a permission for table spendings'),
      hint: expect.stringContaining('SELECT, INSERT, UPDATE and DELETE'),
    });
    await asOwner();
  });
});
