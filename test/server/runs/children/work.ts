/** A process with a worker on the store in DIRECTORY, and a vendor at ORIGIN. It kills itself before it reads the vendor's reply. */
import { createImageManager } from '../../../../src/index.ts';
import { createQueue, createWorker } from '../../../../src/queue/index.ts';
import { createStore } from '../../../../src/store/index.ts';
import { directProvider } from '../../../faults/job-vendor.ts';

const { DIRECTORY = '', ORIGIN = '', LEASE_MS = '' } = process.env;

const fetchAndDie: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  process.kill(process.pid, 'SIGKILL');
  return response;
};
const store = createStore({ directory: DIRECTORY, marks: 'none' });
const providers = { vendor: directProvider({ origin: ORIGIN }, { fetch: fetchAndDie }) };
const manager = createImageManager({ providers, store });
await createWorker({ queue: createQueue({ store }), manager, leaseMs: Number(LEASE_MS) }).run();
