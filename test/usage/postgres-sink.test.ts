/** The PostgreSQL sink, on PGlite and on a server where the machine has one. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { SqlPool, SqlSession } from '../../src/store/index.ts';
import { postgresSink, usageSinkStates } from '../../src/usage/index.ts';
import { small } from '../manager/support.ts';
import { useFolder } from '../store/support.ts';
import { openPglite } from '../support/pglite.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { recordOf, useShops } from './support.ts';

const server = await openTestDatabase();
const pglite = await openPglite();
afterAll(async () => {
  await server.close();
  await pglite.close();
});
const folder = useFolder();
const openShop = useShops(folder);
const { signal } = new AbortController();
let count = 0;

type Rows = Promise<readonly Readonly<Record<string, unknown>>[]>;
const query = async (pool: SqlPool | SqlSession, text: string): Rows =>
  (await pool.query(text)).rows as readonly Readonly<Record<string, unknown>>[]; // both clients return objects

describe.each([
  { name: 'PGlite', pool: pglite as SqlPool | SqlSession },
  { name: 'PostgreSQL', pool: server.pool },
])('on $name', ({ pool }) => {
  const nextSchema = () => `usage_${createHash('sha256').update(`${folder()} ${count++}`).digest('hex').slice(0, 12)}`;

  it('has a row for each record, and keeps the one with the highest revision', async () => {
    const schema = nextSchema();
    const sink = postgresSink({ pool, schema });
    const early = recordOf('a', { basis: 'estimated', costUsd: '0.070000' });
    await sink.record([early, recordOf('b')], signal);
    await sink.record([recordOf('a', { revision: 2, costUsd: '0.060001', artifacts: ['x', 'y'] })], signal);
    // An earlier one that arrives late, and the same one again, change nothing.
    await sink.record([early], signal);
    await sink.record([recordOf('a', { revision: 2, costUsd: '0.060001' })], signal);
    const rows = await query(
      pool,
      `SELECT id, revision, cost_usd::text, basis, artifacts FROM "${schema}".usage_records ORDER BY id`,
    );
    expect(rows.map((row) => ({ ...row, revision: Number(row.revision) }))).toEqual([
      { id: 'a', revision: 2, cost_usd: '0.060001', basis: 'reported', artifacts: ['x', 'y'] },
      { id: 'b', revision: 1, cost_usd: '0.040000', basis: 'reported', artifacts: [] },
    ]);
  });

  it('sums up usage by day, provider, model and cost center', async () => {
    const schema = nextSchema();
    await postgresSink({ pool, schema }).record(
      [
        recordOf('a', { costCenter: 'shop', images: 2 }),
        recordOf('b', { costCenter: 'shop', at: '2026-11-29T23:59:59.999Z' }),
        recordOf('c', { at: '2026-11-30T00:00:00.000Z' }),
        recordOf('d', { basis: 'released', images: 0, costUsd: '0.000000' }),
      ],
      signal,
    );
    const rows = await query(
      pool,
      `SELECT day::text, provider, model, cost_center, calls::int, images::int, cost_usd::text FROM "${schema}".usage_by_day ORDER BY day`,
    );
    expect(rows).toEqual([
      {
        day: '2026-11-29',
        provider: 'paid',
        model: 'model-1',
        cost_center: 'shop',
        calls: 2,
        images: 3,
        cost_usd: '0.080000',
      },
      {
        day: '2026-11-30',
        provider: 'paid',
        model: 'model-1',
        cost_center: null,
        calls: 1,
        images: 1,
        cost_usd: '0.040000',
      },
    ]);
  });

  it('shows the stored images in image_artifacts, with exactly the columns and types that its readers expect', async () => {
    const schema = nextSchema();
    const shop = openShop([]);
    const conversation = 'C0FFEE00-0000-4000-8000-000000000001';
    const { saved } = await shop.manager.generate({
      ...small,
      n: 2,
      metadata: { conversation_id: conversation, message_id: 'message 7', persona: 'ada' },
    });
    const record = recordOf('a', { costUsd: '0.040001', artifacts: saved.map(({ id }) => id) });
    await postgresSink({ pool, schema, store: shop.store }).record([record], signal);
    const columns = await query(
      pool,
      `SELECT column_name || ' ' || data_type || COALESCE(' ' || character_maximum_length, '') ||
       CASE WHEN data_type = 'numeric' THEN ' ' || numeric_precision || ',' || numeric_scale ELSE '' END AS text
       FROM information_schema.columns WHERE table_schema = '${schema}' AND table_name = 'image_artifacts' ORDER BY ordinal_position`,
    );
    expect(columns.map(({ text }) => text)).toEqual([
      'id uuid',
      'conversation_id uuid',
      'message_id uuid',
      'file_path text',
      'mime_type character varying 64',
      'prompt text',
      'provider character varying 64',
      'model character varying 128',
      'seed bigint',
      'size character varying 16',
      'cost_usd numeric 10,6',
      'created_at timestamp with time zone',
      'metadata jsonb',
    ]);
    const rows = await query(
      pool,
      `SELECT v.*, v.cost_usd::text AS cost FROM "${schema}".image_artifacts v ORDER BY v.cost_usd`,
    );
    expect(rows.map(({ cost }) => cost)).toEqual(['0.020000', '0.020001']);
    expect(rows[0]).toMatchObject({
      conversation_id: conversation.toLowerCase(),
      message_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      file_path: saved[1]!.path,
      mime_type: 'image/png',
      prompt: small.prompt,
      provider: 'paid',
      size: '64x64',
      metadata: { conversation_id: conversation, message_id: 'message 7', persona: 'ada' },
    });
    // A deleted image has no row any more when its record is sent again to another database.
    await shop.store.delete(saved[0]!.id);
    const later = nextSchema();
    await postgresSink({ pool, schema: later, store: shop.store }).record([record], signal);
    expect(await query(pool, `SELECT id FROM "${later}".image_artifacts`)).toHaveLength(1);
  });

  it('shows no prompt of a store that keeps none', async () => {
    const schema = nextSchema();
    const shop = openShop([], { settings: { prompts: 'hash' } });
    const { saved } = await shop.manager.generate(small);
    const record = recordOf('a', { artifacts: [saved[0]!.id] });
    await postgresSink({ pool, schema, store: shop.store }).record([record], signal);
    expect(await query(pool, `SELECT prompt FROM "${schema}".image_artifacts`)).toEqual([{ prompt: null }]);
    const all = await query(
      pool,
      `SELECT i::text || r::text AS text FROM "${schema}".usage_images i, "${schema}".usage_records r`,
    );
    expect(JSON.stringify(all)).not.toContain('red fox');
  });

  it('stores texts that PostgreSQL cannot, without what it cannot store', async () => {
    const schema = nextSchema();
    const record = recordOf('a', { model: `m\0${'\ud800'}'";--`, costCenter: 'é\u{1F98A}' });
    await postgresSink({ pool, schema }).record([record], signal);
    expect(await query(pool, `SELECT model, cost_center FROM "${schema}".usage_records`)).toEqual([
      { model: `m\uFFFD\uFFFD'";--`, cost_center: 'é\u{1F98A}' },
    ]);
  });

  it('creates the tables once when two processes start at the same time', async () => {
    const schema = nextSchema();
    await Promise.all(['a', 'b', 'c'].map((id) => postgresSink({ pool, schema }).record([recordOf(id)], signal)));
    expect(await query(pool, `SELECT id FROM "${schema}".usage_records`)).toHaveLength(3);
  });

  it('gets every call of a manager, with its images', async () => {
    const schema = nextSchema();
    const first = openShop([]);
    const { manager, usage } = openShop([postgresSink({ pool, schema, store: first.store })]);
    await usage.flush();
    for (let call = 0; call < 3; call++) await manager.generate(small);
    expect(await usage.flush()).toBe(0);
    expect(await query(pool, `SELECT id FROM "${schema}".usage_records`)).toHaveLength(3);
    expect(await query(pool, `SELECT id FROM "${schema}".image_artifacts`)).toHaveLength(3);
  });
});

it('keeps records while the database is away, and does not show its address', async () => {
  const url = 'postgresql://user:very-secret-password@127.0.0.1:1/private';
  const { manager, usage, store } = openShop([postgresSink({ url, timeoutMs: 100 })]);
  await manager.generate(small);
  expect(await usage.flush()).toBe(1);
  const [state] = await usageSinkStates(store);
  expect(state?.lastError).toBe('the database of the sink cannot be used: the connection was refused');
});

it('refuses settings without showing them', () => {
  expect(() => postgresSink({ url: 'mysql://user:very-secret@host/db' })).toThrow(
    'postgresSink: url must be an address',
  );
  expect(() => postgresSink({})).toThrow('postgresSink: database needs either a url or a pool');
  expect(() => postgresSink({ url: 'postgresql://host/db', schema: 'pg_x' })).toThrow('postgresSink: schema must be');
});
