/** What a server keeps of its calls is bounded: 1,000 calls, 1,000 events, and no image of a call that has ended. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createRunEvents } from '../../src/apps/server/runs/run-events.ts';
import type { RunSummary } from '../../src/apps/server/runs/run-list.ts';
import { StubProvider } from '../../src/index.ts';
import { LIMITS, reasonOf, requestOf, useRunHosts } from '../server/runs/support.ts';

const open = useRunHosts();

/** Collects garbage until the object is gone. @returns whether it is */
async function isCollected(object: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void; // of the engine
  for (let attempt = 0; attempt < 20 && object.deref() !== undefined; attempt++) {
    await nextTick();
    collectGarbage();
  }
  return object.deref() === undefined;
}

it('the list has the latest 1,000 calls; earlier ones that have ended are forgotten', async () => {
  const { runs } = open({ providers: { stub: new StubProvider() }, limits: { ...LIMITS, waitingPerToken: 2_000 } });
  const ids: string[] = [];
  for (let at = 0; at < 1_003; at++) {
    // The manager refuses each of them before anything is sent.
    const start = requestOf(`fox ${at}`);
    const run = await runs.start({ ...start, request: { ...start.request, n: 0 } });
    expect(await reasonOf(run.result)).toMatchObject({ charged: 'no' });
    ids.push(run.id);
  }
  expect(runs.list().map(({ id }) => id)).toEqual(ids.slice(3).reverse());
  expect(runs.counts()).toEqual({ running: 0, waiting: 0 });
}, 120_000);

it('a client gets at most the latest 1,000 events', async () => {
  const events = createRunEvents();
  const run: RunSummary = {
    ...{ id: 'run-1', state: 'running', token: 'ada', startedAt: '2026-11-30T00:00:00.000Z' },
    ...{ operation: 'generate', prompt: 'a fox', images: 1, artifacts: [] },
  };
  for (let at = 0; at < 1_500; at++) events.add({ at: run.startedAt, type: 'progress', run });
  const end = new AbortController();
  const sequences: number[] = [];
  for await (const { sequence } of events.follow({ after: 0, signal: end.signal })) {
    sequences.push(sequence);
    if (sequence === 1_500) end.abort();
  }
  expect([sequences.length, sequences[0]]).toEqual([1_000, 501]);
});

it('holds no image of a call that has ended, also while its events and its list are read', async () => {
  const { runs } = open({ providers: { stub: new StubProvider() } });
  const image = await (async () => {
    const { images } = await (await runs.start(requestOf('a fox'))).result;
    return new WeakRef<object>(images[0]!.imageBytes);
  })();
  expect(await isCollected(image)).toBe(true);
  expect(runs.list()).toMatchObject([{ state: 'done', artifacts: [expect.any(String)] }]);
});

it('an image that something holds is not collected', async () => {
  const held = new Uint8Array(1_000);
  expect(await isCollected(new WeakRef<object>(held))).toBe(false);
  expect(held).toHaveLength(1_000);
});
