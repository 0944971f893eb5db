/** ComfyUI's events: progress and previews on its WebSocket, and polling when there is no WebSocket. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createComfyui } from '../../../src/providers/comfyui/index.ts';
import type { ImageEvent } from '../../../src/providers/protocol/index.ts';
import { startStopwatch } from '../../support/stopwatch.ts';
import {
  type ComfyServer,
  type Job,
  openComfyServer,
  plainPreview,
  preview,
  previewOf,
  savedImage,
} from './support/comfy-server.ts';

const request = { prompt: 'a red fox', size: '64x64' } as const;
const providerAt = ({ origin }: ComfyServer, settings = {}) =>
  createComfyui({ baseUrl: origin, deadlineMs: 8_000, ...settings });

/** Generates in ten steps, with a preview at each. */
async function draw(job: Job, server: ComfyServer, toPreview: (id: string) => Uint8Array = previewOf): Promise<void> {
  server.begin(job);
  for (let value = 1; value <= 10; value++) {
    await wait(40);
    server.tell(job, 'progress', { value, max: 10, node: '3' });
    if (job.extra.preview_method === 'auto') server.show(job, toPreview(job.id));
  }
  server.finish(job);
}

async function collect(events: AsyncIterable<ImageEvent>): Promise<readonly ImageEvent[]> {
  const all: ImageEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('the WebSocket', () => {
  it.each([
    ['with the id of the job', previewOf],
    ['without an id', () => plainPreview],
  ])('delivers progress, and previews %s', async (_, toPreview) => {
    await using server = await openComfyServer({ run: (job, own) => draw(job, own, toPreview) });
    const events = await collect(providerAt(server).stream!(request));

    const partials = events.filter(({ type }) => type === 'partial');
    expect(partials.map((each) => 'imageBytes' in each && Buffer.from(each.imageBytes).equals(preview))).toEqual([
      true,
      true,
    ]);
    const fractions = events.flatMap((each) =>
      each.type === 'progress' && each.fraction !== undefined ? [each.fraction] : [],
    );
    expect(fractions.length).toBeGreaterThanOrEqual(10);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ type: 'done' });
    expect(events.map(({ type }) => type).indexOf('submitted')).toBeLessThan(
      events.findIndex(({ type }) => type === 'partial'),
    );
  });

  it('requests no previews when the caller does not stream', async () => {
    await using server = await openComfyServer({ run: draw });
    const { images } = await providerAt(server).generate(request);
    expect(Buffer.from(images[0].imageBytes).equals(savedImage)).toBe(true);
    expect(server.jobs[0]?.extra).not.toHaveProperty('preview_method');
  });

  it('reports the end, so that one poll fetches the image without waiting', async () => {
    let elapsedMs = startStopwatch();
    await using server = await openComfyServer({
      async run(job, own) {
        await wait(1_500);
        own.finish(job);
        elapsedMs = startStopwatch();
      },
    });
    await providerAt(server).generate(request);
    expect(elapsedMs()).toBeLessThan(900);
    expect(server.at('/queue')).toHaveLength(1);
  });

  it('delivers events that came before the reply to the submit', async () => {
    await using server = await openComfyServer({ run: draw, answersLate: true });
    const elapsedMs = startStopwatch();
    const events = await collect(providerAt(server).stream!(request));
    expect(events.filter(({ type }) => type === 'progress').length).toBeGreaterThanOrEqual(10);
    expect(elapsedMs()).toBeLessThan(2_500);
  });

  it('does not end the job while the server still reports it as running', async () => {
    await using server = await openComfyServer({
      async run(job, own) {
        own.begin(job);
        own.tell(job, 'executing', { node: null });
        await wait(700); // the history entry appears a moment later
        own.finish(job);
      },
    });
    const { images } = await providerAt(server).generate(request);
    expect(images).toHaveLength(1);
    expect(server.at('/queue').length).toBeGreaterThan(1);
  });

  it('reports a failed run at once', async () => {
    await using server = await openComfyServer({
      async run(job, own) {
        own.begin(job);
        await wait(300);
        own.fail(job, 'torch.OutOfMemoryError', 'Allocation on device failed');
      },
    });
    const elapsedMs = startStopwatch();
    await expect(providerAt(server).generate(request)).rejects.toMatchObject({
      code: 'no_image',
      message: expect.stringContaining('torch.OutOfMemoryError: Allocation on device failed'),
      job: { id: expect.any(String) },
    });
    expect(elapsedMs()).toBeLessThan(2_000);
  });

  it('ignores messages about other jobs, and unreadable ones', async () => {
    await using server = await openComfyServer({
      async run(job, own) {
        own.begin(job);
        const stranger = { prompt_id: 'another' };
        own.tell(job, 'progress', { ...stranger, value: 1, max: 2 });
        own.tell(job, 'execution_success', stranger);
        own.show(job, previewOf('another'));
        for (const nonsense of ['', 'no json', '{"type":1}', '[]']) own.show(job, nonsense as unknown as Uint8Array);
        for (const nonsense of [[], [1], [0, 0, 0, 4, 255, 255, 255, 255, 1], [0, 0, 0, 9, 0, 0, 0, 0, 0]])
          own.show(job, Buffer.from(nonsense));
        await wait(200);
        own.finish(job);
      },
    });
    const events = await collect(providerAt(server).stream!(request));
    expect(events.filter(({ type }) => type === 'partial')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'done' });
    // The end of another job caused no poll: the server was polled when this job had ended.
    expect(server.at('/queue')).toHaveLength(1);
  });

  it('sends a proxy the same headers as every request', async () => {
    await using server = await openComfyServer({ run: draw });
    const headers = { 'x-proxy-token': 'proxy-token-0123456789' };
    await providerAt(server, { apiKey: 'bearer-0123456789', headers }).generate(request);
    const wanted = { authorization: 'Bearer bearer-0123456789', ...headers };
    expect(server.upgrades).toHaveLength(1);
    expect(server.upgrades[0]).toMatchObject(wanted);
    for (const seen of server.seen) expect(seen.headers).toMatchObject(wanted);
  });

  it('sends user name and password to a proxy that requires them', async () => {
    await using server = await openComfyServer({ run: draw });
    await providerAt(server, { basicAuth: 'jane:p\u00e4ssword' }).generate(request);
    const authorization = `Basic ${Buffer.from('jane:p\u00e4ssword').toString('base64')}`;
    expect(server.upgrades[0]).toMatchObject({ authorization });
    for (const seen of server.seen) expect(seen.headers).toMatchObject({ authorization });
  });
});

describe('without a WebSocket', () => {
  it('polls the job', async () => {
    await using server = await openComfyServer({ run: draw, hasNoSocket: true });
    const events = await collect(providerAt(server).stream!(request));
    expect(events.at(-1)).toMatchObject({ type: 'done' });
    expect(server.at('/queue').length).toBeGreaterThan(0);
  });

  it('polls the job from the moment the WebSocket closes', async () => {
    await using server = await openComfyServer({
      async run(job, own) {
        own.begin(job);
        await wait(300);
        own.breakLines();
        await wait(300);
        own.finish(job);
      },
    });
    const elapsedMs = startStopwatch();
    expect((await providerAt(server).generate(request)).images).toHaveLength(1);
    expect(elapsedMs()).toBeLessThan(3_000);
  });
});

describe('an abort', () => {
  async function abortWhile(standing: 'pending' | 'running' | 'over') {
    const server = await openComfyServer({
      run(job, own) {
        if (standing === 'running') own.begin(job);
      },
    });
    const stop = new AbortController();
    const waiting = providerAt(server).generate(request, { signal: stop.signal });
    await vi.waitFor(() => expect(server.jobs).toHaveLength(1), { timeout: 10_000 });
    await wait(50);
    if (standing === 'over') Object.assign(server.jobs[0]!, { standing: 'over' });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', job: { id: server.jobs[0]!.id } });
    await vi.waitFor(() => expect(server.at('/queue').length).toBeGreaterThan(0), { timeout: 10_000 });
    await wait(100);
    return server;
  }
  const asked = ({ seen }: ComfyServer) =>
    seen.filter(({ method, path }) => method === 'POST' && path !== '/prompt').map(({ path, json }) => [path, json]);

  it('interrupts the run by its id, and no other run', async () => {
    await using server = await abortWhile('running');
    expect(asked(server)).toEqual([['/interrupt', { prompt_id: server.jobs[0]!.id }]]);
  });

  it('removes the job from the queue', async () => {
    await using server = await abortWhile('pending');
    expect(asked(server)).toEqual([['/queue', { delete: [server.jobs[0]!.id] }]]);
  });

  it('stops nothing when the run has ended', async () => {
    await using server = await abortWhile('over');
    expect(asked(server)).toEqual([]);
  });
});

describe('a seed', () => {
  it('is random when none is requested, different each time, and reported in the result', async () => {
    await using server = await openComfyServer({ run: draw });
    const comfyui = providerAt(server);
    const results = [await comfyui.generate(request), await comfyui.generate(request)];
    const sent = server.jobs.map(({ graph }) => graph['3']?.inputs.seed);
    expect(results.map(({ images }) => images[0].seed)).toEqual(sent);
    expect(new Set(sent).size).toBe(2);
    for (const each of sent) expect(Number.isSafeInteger(each)).toBe(true);
  });
});
