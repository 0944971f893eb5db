/** A host app that writes each job handle to a file as soon as the job exists. Its parent process kills it in between. */
import { open } from 'node:fs/promises';
import { jobProvider } from '../job-vendor.ts';

const { ORIGIN = '', JOURNAL = '', JOBS = '1', WRITE_DELAY_MS = '0' } = process.env;
const provider = jobProvider({ origin: ORIGIN }, { deadlineMs: 20_000 });
const journal = await open(JOURNAL, 'a');

const calls = Array.from({ length: Number(JOBS) }, (_, index) =>
  provider.generate(
    { prompt: `picture ${index}` },
    {
      async onJob(handle) {
        await new Promise((done) => setTimeout(done, Number(WRITE_DELAY_MS)));
        await journal.appendFile(`${JSON.stringify(handle)}\n`);
        await journal.sync();
      },
    },
  ),
);
await Promise.all(calls);
