import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextTurn } from '../../../src/transport/flow/wait.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Whether a task that is due now runs before `nextTurn` resolves. */
async function letsTasksRun(): Promise<boolean> {
  let hasRun = false;
  setTimeout(() => {
    hasRun = true;
  }, 0);
  // A task that is due waits for the event loop to reach its timers, so some turns may pass before.
  for (let turn = 0; turn < 1_000_000 && !hasRun; turn++) await nextTurn();
  return hasRun;
}

describe('nextTurn', () => {
  it('lets other tasks run', async () => {
    expect(await letsTasksRun()).toBe(true);
  });

  it.each([
    ['is missing', undefined],
    [
      'must not be used, as in the edge runtime of Next.js',
      class {
        constructor() {
          throw new Error('A Node.js API is used (MessageChannel) which is not supported in the Edge Runtime.');
        }
      },
    ],
  ])('lets other tasks run where MessageChannel %s', async (_, value) => {
    vi.stubGlobal('MessageChannel', value);
    expect(await letsTasksRun()).toBe(true);
  });
});
