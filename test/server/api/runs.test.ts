/** Runs through the API: waiting, joining, watching, cancelling, and what each token sees. */
import { describe, expect, it } from 'vitest';
import { ApiError, type ApiRunEvent, createClient } from '../../../src/client/index.ts';
import { type AiImageProvider, StubProvider } from '../../../src/index.ts';
import { createGate } from '../gate.ts';
import { hashOf, TOKEN, useServers } from '../support.ts';

const start = useServers();
const FOX = { prompt: 'a fox', size: '64x64' } as const;
const OTHER_TOKEN = 'another-token-of-the-tests-0123456789';

async function startWithGate(settings: Parameters<typeof start>[0] = {}) {
  const gate = createGate();
  const server = await start({ providers: { slow: gate.provider }, ...settings });
  return { ...gate, server, client: createClient({ url: server.url, token: TOKEN, reconnectMs: 1 }) };
}

const TWO_TOKENS = [
  { name: 'ada', sha256: hashOf(TOKEN) },
  { name: 'bob', sha256: hashOf(OTHER_TOKEN) },
];

describe('an answer', () => {
  it('has status 202 and the run when the images take longer, and the run goes on', async () => {
    const { server, client, begun, open, countCalls } = await startWithGate();
    const answer = await server.post('/api/generate?wait=0', FOX);
    expect(answer.status).toBe(202);
    const { run } = (await answer.json()) as { run: { id: string; state: string } };
    expect(answer.headers.get('location')).toBe(`/api/runs/${run.id}`);
    expect(answer.headers.get('x-imagen-run')).toBe(run.id);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    await begun;
    expect(await client.getRun({ id: run.id })).toMatchObject({ state: 'running', artifacts: [] });
    open();
    const events = await collect(client.watchRun({ id: run.id }));
    expect(events.at(-1)).toMatchObject({ type: 'done', run: { state: 'done', provider: 'slow' } });
    const [id] = (await client.getRun({ id: run.id })).artifacts;
    expect(await client.getImage({ id: id! })).toMatchObject({ call: run.id, prompt: 'a fox' });
    expect(countCalls()).toBe(1);
  });

  it('with images tells the client not to send the request again', async () => {
    const { server, open } = await startWithGate();
    open();
    const answer = await server.post('/api/generate', FOX);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  it('S23: to the same key has the same run, and the call is made once', async () => {
    const { client, open, countCalls } = await startWithGate();
    open();
    const key = { idempotencyKey: 'a-key-of-the-tests' };
    const first = await client.generate(FOX, key);
    const again = await client.generate(FOX, key);
    expect(again.run.id).toBe(first.run.id);
    expect(again.generation?.images.map(({ id }) => id)).toEqual(first.generation?.images.map(({ id }) => id));
    expect(countCalls()).toBe(1);
    const other = await client.generate({ ...FOX, prompt: 'a bear' }, key).catch((error: unknown) => error);
    expect(other).toMatchObject({ status: 422, code: 'idempotency_key_reused', charged: 'no' });
    expect(countCalls()).toBe(1);
  });

  it('to the same key says so when the images were deleted, and generates nothing', async () => {
    const { client, open, countCalls } = await startWithGate();
    open();
    const key = { idempotencyKey: 'a-key-of-the-tests' };
    const { generation } = await client.generate(FOX, key);
    await client.deleteImage({ id: generation!.images[0]!.id! });
    const error = await client.generate(FOX, key).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 410, code: 'images_deleted', charged: 'no', mayRetry: false });
    expect((error as ApiError).message).toMatch(/deleted.*new Idempotency-Key/);
    expect(countCalls()).toBe(1);
  });

  it('S24: that the client does not wait for leaves the call running, and its image in the store', async () => {
    const { server, client, begun, open, countCalls } = await startWithGate();
    const stop = new AbortController();
    const key = { idempotencyKey: 'a-key-of-the-tests' };
    const lost = client.generate(FOX, { ...key, signal: stop.signal }).catch(() => 'lost');
    await begun;
    stop.abort();
    expect(await lost).toBe('lost');
    open();
    const { run } = await client.generate(FOX, key);
    expect(countCalls()).toBe(1);
    expect(await server.store.search({ call: run.id })).toHaveLength(1);
  });

  it('names the refused field, and nothing was charged', async () => {
    const { url } = await start();
    const client = createClient({ url, token: TOKEN });
    const error = await client.generate({ ...FOX, size: '8000x8000' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, param: 'size', charged: 'no', mayRetry: false });
    expect((error as ApiError).message).not.toContain('request.');
  });

  it('S21: to a failed call has no words of the provider', async () => {
    const provider: AiImageProvider = {
      generateImage: async () => {
        throw new Error('the vendor said: key sk-secret at /home/vendor/file');
      },
    };
    const { url } = await start({ providers: { broken: provider } });
    const client = createClient({ url, token: TOKEN });
    const error = (await client.generate(FOX).catch((thrown: unknown) => thrown)) as ApiError;
    expect(error).toMatchObject({ charged: 'unknown', mayRetry: false, call: expect.any(String) });
    const run = await client.getRun({ id: error.call! });
    const { jobs } = await client.listJobs();
    const all = JSON.stringify([error.message, error.hint, run, await client.listRuns(), jobs]);
    expect(run.error?.message.length).toBeGreaterThan(10);
    expect(jobs[0]?.lastAttempt?.message.length).toBeGreaterThan(10);
    expect(all).not.toMatch(/vendor said|sk-secret|\/home/);
  });
});

describe('a run', () => {
  it('is cancelled on request', async () => {
    const { client, begun } = await startWithGate();
    const { run } = await client.generate({ ...FOX, wait: 0 });
    await begun;
    expect(await client.cancelRun({ id: run.id })).toMatchObject({ isCancelling: true });
    const events = await collect(client.watchRun({ id: run.id }));
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(await client.cancelRun({ id: run.id })).toMatchObject({ isCancelling: false });
  });

  it('is not there for another token: not in lists, not by id, not in events', async () => {
    const { server, client, open } = await startWithGate({ tokens: TWO_TOKENS });
    const other = createClient({ url: server.url, token: OTHER_TOKEN });
    const stop = new AbortController();
    const seen = other.watchRuns({}, { signal: stop.signal })[Symbol.asyncIterator]();
    const first = seen.next();
    open();
    const { run } = await client.generate(FOX);
    for (const call of [other.getRun, other.cancelRun]) {
      await expect(call({ id: run.id })).rejects.toMatchObject({ status: 404, code: 'run_not_found' });
    }
    await expect(other.watchRun({ id: run.id })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 404 });
    expect(await other.listRuns()).toEqual({ runs: [], total: 0 });
    const { run: own } = await other.generate(FOX);
    expect((await first).value?.run).toMatchObject({ id: own.id, token: 'bob' });
    stop.abort();
    // Images belong to the store.
    expect((await other.searchImages()).images).toHaveLength(2);
  });

  it('that has ended sends its end, also to a client that asks later', async () => {
    const { client, open } = await startWithGate();
    open();
    const { run } = await client.generate(FOX);
    const events = await collect(client.watchRun({ id: run.id }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'done', run: { id: run.id, artifacts: [expect.any(String)] } });
  });
});

describe('unfinished images', () => {
  it('are in the events of their run, when the request asks for them', async () => {
    const server = await start();
    const client = createClient({ url: server.url, token: TOKEN, reconnectMs: 1 });
    const all = client.watchRuns()[Symbol.asyncIterator]();
    const first = all.next();
    const { run } = await client.generate({ ...FOX, wait: 0, partialImages: 2 });
    const events = await collect(client.watchRun({ id: run.id }));
    const [partial] = events.filter(({ image }) => image !== undefined);
    expect(partial).toMatchObject({ type: 'partial', image: { index: 0, mediaType: 'image/png' } });
    expect(Buffer.from(partial!.image!.base64, 'base64').subarray(1, 4).toString()).toBe('PNG');

    const ofAll = [(await first).value as ApiRunEvent];
    while (ofAll.at(-1)?.type !== 'done') ofAll.push((await all.next()).value as ApiRunEvent);
    expect(ofAll.some(({ type }) => type === 'partial')).toBe(true);
    expect(ofAll.filter(({ image }) => image !== undefined)).toEqual([]);
    await all.return?.(undefined);
  });

  it('are not kept: of a run only the latest one is, and none after its end', async () => {
    const server = await start();
    const client = createClient({ url: server.url, token: TOKEN, reconnectMs: 1 });
    const { run } = await client.generate({ ...FOX, partialImages: 2 });
    const { cursor } = (await collect(client.watchRun({ id: run.id })))[0]!;
    const known = await server.send(`/api/runs/events?after=${cursor.replace(/\d+$/, '0')}`);
    const reader = known.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: done')) text += (await reader.read()).value ?? '';
    await reader.cancel();
    expect(text).toContain('event: partial');
    expect(text).not.toContain('base64');
  });
});

describe('events of all runs', () => {
  it('continue behind a cursor, and begin again with that of another process', async () => {
    const { server, client, open } = await startWithGate();
    open();
    const stop = new AbortController();
    const live = client.watchRuns({}, { signal: stop.signal })[Symbol.asyncIterator]();
    const first = live.next();
    await client.generate(FOX);
    const { value } = await first;
    await client.generate(FOX);
    const { cursor } = value as ApiRunEvent;
    const [process] = cursor.split('.');
    const next = client.watchRuns({ after: cursor }, { signal: stop.signal })[Symbol.asyncIterator]();
    expect((await next.next()).value?.cursor).toBe(`${process}.${Number(cursor.split('.')[1]) + 1}`);
    const all = client.watchRuns({ after: 'other.99' }, { signal: stop.signal })[Symbol.asyncIterator]();
    expect((await all.next()).value?.cursor).toBe(`${process}.1`);
    stop.abort();
    const standard = await server.send('/api/runs/events', { headers: { 'last-event-id': `${process}.0` } });
    expect(standard.headers.get('content-type')).toContain('text/event-stream');
    const reader = standard.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes(`id: ${process}.1\n`)) text += (await reader.read()).value ?? '';
    await reader.cancel();
  });
});

it('ends its streams when the server closes', async () => {
  const { server } = await startWithGate();
  const answer = await server.send('/api/runs/events');
  const text = answer.text();
  await server.close();
  expect(await text).toBe(': connected\n\n');
});

describe('a token', () => {
  it('has its own usage and budget', async () => {
    const [one, other] = TWO_TOKENS;
    const { url } = await start({ tokens: [one!, { ...other!, perDayUsd: 5 }] });
    const ada = createClient({ url, token: TOKEN });
    const bob = createClient({ url, token: OTHER_TOKEN });
    await ada.generate(FOX);
    await ada.generate(FOX);
    await bob.generate(FOX);
    expect((await ada.getUsage()).total.images).toBe(2);
    expect((await bob.getUsage()).total.images).toBe(1);
    expect((await bob.getUsage({ of: 'all', by: 'provider' })).rows).toMatchObject([{ name: 'stub', images: 3 }]);
    expect(await ada.getBudget()).not.toHaveProperty('limitUsd');
    expect(await bob.getBudget()).toMatchObject({ token: 'bob', limitUsd: 5, leftUsd: 5, spentUsd: 0 });
  });

  it('sees and plans only the models that it may use', async () => {
    const tokens = [{ name: 'ada', sha256: hashOf(TOKEN), models: ['two/stub-1'] }];
    const providers = { one: new StubProvider(), two: new StubProvider() };
    const { url } = await start({ tokens, providers });
    const client = createClient({ url, token: TOKEN });
    const { providers: listed } = await client.listProviders();
    expect(listed.map(({ name, models }) => [name, models.map(({ id }) => id)])).toEqual([['two', ['stub-1']]]);
    const { candidates } = await client.plan(FOX);
    expect(candidates.map(({ provider, model }) => `${provider}/${model}`)).toEqual(['two/stub-1']);
    const refused = await client.plan({ ...FOX, provider: 'one' }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ status: 403, code: 'model_not_allowed' });
  });
});

async function collect<T>(events: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}
