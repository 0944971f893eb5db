/**
 * Eight server processes on one store, each of which is killed every few seconds, while clients make calls with keys. Every call is answered:
 * with its image, or with the statement that its outcome is unknown, which only a call can get whose process died between the vendor's
 * acceptance and its record. Each key finds its call again afterwards, and no call is billed twice.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { useFolder } from '../store/support.ts';
import { openTestDatabase } from '../support/postgres-server.ts';
import { compareCalls, runServerKills } from './server-kills/run-server-kills.ts';

const folder = useFolder();
const database = await openTestDatabase();
afterAll(database.close);

/** 200 for the whole run. */
const CALLS = Number(process.env.AI_IMAGE_SERVER_CALLS ?? 100);
/** 5,000 for the whole run. */
const KILL_EVERY_MS = Number(process.env.AI_IMAGE_SERVER_KILL_MS ?? 4_000);
const PROCESSES = 8;
const CONCURRENCY = 16;

// Several processes need a server: PGlite is inside one process.
const databases = [
  ['files', undefined],
  ...(database.url === undefined ? [] : [['PostgreSQL', database.url] as const]),
] as const;

describe.each(databases)('S23 S25: servers with their records in %s', (name, databaseUrl) => {
  it.each(['jobs', 'direct'] as const)('are killed, with a vendor of the kind %s', async (kind) => {
    const { figures, problems } = await runServerKills({
      ...{ kind, databaseUrl, folder: folder(), calls: CALLS, processes: PROCESSES },
      ...{ concurrency: CONCURRENCY, killEveryMs: KILL_EVERY_MS },
    });
    console.log(`${name}, ${kind}: ${JSON.stringify(figures)}`);
    expect(problems).toEqual([]);
    expect(figures.kills).toBeGreaterThan(3);
    expect((figures.delivered ?? 0) + (figures.unknown ?? 0)).toBe(CALLS);
    expect(figures.billed).toBeLessThanOrEqual(CALLS);
  });
});

it('the comparison finds calls that were billed twice, were not answered, or are lost', () => {
  const end = (prompt: string, state: 'delivered' | 'unknown' | 'failed') => ({ prompt, state, requests: 1 });
  const ends = [end('fine', 'delivered'), end('twice', 'delivered'), end('lost', 'delivered'), end('mute', 'failed')];
  const repeated = [end('fine', 'delivered'), end('twice', 'delivered'), end('lost', 'unknown'), end('mute', 'failed')];
  const bills = new Map(Object.entries({ fine: 1, twice: 3, lost: 1 }));
  expect(compareCalls(ends, repeated, bills)).toEqual([
    'twice was billed 3 times and is delivered',
    'twice was delivered and billed 3 times',
    'lost was delivered and is unknown by its key',
    'mute was not answered: undefined',
    '4 calls were billed 5 times',
  ]);
});
