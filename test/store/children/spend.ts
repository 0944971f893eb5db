/** Spends from a shared ledger, or starts a call and waits to be killed. */
import { writeSync } from 'node:fs';
import { createStore } from '../../../src/store/index.ts';

const { DIRECTORY = '', DATABASE_URL = '', SCHEMA = '', TIMES = '0', LIMIT = '0', CALL = '' } = process.env;
const say = (text: string) => void writeSync(1, `${text}\n`);

const store = createStore({ directory: DIRECTORY, database: { url: DATABASE_URL, schema: SCHEMA, leaseMs: 2_000 } });
const spending = { micros: 100, provider: 'p', model: 'm', images: 1 };
const scopes = [
  { name: 'day', limitMicros: Number(LIMIT) },
  { name: `month`, limitMicros: 1e12 },
  { name: 'project a' },
];
if (CALL !== '') {
  const reservation = await store.ledger.reserve(spending, scopes);
  await store.jobs.begin({ id: CALL, provider: 'p', model: 'm', reservation: String(reservation) });
  await store.jobs.submitted(CALL, {
    version: 1,
    provider: 'jobs',
    model: 'm',
    id: `job of ${CALL}`,
    submittedAt: '2026-11-25T12:00:00.000Z',
    request: { prompt: 'a red fox', n: 1 },
  });
  say('begun');
  setInterval(() => undefined, 1_000);
} else {
  // Some concurrently and some one after the other; every third is not charged.
  const one = async (time: number) => {
    const order = time % 2 === 0 ? scopes : scopes.toReversed();
    const id = await store.ledger.reserve(spending, order);
    if (typeof id !== 'string') return say('refused');
    if (time % 3 === 0) await store.ledger.release(id);
    else await store.ledger.recordCost(id, 90);
    say(time % 3 === 0 ? 'released' : 'spent');
  };
  for (let time = 0; time < Number(TIMES); time += 5) {
    await Promise.all(Array.from({ length: 5 }, (_, at) => one(time + at)));
  }
  await store.close();
}
