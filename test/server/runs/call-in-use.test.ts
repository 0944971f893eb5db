/** A call id that another process works on is waited for; an unavailable provider is not. */
import { expect, it } from 'vitest';
import { performCall } from '../../../src/apps/server/runs/calls/perform-call.ts';
import { AiImageError, type ManagedGeneration } from '../../../src/index.ts';
import { inUseError } from '../../../src/providers/protocol/shared/call-ids.ts';

const ID = 'a-call-of-the-tests-0123456789';

/** @param answers of the manager, one per call */
async function perform(...answers: readonly (AiImageError | ManagedGeneration)[]) {
  const waits: number[] = [];
  let calls = 0;
  const generate = async () => {
    const answer = answers[calls++] ?? expect.unreachable('it was asked again');
    if (answer instanceof AiImageError) throw answer;
    return answer;
  };
  const params = {
    ...{ id: ID, request: { prompt: 'a fox' }, deadlineMs: undefined, partialImages: 0 },
    ...{ signal: new AbortController().signal, onEvent: () => undefined, onElsewhere: () => undefined },
  };
  const result = await performCall({ generate }, params, async (ms) => void waits.push(ms)).catch(
    (error: unknown) => error,
  );
  return { result, waits };
}

const generation = { images: [] } as unknown as ManagedGeneration; // only handed on

it('is asked for again, at growing intervals, until its images are there', async () => {
  const { result, waits } = await perform(inUseError(ID), inUseError(ID), generation);
  expect(result).toBe(generation);
  expect(waits).toEqual([250, 500]);
});

it('is told apart from any other error with the same code and charge', async () => {
  const error = new AiImageError('unavailable', `the call ${ID} is in progress elsewhere`, { charged: 'unknown' });
  expect(await perform(error)).toEqual({ result: error, waits: [] });
});
