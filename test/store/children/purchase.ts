/** Generates images through a manager with a store until all are requested or the process is killed. Repeats calls that were not charged, as host apps do. */
import { writeSync } from 'node:fs';
import { createImageManager, type MediaProvider } from '../../../src/index.ts';
import type { JobRecords } from '../../../src/manager/index.ts';
import { isAiImageError } from '../../../src/providers/protocol/errors.ts';
import { createStore } from '../../../src/store/index.ts';
import { coverProviders } from '../../manager/cover-vendor.ts';

const { DIRECTORY = '', ORIGIN = '', PROMPTS = '', PLANT = '' } = process.env;
const say = (text: string) => void writeSync(1, `${text}\n`);
const AT_ONCE = 16;
const DEADLINE_MS = 700;

const store = createStore({ directory: DIRECTORY, marks: 'none' });

/** Prints which call is for which prompt, before its request is sent. */
const telling = (provider: MediaProvider): MediaProvider => ({
  ...provider,
  generate(request, context) {
    say(`call ${context?.idempotencyKey} ${request.prompt}`);
    return provider.generate(request, context);
  },
});

/** The planted fault: treats an unknown outcome as a refusal. */
const releasing: JobRecords = {
  ...store.jobs,
  async end(id, state) {
    const record = state === 'unknown' ? await store.jobs.find(id) : undefined;
    if (record) await store.ledger.release(record.reservation);
    await store.jobs.end(id, state);
  },
};

const { direct, jobs } = coverProviders(ORIGIN);
const images = createImageManager({
  providers: { direct: telling(direct), jobs: telling(jobs) },
  store,
  breaker: { maxFailures: 1_000_000 },
  ...(PLANT && { jobs: releasing }),
});

async function buy(prompt: string): Promise<void> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      const provider = prompt.split('-')[0]!;
      const request = { prompt, provider, fallback: [], metadata: { costCenter: 'all' } };
      await images.generate(request, { deadlineMs: DEADLINE_MS });
      return say(`came ${prompt}`);
    } catch (error) {
      if (!isAiImageError(error)) throw error;
      say(`failed ${prompt} ${error.code} ${error.charged}`);
      if (error.charged !== 'no') return;
    }
  }
}

const todo = PROMPTS.split(' ');
const work = async () => {
  for (let prompt = todo.shift(); prompt !== undefined; prompt = todo.shift()) await buy(prompt);
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
await images.close();
await store.close();
