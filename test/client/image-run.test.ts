/** The store of one run, against a real server: what a page sees from the first request to the images. */
import { afterAll, describe, expect, it } from 'vitest';
import { createClient, createImageRun, type ImageRunState } from '../../src/client/index.ts';
import { AiImageError } from '../../src/index.ts';
import { createGate } from '../server/gate.ts';
import { TOKEN } from '../server/support.ts';
import { useClients } from './support.ts';

const start = useClients();
const FOX = { prompt: 'a fox', size: '64x64' } as const;

/** A gate as the providers of a server. It is open at the end, so that no call keeps a server from closing. */
function gateAsProviders(settings?: Parameters<typeof createGate>[0]) {
  const gate = createGate(settings);
  afterAll(gate.open);
  return { ...gate, providers: { slow: gate.provider } };
}

/** Collects the states of a run. */
function record(run: ReturnType<typeof createImageRun>): ImageRunState[] {
  const states: ImageRunState[] = [];
  run.subscribe((state) => states.push(state));
  return states;
}

describe('a run', () => {
  it('goes from idle to done, with unfinished images on the way', async () => {
    const { client } = await start();
    const run = createImageRun(client);
    const states = record(run);
    const end = await run.start(FOX);
    expect(states[0]).toEqual({ status: 'idle', previews: [], images: [], warnings: [] });
    expect(states[1]?.status).toBe('starting');
    const previews = states.flatMap((state) => state.previews);
    expect(previews[0]?.src).toMatch(/^data:image\/png;base64,iVBOR/);
    expect(end).toMatchObject({ status: 'done', provider: 'stub', costUsd: 0, previews: [] });
    expect(end.images).toEqual([
      expect.objectContaining({
        mediaType: 'image/png',
        width: 64,
        height: 64,
        src: expect.stringContaining('/files/'),
      }),
    ]);
    expect((await fetch(end.images[0]!.src)).status).toBe(200);
    expect(run.getState()).toBe(end);
  });

  it('has no unfinished images when it asks for none', async () => {
    const { client } = await start();
    const run = createImageRun(client);
    const states = record(run);
    expect((await run.start(FOX, { partialImages: 0 })).status).toBe('done');
    expect(states.flatMap((state) => state.previews)).toEqual([]);
  });

  it('of a request with input images is an edit', async () => {
    const { client } = await start();
    const first = await createImageRun(client).start(FOX);
    const second = await createImageRun(client).start({ prompt: 'at night', inputImages: [first.images[0]!.id!] });
    expect(second.status).toBe('done');
    expect((await client.getRun({ id: second.runId! })).operation).toBe('edit');
  });

  it('with the same key is the same call, and costs nothing again', async () => {
    const { client } = await start();
    const one = await createImageRun(client).start(FOX, { idempotencyKey: 'header-1' });
    const two = await createImageRun(client).start(FOX, { idempotencyKey: 'header-1' });
    expect(two.images.map(({ id }) => id)).toEqual(one.images.map(({ id }) => id));
    expect((await client.searchImages({})).images).toHaveLength(1);
  });

  it('says why it failed, whether that was charged, and what to do', async () => {
    const fails = new AiImageError('content_refused', 'the vendor refused the prompt', { charged: 'no' });
    const { providers, open } = gateAsProviders({ fails });
    open();
    const { client } = await start({ providers });
    const end = await createImageRun(client).start(FOX);
    expect(end).toMatchObject({ status: 'failed', images: [], error: { code: 'content_refused', charged: 'no' } });
  });

  it('whose outcome is unknown is not called failed', async () => {
    const { providers, open } = gateAsProviders({
      fails: new AiImageError('timeout', 'no answer', { charged: 'unknown' }),
    });
    open();
    const { client } = await start({ providers });
    expect(await createImageRun(client).start(FOX)).toMatchObject({ status: 'unknown', error: { charged: 'unknown' } });
  });

  it('that is refused before anything is sent says what is wrong', async () => {
    const { client } = await start();
    const end = await createImageRun(client).start({ prompt: ' ' });
    expect(end).toMatchObject({ status: 'failed', error: { charged: 'no' } });
    expect(end.error?.message).toContain('prompt');
  });

  it('that is cancelled ends as cancelled', async () => {
    const { providers, begun } = gateAsProviders();
    const { client } = await start({ providers });
    const run = createImageRun(client);
    const ended = run.start(FOX);
    await begun;
    await expect.poll(() => run.getState().runId).toBeDefined();
    await run.cancel();
    expect((await ended).status).toBe('cancelled');
  });

  it('refuses a second start until it has ended', async () => {
    const { providers, open } = gateAsProviders();
    const { client } = await start({ providers });
    const run = createImageRun(client);
    const ended = run.start(FOX);
    await expect(run.start(FOX)).rejects.toThrow('Create a store for each run');
    open();
    expect((await ended).status).toBe('done');
    expect((await run.start(FOX)).status).toBe('done');
  });
});

describe('a listener', () => {
  it('is called at once and with each state, and never after it was removed', async () => {
    const { client } = await start();
    const run = createImageRun(client);
    const seen: string[] = [];
    const remove = run.subscribe(({ status }) => seen.push(status));
    expect(seen).toEqual(['idle']);
    remove();
    await run.start(FOX);
    expect(seen).toEqual(['idle']);
  });
});

describe('a page that was loaded again', () => {
  it('attaches to a run that goes on, and gets its images', async () => {
    const { providers, begun, open, countCalls } = gateAsProviders();
    const { client } = await start({ providers });
    const before = createImageRun(client);
    void before.start(FOX);
    await begun;
    await expect.poll(() => before.getState().runId).toBeDefined();
    before.detach();
    const after = createImageRun(client);
    const ended = after.attach(before.getState().runId!);
    await expect.poll(() => after.getState().status).toBe('running');
    open();
    const end = await ended;
    expect(end).toMatchObject({ status: 'done', warnings: [] });
    expect(end.images).toHaveLength(1);
    expect(countCalls()).toBe(1);
    expect(before.getState().status).not.toBe('done');
  });

  it('attaches to a run that has ended, and says which images were deleted since', async () => {
    const { client } = await start();
    const first = await createImageRun(client).start({ ...FOX, n: 2 });
    await client.deleteImage({ id: first.images[0]!.id! });
    const end = await createImageRun(client).attach(first.runId!);
    expect(end.images.map(({ id }) => id)).toEqual([first.images[1]!.id]);
    expect(end.warnings).toEqual(['1 of the images of this run were deleted since.']);
  });

  it('is told that there is no such run', async () => {
    const { client } = await start();
    expect(await createImageRun(client).attach('not-a-run')).toMatchObject({
      status: 'failed',
      error: { code: 'run_not_found', charged: 'no' },
    });
  });
});

describe('a connection that breaks', () => {
  it('before the answer leads to the same request with the same key, and one bill', async () => {
    const { server } = await start();
    const keys: (string | null)[] = [];
    let breaks = 2;
    const client = createClient({
      url: server.url,
      token: TOKEN,
      reconnectMs: 1,
      async fetch(url, init) {
        const answer = await fetch(url, init);
        if (init.method !== 'POST') return answer;
        keys.push(new Headers(init.headers).get('idempotency-key'));
        if (breaks-- > 0) throw new TypeError('fetch failed');
        return answer;
      },
    });
    const end = await createImageRun(client).start(FOX);
    expect(end.status).toBe('done');
    expect(new Set(keys).size).toBe(1);
    expect((await client.searchImages({})).images).toHaveLength(1);
  });

  it('for longer than the run waits leaves the key, and the same request with it is one bill', async () => {
    const { server } = await start();
    let isBroken = true;
    const client = createClient({
      url: server.url,
      token: TOKEN,
      reconnectMs: 1,
      async fetch(url, init) {
        const answer = await fetch(url, init);
        if (isBroken) throw new TypeError('fetch failed');
        return answer;
      },
    });
    const run = createImageRun(client);
    const { status, error } = await run.start(FOX);
    expect([status, error?.code]).toEqual(['unknown', 'network_failed']);
    isBroken = false;
    expect((await run.start(FOX, { idempotencyKey: error?.idempotencyKey })).status).toBe('done');
    expect((await client.searchImages({})).images).toHaveLength(1);
  });

  it('forgets the run on reset, which leaves the call alone', async () => {
    const { providers, begun, open } = gateAsProviders();
    const { client } = await start({ providers });
    const run = createImageRun(client);
    void run.start(FOX);
    await begun;
    await expect.poll(() => run.getState().runId).toBeDefined();
    const { runId } = run.getState();
    run.reset();
    expect(run.getState().status).toBe('idle');
    open();
    expect((await createImageRun(client).attach(runId!)).status).toBe('done');
  });
});
