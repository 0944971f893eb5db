import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { promptLabels } from '../../../src/providers/kit/hook-labels.ts';

it('K17, S1: a hook label describes a prompt by the start of its SHA-256 and its length', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (prompt) => {
      expect(await promptLabels(prompt)).toEqual({
        promptHash: createHash('sha256').update(prompt).digest('hex').slice(0, 16),
        promptLength: String(prompt.length),
      });
    }),
  );
});
