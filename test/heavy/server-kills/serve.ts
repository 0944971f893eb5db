/** A server of the kill run: a process that is killed at any moment. Writes its address once it listens. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createImageServer, listen } from '../../../src/apps/server/index.ts';
import { createImageManager, isAiImageError } from '../../../src/index.ts';
import { createStore } from '../../../src/store/index.ts';
import { directProvider, jobProvider } from '../../faults/job-vendor.ts';
import { priced } from '../../store/priced.ts';
import { databaseOfRun, PRICE_USD } from '../kill-run/settings.ts';

const { DIRECTORY = '', ORIGIN = '', KIND = '', TOKEN = '', DATABASE_URL, SCHEMA = '' } = process.env;

const create = KIND === 'jobs' ? jobProvider : directProvider;
const vendor = create({ origin: ORIGIN }, { deadlineMs: 60_000, limits: { minPollIntervalMs: 100 } });
const store = createStore({ directory: DIRECTORY, marks: 'none', ...databaseOfRun(DATABASE_URL, SCHEMA) });
const manager = createImageManager({ providers: { vendor: priced(vendor, PRICE_USD) }, store });
const server = createImageServer({
  ...{ manager, store },
  tokens: [{ name: 'kill run', sha256: createHash('sha256').update(TOKEN).digest('hex') }],
  limits: { callsPerToken: 64, waitingPerToken: 256, requestsPerMinute: 1_000_000 },
  onError: (error) => {
    // Calls of killed processes can have it; the run counts them. Everything else fails the run.
    if (!isAiImageError(error) || error.code !== 'outcome_unknown') console.error(error);
  },
});
const listening = await listen(server, { port: 0 });
writeSync(1, `${listening.url}\n`);
process.once('SIGTERM', async () => {
  await listening.close(5_000);
  await manager.close();
  await store.close();
});
