import { describe, expect, it } from 'vitest';
import { explain } from '../../../../../src/apps/cli/output/errors/explain-error.ts';
import { AiImageError } from '../../../../../src/index.ts';

describe('explain', () => {
  it('names flags and configuration keys in the message and the hint, also in the document for --json', () => {
    const message = 'stub: size and aspectRatio were both given';
    const hint = 'Start another session, or raise perSessionUsd.';
    const error = new AiImageError('budget_exceeded', message, { charged: 'no', hint });
    const shown = {
      message: 'stub: size and --aspect-ratio were both given',
      hint: 'Start another run, or raise per_session_usd.',
    };
    expect(explain(error).lines).toEqual([`${shown.message} (budget_exceeded)`, shown.hint]);
    expect(explain(error).document).toMatchObject(shown);
  });
});
