/** A program that lists a store and exits, like a command line. */
import { createStore } from '../../src/store/index.ts';

const [directory = '', limit = '100'] = process.argv.slice(2);
const startedAt = performance.now();
const store = createStore({ directory });
const found = await store.search({ limit: Number(limit) });
const listedMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage();
await store.close();
console.log(
  JSON.stringify({
    found: found.length,
    listedMs,
    cpuMs: (user + system) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
);
