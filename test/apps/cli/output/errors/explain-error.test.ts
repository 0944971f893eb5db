import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../../../src/apps/cli/exit-codes.ts';
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

  it('ends with 11 for a fault of a disk, and with 9 if an image that arrived could not be saved', () => {
    const fault = new AiImageError('storage_failed', 'the store failed: no space is left on the disk (ENOSPC)');
    const unsaved = new AiImageError('storage_failed', 'an image could not be saved', {
      charged: 'unknown',
      quarantine: [new Uint8Array([1])],
    });
    const exits = [fault, unsaved].map((error) => EXIT_CODES[explain(error).exit].code);
    expect(exits).toEqual([11, 9]);
    expect([explain(fault).isUrgent, explain(unsaved).isUrgent]).toEqual([false, true]);
  });
});
