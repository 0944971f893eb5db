/** A worker of the kill run: a process that is killed at any moment. Writes one line of JSON for each event. */
import { writeSync } from 'node:fs';
import { createImageManager } from '../../../src/index.ts';
import { createQueue, createWorker } from '../../../src/queue/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { directProvider, jobProvider } from '../../faults/job-vendor.ts';
import { priced } from '../../store/priced.ts';
import { databaseOfRun, LEASE_MS, PRICE_USD } from './settings.ts';

const { DIRECTORY = '', ORIGIN = '', KIND = '', CONCURRENCY = '1', DATABASE_URL, SCHEMA = '' } = process.env;

const create = KIND === 'jobs' ? jobProvider : directProvider;
const vendor = create({ origin: ORIGIN }, { deadlineMs: 60_000, limits: { minPollIntervalMs: 100 } });
const store = createStore({ directory: DIRECTORY, marks: 'none', ...databaseOfRun(DATABASE_URL, SCHEMA) });
const queue = createQueue({ store });
const manager = createImageManager({ providers: { vendor: priced(vendor, PRICE_USD) }, store });
const worker = createWorker({
  queue,
  manager,
  concurrency: Number(CONCURRENCY),
  leaseMs: LEASE_MS,
  onEvent: (event) => void writeSync(1, `${JSON.stringify(event)}\n`),
});
process.once('SIGTERM', () => void worker.stop(5_000));
await worker.run('forever');
await manager.close();
await queue.close();
await store.close();
