/** The ledger always covers what the vendor accepted, over 5,000 calls. `npm test` runs a small size of it. */
import { afterAll, describe, expect, it } from 'vitest';
import { closeServers } from '../faults/hostile-server.ts';
import { proveCover } from '../manager/cover.ts';
import { useChildren } from '../store/processes.ts';

const children = useChildren();
afterAll(closeServers);

const seed = Number(process.env.FAULT_SEED ?? 20_261_128);
const CALLS = 5_000;

describe(`what a vendor accepts while processes generate, die, resume and settle (FAULT_SEED=${seed})`, () => {
  it(`D03 D07: what vendors accept is covered by the ledger at every moment of ${CALLS} calls, and nothing is charged twice or lost`, async () => {
    const counts = { calls: 0, kills: 0, resumed: 0, settled: 0 };
    let batch = 0;
    // The test mostly waits, so two vendors run at the same time.
    const lane = async () => {
      while (counts.calls < CALLS) {
        const size = { runs: 3, prompts: 160, seed: seed + batch++ };
        const { calls, kills, resumed, settled } = await proveCover(children, size);
        counts.calls += calls;
        counts.kills += kills;
        counts.resumed += resumed;
        counts.settled += settled;
      }
    };
    await Promise.all([lane(), lane()]);
    expect(counts.kills).toBeGreaterThan(10);
    expect(counts.resumed).toBeGreaterThan(100);
    expect(counts.settled).toBeGreaterThan(100);
  });
});
