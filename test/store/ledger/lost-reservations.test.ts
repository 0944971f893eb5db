/** A process that died after it had reserved money, and before it recorded its call: the same call, delivered again, must not count twice. */
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createImageManager } from '../../../src/index.ts';
import { createStore, type Store } from '../../../src/store/index.ts';
import { PaidProvider } from '../../manager/support.ts';
import { openPglite } from '../../support/pglite.ts';
import { schemaOf } from '../databases.ts';
import { useFolder } from '../support.ts';

const folder = useFolder();
const pglite = await openPglite();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});
afterAll(() => pglite.close());

const CALL = 'call-that-is-delivered-again';
const day = [{ name: 'day 2026-11-25' }];
const spending = { micros: 100_000, provider: 'paid', model: 'paid-1', images: 1 };

describe.each(['a file', 'PostgreSQL'])('in %s', (place) => {
  const open = () => {
    const database = { pool: pglite, schema: schemaOf(folder()) };
    const now = () => Date.UTC(2026, 10, 25, 12);
    const store = createStore({
      directory: join(folder(), 'images'),
      now,
      ...(place === 'PostgreSQL' && { database }),
    });
    stores.push(store);
    return store;
  };
  const generate = async (store: Store, callId: string) => {
    const paid = new PaidProvider({ estimateUsd: 0.1, costUsd: 0.1 });
    const images = createImageManager({ providers: { paid }, store });
    await images.generate({ prompt: 'a red fox', size: '64x64' }, { callId });
    await images.close();
  };

  const spentIn = async (store: Store) => (await store.usage()).reduce((sum, { usd }) => sum + usd, 0);

  it(`Q01: what a killed process reserved in ${place} is released when its call is delivered again`, async () => {
    const store = open();
    for (let kills = 0; kills < 3; kills++) await store.ledger.reserve(spending, day, CALL);
    expect(await spentIn(store)).toBeCloseTo(0.3);
    await generate(store, CALL);
    expect(await spentIn(store)).toBeCloseTo(0.1);
    expect(await store.ledger.taken('day 2026-11-25')).toBe(0);
  });

  it(`keeps in ${place} what belongs to a recorded call, to another call, and to calls without an id of their own`, async () => {
    const store = open();
    const recorded = String(await store.ledger.reserve(spending, day, CALL));
    await store.jobs.begin({ id: `${CALL}-2`, provider: 'paid', model: 'paid-1', reservation: recorded });
    await store.ledger.reserve(spending, day, `${CALL}.other`);
    await store.ledger.reserve(spending, day, `${CALL}-and-more`);
    await store.ledger.reserve(spending, day);
    await store.ledger.reserve(spending, day, CALL);
    await store.ledger.releaseLost?.(CALL);
    expect(await store.ledger.taken('day 2026-11-25')).toBe(400_000);
  });
});
