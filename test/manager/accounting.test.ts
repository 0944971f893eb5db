import { describe, expect, it } from 'vitest';
import { StubProvider } from '../../src/index.ts';
import { createImageManager, createLedger } from '../../src/manager/index.ts';
import { createJobRecords } from '../../src/manager/jobs/job-records.ts';
import { PaidProvider, small } from './support.ts';

describe('an image that was paid for', () => {
  it('is returned with a note when its cost or its job cannot be recorded', async () => {
    const full = () => Promise.reject(new Error('disk full'));
    const images = createImageManager({
      providers: { farm: new StubProvider({ job: { polls: 1 } }) },
      ledger: { ...createLedger(), recordCost: full },
      jobs: { ...createJobRecords(Date.now), end: full },
    });
    const { images: came, notes } = await images.generate(small);
    expect(came).toHaveLength(1);
    expect(notes).toEqual(['the cost could not be recorded', 'the call could not be marked as done']);
  });

  it('D07: the ledger counts each attempt that may have been charged, and no other', async () => {
    const ledger = createLedger();
    const providers = {
      free: new PaidProvider({ fail: 'unavailable', estimateUsd: 0.3 }),
      doubtful: new PaidProvider({ fail: 'outcome_unknown', estimateUsd: 0.2 }),
      good: new PaidProvider({ estimateUsd: 0.1 }),
    };
    const images = createImageManager({ providers, ledger, budget: { perProjectUsd: { fox: 10 } } });
    const asked = { ...small, metadata: { costCenter: 'fox' } };
    await images.generate({ ...asked, provider: 'free', fallback: ['good'] });
    expect(await ledger.taken('project fox')).toBe(100_000);
    await expect(images.generate({ ...asked, provider: 'doubtful', fallback: ['good'] })).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    expect(await ledger.taken('project fox')).toBe(300_000);
  });
});
