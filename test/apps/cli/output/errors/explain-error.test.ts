import { describe, expect, it } from 'vitest';
import { explain } from '../../../../../src/apps/cli/output/errors/explain-error.ts';
import { AiImageError } from '../../../../../src/index.ts';

describe('explain', () => {
  it.each([
    ['Start another session, or raise perSessionUsd.', 'Start another run, or raise per_session_usd.'],
    [
      "Choose a model with a price, or add 'a/b' to allowUnpriced.",
      "Choose a model with a price, or add 'a/b' to allow_unpriced.",
    ],
    ['Rebuild the index with store.reindex().', 'Rebuild the index with imagen reindex.'],
    ['Call jobs() of the manager to see the recorded jobs.', 'Run imagen jobs list to see the recorded jobs.'],
    [
      'If the vendor created a job, jobs() of the manager lists it.',
      'If the vendor created a job, imagen jobs list lists it.',
    ],
  ])('names commands and configuration keys in the hint %j', (hint, shown) => {
    const error = new AiImageError('budget_exceeded', 'stub: over the budget', { charged: 'no', hint });
    expect(explain(error).lines).toEqual(['stub: over the budget (budget_exceeded)', shown]);
  });
});
