/** A call is bought once, whatever its clients do. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPEAT_WINDOW_MS } from '../../../src/apps/server/runs/calls/request-records.ts';
import type { RunEvent } from '../../../src/apps/server/runs/run-list.ts';
import { closeServers, type Hit, until } from '../../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, startJobServer } from '../../faults/job-vendor.ts';
import { loadAdapters } from '../../faults/support.ts';
import { LIMITS, reasonOf, requestOf, useRunHosts } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
const open = useRunHosts();

/** A vendor with jobs that are done when the test says so. */
async function startVendor() {
  let isDone = false;
  const home = await startJobServer({
    poll: (hit: Hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running', retryMs: 5 }),
  });
  return {
    home,
    providers: { vendor: jobProvider(home, { limits: { minPollIntervalMs: 5 } } as never) },
    finish: () => {
      isDone = true;
    },
  };
}

it('S23: the same key twice is one bill and the same images, also after the call has ended', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs } = open({ providers });
  const first = await runs.start(requestOf('a fox', { key: 'k1' }));
  const second = await runs.start(requestOf('a fox', { key: 'k1' }));
  finish();
  const [one, two] = await Promise.all([first.result, second.result]);
  const third = await runs.start(requestOf('a fox', { key: 'k1' }));
  const three = await third.result;
  expect([first.isAdopted, second.isAdopted, third.isAdopted]).toEqual([false, true, true]);
  expect([two, three].map(({ saved }) => saved[0]?.id)).toEqual([one.saved[0]?.id, one.saved[0]?.id]);
  expect(three).toMatchObject({ isCached: true, cost: { usd: 0 } });
  expect(home.bills()).toBe(1);
  expect(runs.list()).toMatchObject([{ id: first.id, state: 'done', token: 'ada', prompt: 'a fox' }]);
});

it('S23: the same key of another token is another call', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs } = open({ providers });
  finish();
  const ada = await runs.start(requestOf('a fox', { key: 'k1' }));
  const bob = await runs.start(requestOf('a fox', { key: 'k1' }, { name: 'bob' }));
  await Promise.all([ada.result, bob.result]);
  expect(ada.id).not.toBe(bob.id);
  expect(home.bills()).toBe(2);
  expect(runs.list('bob').map(({ id }) => id)).toEqual([bob.id]);
});

it('S23: the same key with another body is refused with 422 and costs nothing, also by a later process', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs, close } = open({ providers });
  finish();
  await (await runs.start(requestOf('a fox', { key: 'k1' }))).result;
  const refusal = { status: 422, code: 'idempotency_key_reused', details: {} };
  expect(await reasonOf(runs.start(requestOf('a hen', { key: 'k1' })))).toMatchObject(refusal);
  await close();
  const later = open({ providers: (await startVendor()).providers });
  expect(await reasonOf(later.runs.start(requestOf('a hen', { key: 'k1' })))).toMatchObject(refusal);
  expect(home.bills()).toBe(1);
});

it('S24: a storm of retries without a key is one bill; a second wish is a second one', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs } = open({ providers });
  const first = await runs.start(requestOf('a fox'));
  const retries = await Promise.all(
    Array.from({ length: 20 }, () => runs.start(requestOf('a fox', { isRetry: true }))),
  );
  expect(new Set(retries.map(({ id }) => id))).toEqual(new Set([first.id]));
  expect(retries.every(({ isAdopted }) => isAdopted)).toBe(true);
  finish();
  await Promise.all([first, ...retries].map(({ result }) => result));
  expect(home.bills()).toBe(1);
  const wish = await runs.start(requestOf('a fox'));
  await wish.result;
  expect(wish.id).not.toBe(first.id);
  expect(home.bills()).toBe(2);
  // The latest one counts.
  expect((await runs.start(requestOf('a fox', { isRetry: true }))).id).toBe(wish.id);
});

it('joins no call that began 15 minutes ago', async () => {
  const { home, providers, finish } = await startVendor();
  let laterMs = 0;
  const { runs } = open({ providers, now: () => Date.now() + laterMs });
  finish();
  const first = await runs.start(requestOf('a fox'));
  await first.result;
  laterMs = REPEAT_WINDOW_MS;
  const retry = await runs.start(requestOf('a fox', { isRetry: true }));
  await retry.result;
  expect(retry.id).not.toBe(first.id);
  expect(home.bills()).toBe(2);
});

it('S24: each retry keeps the call known: those after 10 and 20 minutes join the same call', async () => {
  const { home, providers, finish } = await startVendor();
  let laterMs = 0;
  const { runs } = open({ providers, now: () => Date.now() + laterMs });
  const first = await runs.start(requestOf('a fox'));
  laterMs = 10 * 60_000;
  const second = await runs.start(requestOf('a fox', { isRetry: true }));
  laterMs = 20 * 60_000;
  const third = await runs.start(requestOf('a fox', { isRetry: true }));
  finish();
  await Promise.all([first, second, third].map(({ result }) => result));
  expect([second.id, third.id]).toEqual([first.id, first.id]);
  expect(home.bills()).toBe(1);
});

it('S16: calls beyond the places wait, further ones get 503, and a repeated one takes no place', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs } = open({ providers, limits: { ...LIMITS, callsPerToken: 1, waitingPerToken: 1 } });
  const first = await runs.start(requestOf('one'));
  const second = await runs.start(requestOf('two'));
  const refused = await reasonOf(runs.start(requestOf('three')));
  expect(refused).toMatchObject({ status: 503, code: 'overloaded', details: { mayRetry: true, retryAfterMs: 5_000 } });
  expect((await runs.start(requestOf('two', { isRetry: true }))).id).toBe(second.id);
  await until(() => runs.counts().running === 1, 5_000);
  expect(runs.counts()).toEqual({ running: 1, waiting: 1 });
  expect(second.summary().state).toBe('waiting');
  // Other tokens have places of their own.
  const bob = await runs.start(requestOf('four', {}, { name: 'bob' }));
  finish();
  await Promise.all([first.result, second.result, bob.result]);
  expect(home.bills()).toBe(3);
  expect(runs.counts()).toEqual({ running: 0, waiting: 0 });
});

it('S25: a call of a process that is gone is fetched by its key or by a retry, and found by its id', async () => {
  const { home, providers } = await startVendor();
  const dead = open({ providers });
  const keyed = await dead.runs.start(requestOf('a fox', { key: 'k1' }));
  const other = await dead.runs.start(requestOf('a hen'));
  await until(() => home.polls.length > 2, 10_000);
  await until(() => [keyed, other].every((run) => run.summary().job !== undefined), 10_000);
  await dead.close();
  expect(home.cancels).toHaveLength(0);
  const later = open({ providers: { vendor: jobProvider({ origin: home.origin }) } });
  expect(await later.runs.find(keyed.id)).toMatchObject({ id: keyed.id, state: 'running', token: 'ada' });
  const again = [
    await later.runs.start(requestOf('a fox', { key: 'k1' })),
    await later.runs.start(requestOf('a hen', { isRetry: true })),
  ];
  expect(again.map(({ id, isAdopted }) => [id, isAdopted])).toEqual([
    [keyed.id, true],
    [other.id, true],
  ]);
  expect(home.bills()).toBe(2);
});

it('S25: open jobs are fetched in the background after a restart, and reported as events', async () => {
  const { home, providers, finish } = await startVendor();
  const dead = open({ providers });
  const run = await dead.runs.start(requestOf('a fox', { key: 'k1' }));
  await until(() => run.summary().job !== undefined, 10_000);
  await dead.close();
  finish();
  const later = open({ providers: { vendor: jobProvider(home) } });
  await later.runs.resumeOpenJobs();
  const end = new AbortController();
  const seen: RunEvent[] = [];
  for await (const event of later.runs.events({ after: 0, signal: end.signal })) {
    seen.push(event);
    end.abort();
  }
  expect(seen).toMatchObject([{ sequence: 1, type: 'done', run: { id: run.id, prompt: 'a fox', state: 'done' } }]);
  const replay = await later.runs.start(requestOf('a fox', { key: 'k1' }));
  expect((await replay.result).saved.map(({ id }) => id)).toEqual(seen[0]?.run.artifacts);
  expect(home.bills()).toBe(1);
});

it('a call that failed without a charge is sent again by the same key; one that may have been charged is not', async () => {
  let answer = 400;
  const home = await startJobServer({
    submit: (hit) =>
      answer === 200 ? hit.reply(200, { id: 'j1' }) : answer === 0 ? hit.reset() : hit.reply(answer, { error: 'no' }),
  });
  const { runs } = open({ providers: { vendor: jobProvider(home, { deadlineMs: 2_000 }) } });
  const refused = await runs.start(requestOf('a fox', { key: 'k1' }));
  await reasonOf(refused.result);
  expect(refused.summary()).toMatchObject({ state: 'failed', error: { charged: 'no' } });
  answer = 200;
  await (await runs.start(requestOf('a fox', { key: 'k1' }))).result;
  answer = 0;
  const lost = await runs.start(requestOf('a hen', { key: 'k2' }));
  expect(await reasonOf(lost.result)).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  const submits = home.submits();
  const again = await runs.start(requestOf('a hen', { key: 'k2' }));
  expect(await reasonOf(again.result)).toMatchObject({ code: 'outcome_unknown' });
  expect(again.summary().state).toBe('unknown');
  expect(home.submits()).toBe(submits);
});

it('cancel ends the call at the vendor', async () => {
  const { home, providers } = await startVendor();
  const { runs } = open({ providers });
  const run = await runs.start(requestOf('a fox'));
  await until(() => run.summary().job !== undefined, 10_000);
  expect(await runs.cancel(run.id)).toBe(true);
  expect(await reasonOf(run.result)).toMatchObject({ code: 'aborted' });
  expect(run.summary().state).toBe('cancelled');
  await until(() => home.cancels.length > 0, 5_000);
  expect(home.cancels).toHaveLength(1);
  expect(await runs.cancel(run.id)).toBe(false);
  expect(await runs.cancel('a-call-of-another-program')).toBe(false);
});

it('reports events with their sequence, and keeps no bytes', async () => {
  const { providers, finish } = await startVendor();
  const { runs } = open({ providers });
  finish();
  const run = await runs.start(requestOf('a fox'));
  await run.result;
  const types: string[] = [];
  const end = new AbortController();
  for await (const event of runs.events({ after: 0, token: 'ada', signal: end.signal })) {
    types.push(event.type);
    expect(event.sequence).toBe(types.length);
    if (event.type === 'done') end.abort();
  }
  expect(types[0]).toBe('queued');
  expect(types).toContain('submitted');
  expect(JSON.stringify(runs.list())).not.toContain('imageBytes');
});

it('adds the name and the profile of the token, and refuses models that it may not use', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs, store } = open({ providers: { ...providers, direct: directProvider(home) } });
  finish();
  const caller = { name: 'ada', models: ['vendor/test-1'] };
  const refused = await reasonOf(
    runs.start({ ...requestOf('a fox', {}, caller), request: { prompt: 'a fox', provider: 'direct' } }),
  );
  expect(refused).toMatchObject({ status: 403, code: 'model_not_allowed', details: { param: 'model' } });
  const fallback = await reasonOf(
    runs.start({
      ...requestOf('a fox', {}, caller),
      request: { prompt: 'a fox', provider: 'vendor', fallback: ['direct'] },
    }),
  );
  expect(fallback).toMatchObject({ status: 403 });
  expect(home.bills()).toBe(0);
  const run = await runs.start({
    ...requestOf('a fox', {}, caller),
    request: { prompt: 'a fox', size: '64x64', metadata: { team: 'x' } },
  });
  const { saved } = await run.result;
  const { request, provider } = await store.get(saved[0]?.id ?? '');
  expect(provider).toBe('vendor');
  expect(request.metadata).toEqual({ team: 'x', costCenter: 'ada' });
});

it('refuses new calls while it closes, and lets running ones end', async () => {
  const { home, providers, finish } = await startVendor();
  const { runs } = open({ providers, limits: { ...LIMITS, callsPerToken: 1 } });
  const running = await runs.start(requestOf('one'));
  const waiting = await runs.start(requestOf('two'));
  const refusal = reasonOf(waiting.result);
  await until(() => running.summary().job !== undefined, 10_000);
  const closed = runs.close(30_000);
  expect(await refusal).toMatchObject({ status: 503, code: 'server_closing' });
  expect(await reasonOf(runs.start(requestOf('three')))).toMatchObject({ status: 503, code: 'server_closing' });
  finish();
  await closed;
  expect((await running.result).saved).toHaveLength(1);
  expect(home.bills()).toBe(1);
});
