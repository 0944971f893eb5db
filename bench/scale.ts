/**
 * Constants for docs/decisions/0021-scale-beyond-one-machine.md: what the store in PostgreSQL and a bucket can do from one process, and what
 * an image takes there. Run `npm run bench:scale` on a machine with PostgreSQL's server programs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createImageManager } from '../src/index.ts';
import { createQueue } from '../src/queue/index.ts';
import { createStore, type Store } from '../src/store/index.ts';
import { jobProvider, startJobServer } from '../test/faults/job-vendor.ts';
import { priced } from '../test/store/priced.ts';
import { openS3Server } from '../test/store/storage/s3-server.ts';
import { startDurableServer } from '../test/support/postgres-server.ts';
import { median } from './statistics.ts';

const CALLS = 600;
const AT_ONCE = 16;
const SCHEMA = 'scale';

const server = await startDurableServer();
if (server === undefined) throw new Error('This needs the server programs of PostgreSQL.');
const directory = await mkdtemp(join(tmpdir(), 'ai-image-bench-'));
const ask = new pg.Pool({ connectionString: server.url, max: 1 });
const bucket = await openS3Server();
const vendor = await startJobServer();
const store = createStore({ directory, s3: bucket.settings(), database: { url: server.url, schema: SCHEMA } });
try {
  await store.preflight();
  console.log(`Node ${process.version}, ${(await ask.query('SELECT version()')).rows[0].version.split(' on ')[0]}`);
  print('round trip of a statement, median', `${(await roundTripMs()).toFixed(2)} ms`);
  print('commit of one row, one after the other, median', `${(await commitMs()).toFixed(2)} ms`);
  print('reservations and settlements of one budget', `${(await budgetRate(store)).toFixed(0)} calls/s`);
  await measureCalls(store);
  await enqueueMany(store);
  await printSizes();
} finally {
  await store.close();
  await vendor.close();
  await bucket[Symbol.asyncDispose]();
  await ask.end();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function print(what: string, figure: string): void {
  console.log(`${what.padEnd(70)}${figure.padStart(20)}`);
}

async function roundTripMs(): Promise<number> {
  return medianMs(500, () => ask.query('SELECT 1'));
}

async function commitMs(): Promise<number> {
  await ask.query('CREATE TABLE committed (at INTEGER)');
  return medianMs(200, (at) => ask.query('INSERT INTO committed VALUES ($1)', [at]));
}

async function medianMs(rounds: number, work: (at: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < rounds; at++) {
    const startedAt = performance.now();
    await work(at);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** All calls wait for the row of the same budget, twice each. @returns calls per second */
async function budgetRate({ ledger }: Store): Promise<number> {
  const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
  const scopes = [{ name: 'day 2026-01-01', limitMicros: 1e12 }, { name: 'month 2026-01' }];
  return perSecond(CALLS, async () => {
    const reservation = await ledger.reserve(spending, scopes);
    if (typeof reservation !== 'string') throw new Error('the budget is used up');
    await ledger.recordCost(reservation, 90, 'reported');
  });
}

/** Whole calls with a vendor that answers at once. */
async function measureCalls(measured: Store): Promise<void> {
  const provider = priced(jobProvider(vendor), 0.04);
  const images = createImageManager({ providers: { vendor: provider }, store: measured, budget: { perDayUsd: 1e6 } });
  const { rows } = await ask.query(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  const cpuBefore = process.cpuUsage();
  const rate = await perSecond(CALLS, (at) =>
    images.generate({ prompt: `lighthouse ${at}` }, { callId: `call-${at}-of-a-lighthouse-on-a-rock` }),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  await images.close();
  await ask.query('SELECT pg_stat_force_next_flush()');
  const after = await ask.query(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  print(`whole calls with a store, ${AT_ONCE} at once`, `${rate.toFixed(0)} images/s`);
  print(
    'processor time of the process, with the servers it tests against',
    `${((user + system) / 1000 / CALLS).toFixed(1)} ms/image`,
  );
  print(
    'commits, also of statements that only read',
    `${((after.rows[0].commits - rows[0].commits) / CALLS).toFixed(1)} per image`,
  );
}

async function perSecond(count: number, work: (at: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return (count * 1_000) / (performance.now() - startedAt);
}

async function enqueueMany(queued: Store): Promise<void> {
  const queue = createQueue({ store: queued });
  const work = Array.from({ length: CALLS }, (_, at) => ({
    request: { prompt: `lighthouse ${at}`, size: '1024x1024' },
  }));
  await queue.enqueueAll(work);
  await queue.close();
}

async function printSizes(): Promise<void> {
  await ask.query('VACUUM FULL');
  const { rows } = await ask.query(
    `SELECT relname AS name, pg_total_relation_size(c.oid) AS bytes, (xpath('/row/n/text()',
       query_to_xml(format('SELECT COUNT(*) AS n FROM %I.%I', n.nspname, relname), false, true, '')))[1]::TEXT::INTEGER AS rows
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ($1, $2) AND c.relkind = 'r' ORDER BY 2 DESC`,
    [SCHEMA, `${SCHEMA}_jobs`],
  );
  for (const { name, bytes, rows: count } of rows) {
    if (count >= CALLS) print(`table ${name}, with indexes`, `${(bytes / count).toFixed(0)} bytes/row`);
  }
  const sent = bucket.seen.filter(({ method }) => method === 'PUT');
  const sidecars = sent.filter(({ key }) => key.endsWith('.json'));
  print(
    'sidecar of a short prompt',
    `${(sidecars.reduce((sum, { bytes }) => sum + bytes, 0) / sidecars.length).toFixed(0)} bytes`,
  );
  for (const method of ['HEAD', 'PUT', 'GET']) {
    const count = bucket.seen.filter((request) => request.method === method).length;
    print(`${method} requests`, `${(count / CALLS).toFixed(2)} per image`);
  }
}
