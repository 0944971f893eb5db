/**
 * A process with a worker on the queue in DIRECTORY. KIND chooses a vendor with jobs, or one that answers at once. With KILL_AT the process
 * kills itself at that point of its work, as a power failure or `kill -9` does. It prints each event of the worker as a line of JSON.
 */
import { writeSync } from 'node:fs';
import { directProvider, jobProvider } from '../../faults/job-vendor.ts';
import { openHost } from '../worker/hosts.ts';

const { DIRECTORY = '', ORIGIN = '', KIND = '', KILL_AT = '', LEASE_MS = '60000', CONCURRENCY = '4' } = process.env;
const { GRACE_MS = '25000', UNTIL = 'drained' } = process.env;

const die = (point: string) => {
  if (point !== '' && KILL_AT === point) process.kill(process.pid, 'SIGKILL');
};
/** Dies before or after a method of an object. */
function dieAround<T extends object, Name extends keyof T>(target: T, name: Name, before: string, after = '') {
  const method = (target[name] as (...args: unknown[]) => Promise<unknown>).bind(target);
  Object.assign(target, {
    async [name](...args: unknown[]) {
      die(before);
      const value = await method(...args);
      die(after);
      return value;
    },
  });
}

/** Dies when the vendor has the request, and its reply has not been read. */
const fetchAndDie: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  die('after the submit');
  return response;
};
const settings = { deadlineMs: 60_000, ...(KILL_AT === 'after the submit' && { fetch: fetchAndDie }) };
const vendor = (KIND === 'jobs' ? jobProvider : directProvider)({ origin: ORIGIN }, settings);

const host = openHost(DIRECTORY, {
  providers: { vendor },
  engine: (own) => ({
    complete: async (...args) => {
      die('before the acknowledgement');
      return own.complete(...args);
    },
  }),
});
const { store } = host;
dieAround(store, 'preflight', 'before the submit');
dieAround(store, 'save', 'with the downloaded image', 'after the image is saved');
dieAround(store.jobs, 'begin', '', 'after the record');
dieAround(store.jobs, 'submitted', 'before the id of the job is on record', 'after the id of the job is on record');

const worker = host.worker({
  leaseMs: Number(LEASE_MS),
  concurrency: Number(CONCURRENCY),
  onEvent: (event) => void writeSync(1, `${JSON.stringify(event)}\n`),
});
process.on('SIGTERM', () => void worker.stop(Number(GRACE_MS)));
await worker.run(UNTIL as 'drained');
await host.close();
