/**
 * A worker is killed each second, while four workers run 500 pieces of work. Afterwards every piece has ended, none was billed twice, and the
 * ledger says what the vendor says. A direct vendor cannot be asked about a request whose worker was killed: its outcome stays unknown, is
 * shown, and is never repeated.
 */

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createQueue } from '../../src/queue/index.ts';
import { createStore } from '../../src/store/index.ts';
import { useFolder } from '../store/support.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { compare, runKills } from './kill-run/kill-run.ts';

const folder = useFolder();
const database = await openTestDatabase();
afterAll(database.close);

/** 120 for the whole two minutes of each run. */
const KILL_SECONDS = Number(process.env.AI_IMAGE_KILL_SECONDS ?? 45);
const WORKS = 500;
const WORKERS = 4;
/** So that the work lasts as long as the kills: each piece takes a second of its vendor. */
const CONCURRENCY = Math.max(1, Math.round(WORKS / WORKERS / KILL_SECONDS));

// Several processes need a server: PGlite is inside one process.
const engines = [
  ['embedded', undefined],
  ...(database.url === undefined ? [] : [['pg-boss', database.url] as const]),
] as const;

describe.each(engines)('Q01 Q02 Q03 Q04: workers on the engine %s', (engine, databaseUrl) => {
  it.each(['jobs', 'direct'] as const)('are killed each second, with a vendor of the kind %s', async (kind) => {
    const { figures, problems } = await runKills({
      kind,
      folder: folder(),
      databaseUrl,
      works: WORKS,
      workers: WORKERS,
      concurrency: CONCURRENCY,
      killMs: KILL_SECONDS * 1_000,
    });
    console.log(`${engine}, ${kind}: ${JSON.stringify(figures)}`);
    expect(problems).toEqual([]);
    expect(figures.killsAtWork).toBeGreaterThan(KILL_SECONDS / 4);
    expect((figures.states.done ?? 0) + (figures.states.unknown ?? 0)).toBe(WORKS);
    // Only what was sent by a killed worker and has no job can be unknown.
    expect(figures.states.unknown ?? 0).toBeLessThanOrEqual(figures.kills * CONCURRENCY);
  });
});

it('the comparison finds work that was billed twice, lost its image or is missing', async () => {
  const store = createStore({ directory: join(folder(), 'images') });
  const queue = createQueue({ store });
  await queue.enqueue({ prompt: 'billed twice' });
  const [waiting] = await queue.list();
  const done = { ...waiting!, state: 'done', result: { artifacts: ['lost'] } } as const;
  const { problems } = await compare(store, [waiting!, done], new Map([['billed twice', 2]]), 3);
  await queue.close();
  await store.close();
  expect(problems).toEqual([
    '2 of 3 pieces of work are listed',
    'billed twice was billed 2 times and is waiting',
    expect.stringContaining('billed twice is waiting'),
    'billed twice was billed 2 times and is done',
    'billed twice is done and was billed 2 times',
    expect.stringContaining('is not readable'),
    'the ledger has 0 images, and the vendor billed 2, with 0 that were never sent',
  ]);
});
