/** What a call leaves in doubt is not bought again by a program that repeats it, and what the store cannot take is not lost. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRunList } from '../../../src/apps/server/runs/create-run-list.ts';
import { StubProvider } from '../../../src/index.ts';
import { closeServers } from '../../faults/hostile-server.ts';
import { finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { LIMITS, reasonOf, requestOf, useRunHosts } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const open = useRunHosts();

it('S24: a request that follows a doubtful one within a minute is taken for its repetition, without a key or a mark', async () => {
  const home = await startJobServer({ submit: (hit) => hit.reset() });
  let laterMs = 0;
  const { runs } = open({ providers: { vendor: jobProvider(home) }, now: () => Date.now() + laterMs });
  const lost = await runs.start(requestOf('a fox'));
  expect(await reasonOf(lost.result)).toMatchObject({ code: 'outcome_unknown' });
  const submits = home.submits();
  for (laterMs of [2_000, 50_000]) {
    const repeated = await runs.start(requestOf('a fox'));
    expect([repeated.id, repeated.isAdopted]).toEqual([lost.id, true]);
    expect(await reasonOf(repeated.result)).toMatchObject({ code: 'outcome_unknown' });
  }
  expect(home.submits()).toBe(submits);
  // Other requests, other tokens and a later wish are calls of their own.
  const others = [
    await runs.start(requestOf('a hen')),
    await runs.start(requestOf('a fox', {}, { name: 'bob' })),
    await (async () => {
      laterMs = 61_000;
      return runs.start(requestOf('a fox'));
    })(),
  ];
  for (const other of others) {
    expect(other.isAdopted).toBe(false);
    await reasonOf(other.result);
  }
  expect(home.submits()).toBe(submits + 3);
});

it('S24: a marked repetition joins a call that still runs, however long ago it began', async () => {
  let isDone = false;
  const home = await startJobServer({
    poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running', retryMs: 5 }),
  });
  let laterMs = 0;
  const { runs } = open({
    providers: { vendor: jobProvider(home, { limits: { minPollIntervalMs: 5 } } as never) },
    now: () => Date.now() + laterMs,
  });
  const first = await runs.start(requestOf('a fox'));
  laterMs = 20 * 60_000;
  const retry = await runs.start(requestOf('a fox', { isRetry: true }));
  expect(retry.id).toBe(first.id);
  isDone = true;
  await Promise.all([first.result, retry.result]);
  expect(home.bills()).toBe(1);
});

it('images that the store could not take go to the host, and to a repeated request', async () => {
  const { manager, store } = open({ providers: { stub: new StubProvider() } });
  const received: unknown[] = [];
  const faults: unknown[] = [];
  let generations = 0;
  const runs = createRunList({
    manager: {
      ...manager,
      async generate(request, context) {
        generations++;
        return { ...(await manager.generate(request, context)), saved: [] };
      },
    },
    ...{ store, tokens: ['ada'], limits: LIMITS, now: Date.now },
    onUnstored(images, call) {
      received.push([images.length, call]);
      throw new Error('the other disk is full too');
    },
    onError: (error) => faults.push(error),
  });
  const first = await runs.start(requestOf('a fox', { key: 'k1' }));
  const { images } = await first.result;
  expect(received).toEqual([[1, { id: first.id, token: 'ada' }]]);
  expect(faults).toEqual([new Error('the other disk is full too')]);
  const again = await runs.start(requestOf('a fox', { key: 'k1' }));
  expect((await again.result).images).toEqual(images);
  expect(generations).toBe(1);
  await runs.close(0);
});
