/** One tool call is one bill: repeated calls, slow vendors, clients that leave, and processes that end. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { MediaProvider } from '../../src/index.ts';
import { AiImageError } from '../../src/index.ts';
import type { ToolProgress } from '../../src/tool/image-tools.ts';
import { closeServers, startServer } from '../faults/hostile-server.ts';
import { directProvider, finished, jobProvider, startJobServer } from '../faults/job-vendor.ts';
import { base64, png } from '../faults/support.ts';
import { PaidProvider, timeOutAfterSubmit } from '../manager/support.ts';
import { createGate, doneData, failureOf, type Gate, runningData, useToolHosts } from './tool-hosts.ts';

const startHost = useToolHosts();
afterAll(closeServers);

const idsOf = (result: Parameters<typeof doneData>[0]) => doneData(result).images.map(({ id }) => id);

/** A vendor that answers when the gate is open. */
function heldVendor(gate: Gate, settings: ConstructorParameters<typeof PaidProvider>[0] = {}): PaidProvider {
  const vendor = new PaidProvider(settings);
  const { generate } = vendor;
  const wait: MediaProvider['generate'] = async (...asked) => {
    const answer = await generate(...asked);
    await gate.isOpen;
    return answer;
  };
  return Object.assign(vendor, { generate: wait });
}

/** A vendor on a socket that answers when the test says so. */
async function startSlowVendor() {
  const [received, gate] = [createGate(), createGate()];
  const server = await startServer(async (hit) => {
    hit.bill();
    received.open();
    await gate.isOpen;
    hit.reply(200, { images: [{ bytes: base64(png(64)) }] });
  });
  return { server, vendor: directProvider(server), received: received.isOpen, answerIt: gate.open };
}

it('L15: an agent loop that repeats every call with its id, and again with other ids, pays once for each id', async () => {
  const vendor = new PaidProvider({ estimateUsd: 0.01 });
  const { generate } = startHost({ vendors: { vendor } });
  const wishes = ['a red fox', 'a blue fox'];
  for (const prompt of wishes) {
    const callId = randomUUID();
    const same = [];
    for (let time = 0; time < 3; time++) same.push(await generate({ prompt }, { callId }));
    expect(new Set(same.flatMap(idsOf)).size).toBe(1);
    expect(same.map((each) => doneData(each).cost_usd)).toEqual([0.01, 0, 0]);
    for (let time = 0; time < 3; time++) await generate({ prompt }, { callId: randomUUID() });
  }
  expect(vendor.bought).toBe(wishes.length * 4);
});

it('L15: the same call twice at the same moment is one bill, and takes one place in the limits', async () => {
  const vendor = new PaidProvider({ delayMs: 20 });
  const { generate } = startHost({ vendors: { vendor }, maxImages: 1 });
  const callId = randomUUID();
  const both = await Promise.all([generate({}, { callId }), generate({}, { callId }), generate({}, { callId })]);
  expect(new Set(both.flatMap(idsOf)).size).toBe(1);
  expect(vendor.bought).toBe(1);
});

it('L15: the same id with other arguments, with another tool or in another conversation is another call', async () => {
  const vendor = new PaidProvider();
  const { generate, store } = startHost({ vendors: { vendor } });
  const callId = randomUUID();
  await generate({}, { callId });
  await generate({ n: 2 }, { callId });
  await generate({}, { callId, conversation_id: 'another one' });
  expect(vendor.bought).toBe(3);
  await generate({ wait_seconds: 3, confirm_cost_usd: 9, n: null }, { callId });
  expect(vendor.bought).toBe(3);
  expect(await store.search()).toHaveLength(4);
});

it('L15: a short id such as call_0 counts within its conversation, and not for other sets of tools', async () => {
  const vendor = new PaidProvider();
  const { generate, manager, store } = startHost({ vendors: { vendor } });
  const other = startHost({ vendors: { vendor }, manager, store });
  const [first, again] = [await generate({}, { callId: 'call_0' }), await generate({}, { callId: 'call_0' })];
  expect(idsOf(again)).toEqual(idsOf(first));
  expect(idsOf(await other.generate({}, { callId: 'call_0' }))).not.toEqual(idsOf(first));
  const named = { callId: 'call_0', conversation_id: 'a conversation' };
  expect(idsOf(await other.generate({}, named))).toEqual(idsOf(await generate({}, named)));
  expect(vendor.bought).toBe(3);
});

it('a vendor that takes 90 s and a client that gives up at 60: get_image returns the image, and there is one bill', async () => {
  const gate = createGate();
  const vendor = heldVendor(gate);
  const { generate, call, clock, tools } = startHost({ vendors: { vendor } });
  const client = new AbortController();
  const callId = randomUUID();
  const answer = generate({}, { callId, signal: client.signal });
  await clock.isAwaited(45_000);
  clock.move(45_000);
  const { job_id, message } = runningData(await answer);
  expect(message).toContain('get_image');

  const longer = call('get_image', { job_id, wait_seconds: 300 }, { signal: client.signal });
  await clock.isAwaited(300_000);
  clock.move(15_000);
  client.abort();
  clock.move(1_000);
  expect(runningData(await longer).job_id).toBe(job_id);

  gate.open();
  const found = doneData(await call('get_image', { job_id, wait_seconds: 60 }));
  expect(found).toMatchObject({ job_id, cost_usd: 0.1 });
  expect(idsOf(await generate({}, { callId }))).toEqual(found.images.map(({ id }) => id));
  expect(vendor.bought).toBe(1);
  expect(tools.map(({ name }) => name)).toContain('get_image');
});

it('tells how far a call is when it changes, and every ten seconds', async () => {
  const { vendor, received, answerIt } = await startSlowVendor();
  const told: ToolProgress[] = [];
  const { generate, clock } = startHost({ vendors: { vendor } });
  const answer = generate({}, { onProgress: (progress) => told.push(progress) });
  await received;
  clock.move(10_000);
  clock.move(10_000);
  answerIt();
  doneData(await answer);
  expect(told.map(({ message }) => message)).toEqual([
    'vendor/test-1: starting, 0 s',
    'vendor/test-1: generating, 0 s',
    'vendor/test-1: generating, 10 s',
    'vendor/test-1: generating, 20 s',
    'vendor/test-1: storing, 20 s',
  ]);
});

it('a function for progress that throws does not stop the call', async () => {
  const { generate } = startHost({ vendors: { vendor: new PaidProvider() } });
  const onProgress = () => {
    throw new Error('a fault of the host');
  };
  expect(doneData(await generate({}, { onProgress })).images).toHaveLength(1);
});

it('L09: a client that leaves before anything was sent cancels the call; afterwards the call goes on', async () => {
  const { vendor, server, received, answerIt } = await startSlowVendor();
  const { generate, call, clock } = startHost({ vendors: { vendor } });
  const gone = failureOf(await generate({}, { signal: AbortSignal.abort() }));
  expect(gone.data).toMatchObject({ code: 'aborted', charged: 'no', job_id: expect.any(String) });
  expect(server.hits).toHaveLength(0);

  const client = new AbortController();
  const answer = generate({}, { signal: client.signal });
  await received;
  client.abort();
  await clock.isAwaited(250);
  clock.move(250);
  const { job_id } = runningData(await answer);
  answerIt();
  expect(doneData(await call('get_image', { job_id, wait_seconds: 60 })).images).toHaveLength(1);
  expect(server.bills()).toBe(1);
});

it('after a restart, a finished call returns its images and costs nothing', async () => {
  const vendor = new PaidProvider();
  const before = startHost({ vendors: { vendor } });
  const callId = randomUUID();
  const first = doneData(await before.generate({ n: 2 }, { callId }));
  await before.end();
  const after = startHost({ vendors: { vendor: new PaidProvider() } });
  expect(doneData(await after.call('get_image', { job_id: first.job_id }))).toMatchObject({
    images: first.images,
    cost_usd: first.cost_usd,
  });
  expect(doneData(await after.generate({ n: 2 }, { callId }))).toMatchObject({ images: first.images, cost_usd: 0 });
  expect(vendor.bought).toBe(1);
});

it('after a restart, get_image fetches the image of an open job without a further submit', async () => {
  let isDone = false;
  const vendor = await startJobServer({
    poll: (hit) => hit.reply(200, isDone ? finished(hit) : { status: 'running', retryMs: 5 }),
  });
  const before = startHost({ vendors: { jobs: jobProvider(vendor) }, answerWithinMs: 0 });
  const submitted = createGate();
  const callId = randomUUID();
  const answer = before.generate({}, { callId, onProgress: () => vendor.submits() > 0 && submitted.open() });
  await before.clock.isAwaited(0);
  before.clock.move(0);
  const { job_id } = runningData(await answer);
  while (vendor.polls.length === 0) await new Promise(setImmediate);
  await before.end();

  const without = startHost({ vendors: { other: new PaidProvider() } });
  const unfetched = failureOf(await without.call('get_image', { job_id }));
  expect(unfetched.data).toMatchObject({ code: 'not_configured', charged: 'unknown', retry: false });
  await without.end();

  isDone = true;
  const after = startHost({ vendors: { jobs: jobProvider(vendor) } });
  const [found, again] = await Promise.all([after.call('get_image', { job_id }), after.generate({}, { callId })]);
  expect(doneData(found).images).toHaveLength(1);
  expect(idsOf(again)).toEqual(idsOf(found));
  expect(vendor.submits()).toBe(1);
});

it('a job that was not done in time is fetched later by the same process, and is paid once', async () => {
  const server = await startJobServer();
  const { generate, call } = startHost({ vendors: { jobs: timeOutAfterSubmit(jobProvider(server)) } });
  const callId = randomUUID();
  const late = failureOf(await generate({}, { callId }));
  expect(late.data).toMatchObject({ code: 'timeout', charged: 'unknown', retry: false, job_id: expect.any(String) });
  expect(late.error).toContain('get_image');
  const found = await call('get_image', { job_id: late.data.job_id });
  expect(doneData(found).images).toHaveLength(1);
  expect(idsOf(await generate({}, { callId }))).toEqual(idsOf(found));
  expect(server.submits()).toBe(1);
});

it('a call that a person has settled as not charged may be sent again under its id', async () => {
  let isUp = false;
  const vendor = await startServer((hit) => {
    if (!isUp) return hit.reset();
    return hit.reply(200, { images: [{ bytes: base64(png(64)) }] });
  });
  const { generate, manager } = startHost({ vendors: { direct: directProvider(vendor) } });
  const callId = randomUUID();
  const { job_id } = failureOf(await generate({}, { callId })).data;
  isUp = true;
  expect(failureOf(await generate({}, { callId })).data.code).toBe('outcome_unknown');
  await manager.settle(job_id!, { charged: false });
  expect(doneData(await generate({}, { callId })).images).toHaveLength(1);
});

it('L15: a call with an unknown outcome is never sent again, and the answer says what a person can do', async () => {
  const vendor = await startServer((hit) => {
    hit.bill();
    hit.reset();
  });
  const vendors = { direct: directProvider(vendor) };
  const first = startHost({ vendors });
  const callId = randomUUID();
  const results = [await first.generate({}, { callId }), await first.generate({}, { callId })];
  const { job_id } = failureOf(results[0]!).data;
  results.push(await first.call('get_image', { job_id }));
  await first.end();
  const second = startHost({ vendors: { direct: directProvider(vendor) } });
  results.push(await second.generate({}, { callId }), await second.call('get_image', { job_id }));
  for (const result of results) {
    const { error, data } = failureOf(result);
    expect(data).toEqual({ code: 'outcome_unknown', charged: 'unknown', job_id, retry: false });
    expect(error).toContain('imagen jobs settle');
    expect(error).not.toMatch(/try again|send it again|retry/i);
  }
  expect(vendor.bills()).toBe(1);
});

it('a call that failed without a charge may be sent again under its id', async () => {
  let isUp = false;
  const vendor = await startServer((hit) => {
    if (!isUp) return hit.reply(400, { error: 'the size is odd' });
    hit.bill();
    return hit.reply(200, { images: [{ bytes: base64(png()) }] });
  });
  const { generate } = startHost({ vendors: { direct: directProvider(vendor) } });
  const callId = randomUUID();
  expect(failureOf(await generate({}, { callId })).data).toMatchObject({ code: 'invalid_request', charged: 'no' });
  isUp = true;
  expect(doneData(await generate({}, { callId })).images).toHaveLength(1);
  expect(vendor.bills()).toBe(1);
});

it('returns the images that were made when others of the call failed', async () => {
  const vendor = new PaidProvider({ refuse: [1, 3] });
  const { generate } = startHost({ vendors: { vendor } });
  const { images, warnings } = doneData(await generate({ n: 4 }, { callId: randomUUID() }));
  expect(images).toHaveLength(2);
  expect(warnings.filter((each) => each.endsWith('failed: content_refused.'))).toHaveLength(2);
});

it('L14: images that cannot be stored are a failure that says that they were charged, without a path', async () => {
  const vendor = new PaidProvider();
  const { generate, store, call } = startHost({ vendors: { vendor } });
  const save = () =>
    Promise.reject(new AiImageError('storage_failed', `cannot write to ${store.directory}/2026: no space left`));
  Object.assign(store, { save });
  const callId = randomUUID();
  const failed = failureOf(await generate({}, { callId }));
  expect(failed.data).toMatchObject({ code: 'storage_failed', charged: 'yes', retry: false });
  expect(JSON.stringify(failed)).not.toContain(store.directory);
  const { job_id } = failed.data;
  expect(failureOf(await call('get_image', { job_id })).data).toMatchObject({ code: 'storage_failed', job_id });
  expect(failureOf(await generate({}, { callId })).data.charged).toBe('yes');
  expect(vendor.bought).toBe(1);
});

it('several sets of tools with one manager find each other’s running calls', async () => {
  const gate = createGate();
  const vendor = heldVendor(gate);
  const first = startHost({ vendors: { vendor } });
  const second = startHost({ vendors: { vendor }, manager: first.manager, store: first.store });
  const answer = first.generate({ wait_seconds: 0 });
  await first.clock.isAwaited(0);
  first.clock.move(0);
  const { job_id } = runningData(await answer);
  const found = second.call('get_image', { job_id });
  await second.clock.isAwaited(45_000);
  gate.open();
  expect(doneData(await found).images).toHaveLength(1);
});

it('close waits for running calls, and calls after it are refused', async () => {
  const gate = createGate();
  const { generate, close, clock } = startHost({ vendors: { vendor: heldVendor(gate) } });
  const answer = generate();
  await clock.isAwaited(45_000);
  const closing = close();
  expect(failureOf(await generate()).error).toContain('closed');
  gate.open();
  await closing;
  expect(doneData(await answer).images).toHaveLength(1);
});

it('close aborts calls after its deadline, and says that they may have been charged', async () => {
  const { vendor, received } = await startSlowVendor();
  const { generate, close, clock } = startHost({ vendors: { vendor } });
  const answer = generate();
  await received;
  const closing = close({ deadlineMs: 5_000 });
  await clock.isAwaited(5_000);
  clock.move(5_000);
  expect(failureOf(await answer).data).toMatchObject({ charged: 'unknown', retry: false });
  await closing;
});

it('a call that another process makes is waited for, and its image is returned when it is there', async () => {
  const { vendor, server, received, answerIt } = await startSlowVendor();
  const first = startHost({ vendors: { vendor } });
  const second = startHost({ vendors: { vendor: directProvider(server) } });
  const callId = randomUUID();
  const made = first.generate({}, { callId });
  await received;
  const [{ id: job_id = '' } = {}] = await first.manager.jobs();
  expect(runningData(await second.generate({ wait_seconds: 0 }, { callId })).job_id).toBe(job_id);
  const told: string[] = [];
  const found = second.call('get_image', { job_id }, { onProgress: ({ message }) => told.push(message) });
  for (let time = 0; time < 5; time++) {
    await second.clock.isAwaited(2_000);
    second.clock.move(2_000);
  }
  await second.clock.isAwaited(2_000);
  expect(told).toEqual(['generating in another process, 10 s']);
  answerIt();
  const { images } = doneData(await made);
  second.clock.move(2_000);
  expect(doneData(await found).images).toEqual(images);
  expect(server.bills()).toBe(1);
});

it('L15: a call whose process died while it was sent has an unknown outcome, and is not sent again', async () => {
  const { vendor, server, received, answerIt } = await startSlowVendor();
  const first = startHost({ vendors: { vendor } });
  const callId = randomUUID();
  const lost = first.generate({}, { callId });
  await received;
  const [{ id: job_id = '' } = {}] = await first.manager.jobs();
  // As the end of a process does, this releases what the process holds.
  await first.store.close();
  const second = startHost({ vendors: { vendor: directProvider(server) } });
  for (const result of [await second.call('get_image', { job_id }), await second.generate({}, { callId })]) {
    expect(failureOf(result).data).toEqual({ code: 'outcome_unknown', charged: 'unknown', job_id, retry: false });
  }
  expect(server.hits).toHaveLength(1);
  answerIt();
  await lost;
});
