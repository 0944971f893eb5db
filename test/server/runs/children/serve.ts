/** A process with a server on the store in DIRECTORY, and a vendor with jobs at ORIGIN. Prints its address. */
import { writeSync } from 'node:fs';
import { createImageServer, listen } from '../../../../src/apps/server/index.ts';
import { createImageManager } from '../../../../src/index.ts';
import { createStore } from '../../../../src/store/index.ts';
import { jobProvider } from '../../../faults/job-vendor.ts';

const { DIRECTORY = '', ORIGIN = '', TOKEN_HASH = '' } = process.env;
const store = createStore({ directory: DIRECTORY, marks: 'none' });
const manager = createImageManager({
  providers: { vendor: jobProvider({ origin: ORIGIN }, { deadlineMs: 60_000 }) },
  store,
});
const server = createImageServer({ manager, store, tokens: [{ name: 'ada', sha256: TOKEN_HASH }] });
const { url } = await listen(server, { port: 0 });
writeSync(1, `${url}\n`);
