/** The ledger always covers what the vendor accepted: a few dozen calls. The full size is in `test/heavy/charge-cover.test.ts`. */
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers } from '../faults/hostile-server.ts';
import { useChildren } from '../store/processes.ts';
import { proveCover } from './cover.ts';

const children = useChildren();
afterAll(closeServers);

const seed = Number(process.env.FAULT_SEED ?? 20_261_128);

describe(`what a vendor accepts while processes generate, die, resume and settle (FAULT_SEED=${seed})`, () => {
  it('D03 D07: what vendors accept is always covered by the ledger, and nothing is charged twice or lost', async () => {
    const counts = await proveCover(children, { runs: 2, prompts: 30, seed });
    expect(counts.calls).toBeGreaterThan(20);
    expect(counts.checks).toBeGreaterThan(10);
  }, 120_000);

  it('is reported as not covered when a ledger releases amounts of unknown outcome', async () => {
    const planted = proveCover(children, { runs: 4, prompts: 30, seed, isPlanted: true });
    await expect(planted).rejects.toThrow(/the vendor accepted \d+ micro-dollars, the ledger has \d+/);
  }, 120_000);
});
