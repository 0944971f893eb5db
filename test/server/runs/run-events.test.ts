/** What the log of events keeps. */
import { expect, it } from 'vitest';
import { createRunEvents } from '../../../src/apps/server/runs/run-events.ts';
import type { RunEvent, RunSummary } from '../../../src/apps/server/runs/run-list.ts';

const summaryOf = (id: string): RunSummary => ({
  ...{ id, state: 'running', token: 'ada', startedAt: '2026-11-30T00:00:00.000Z' },
  ...{ operation: 'generate', prompt: '', images: 1, artifacts: [] },
});
const eventOf = (run: string, byte?: number): Omit<RunEvent, 'sequence'> => ({
  ...{ at: '2026-11-30T00:00:00.000Z', type: byte === undefined ? 'progress' : 'partial', run: summaryOf(run) },
  ...(byte !== undefined && { partial: { index: 0, imageBytes: Uint8Array.of(byte), format: 'png' } }),
});

/** The bytes of all unfinished images that are still kept. */
async function keptBytes(events: ReturnType<typeof createRunEvents>, count: number): Promise<readonly number[]> {
  const bytes: number[] = [];
  let left = count;
  for await (const { partial } of events.follow({ after: 0, signal: new AbortController().signal })) {
    if (partial) bytes.push(...partial.imageBytes);
    if (--left === 0) break;
  }
  return bytes;
}

it('keeps the latest unfinished image of each run, and only until its next event', async () => {
  const events = createRunEvents();
  for (const event of [eventOf('a', 1), eventOf('b', 2), eventOf('a', 3)]) events.add(event);
  expect(await keptBytes(events, 3)).toEqual([2, 3]);
  events.add(eventOf('a'));
  expect(await keptBytes(events, 4)).toEqual([2]);
});

it('forgets the right image after the oldest events were removed', async () => {
  const events = createRunEvents();
  events.add(eventOf('a', 1));
  for (let index = 0; index < 1_500; index++) events.add(eventOf(`other-${index}`));
  events.add(eventOf('b', 7));
  events.add(eventOf('a', 9));
  expect(await keptBytes(events, 1_000)).toEqual([7, 9]);
});
