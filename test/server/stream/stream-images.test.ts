/** Streams of images, from a real manager. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEventChannel } from '../../../src/apps/server/openai/stream/event-channel.ts';
import { answerStream } from '../../../src/apps/server/openai/stream-images.ts';
import {
  AiImageError,
  type AiImageProvider,
  createImageManager,
  type ManagedGeneration,
  type ManagerRequest,
  StubProvider,
} from '../../../src/index.ts';
import { parseEvents, startRun } from './support.ts';

const request = { prompt: 'a red fox', size: '64x64' } satisfies ManagerRequest;
const png = (await new StubProvider().generateImage('a fox', { size: '64x64' })).imageBytes;
const pngOf = (base64: unknown) => Buffer.from(String(base64), 'base64').subarray(1, 4).toString('latin1');

const managers: { close: () => Promise<void> }[] = [];
afterAll(() => Promise.all(managers.map((manager) => manager.close())));
function managerOf(provider: AiImageProvider) {
  const manager = createImageManager({ providers: { one: provider } });
  managers.push(manager);
  return manager;
}

/** Makes an image when the test says so. */
function waitingProvider() {
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined); // the provider may wait for it later
  const provider: AiImageProvider = {
    async generateImage(prompt) {
      await ready.promise;
      return { imageBytes: png, format: 'png', promptUsed: prompt, model: 'm' };
    },
  };
  return { provider, finish: ready.resolve, fail: ready.reject };
}

/** Makes so many images, then refuses. */
function providerOf(images: number): AiImageProvider {
  let made = 0;
  return {
    async generateImage(promptUsed) {
      made += 1;
      if (made > images) throw new AiImageError('content_refused', 'refused', { charged: 'no' });
      return { imageBytes: png, format: 'png', promptUsed, model: 'm' };
    },
  };
}

const one = { operation: 'generate', images: 1, partialImages: 0 } as const;

describe('answerStream', () => {
  it('sends unfinished images, then the finished one with its usage and the settings that were applied', async () => {
    const run = startRun(managerOf(new StubProvider()), request, { wantsPartialImages: true });
    const answer = await answerStream({ run, ...one, partialImages: 2, headers: { 'x-imagen-run': run.id } });
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-imagen-run': run.id,
    });
    const events = parseEvents(await answer.text());
    expect(events.map(({ event }) => event)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    expect(events.map(({ data }) => data.partial_image_index)).toEqual([0, 1, undefined]);
    expect(events.map(({ event, data }) => data.type === event && pngOf(data.b64_json))).toEqual(['PNG', 'PNG', 'PNG']);
    const last = events.at(-1)?.data;
    expect(last).toMatchObject({ size: '64x64', output_format: 'png', quality: 'auto', background: 'auto' });
    expect(last?.usage).toMatchObject({ input_tokens: request.prompt.length, output_tokens: 1 });
    expect(last?.created_at).toBeGreaterThan(1_700_000_000);
  });

  it('sends no unfinished image with partial_images: 0, also when the call brings some', async () => {
    const run = startRun(managerOf(new StubProvider()), request, { wantsPartialImages: true });
    const events = parseEvents(await (await answerStream({ run, ...one })).text());
    expect(events.map(({ event }) => event)).toEqual(['image_generation.completed']);
  });

  it('sends several images in the order of their arrival, each once, and names edits', async () => {
    const manager = managerOf(new StubProvider());
    const run = startRun(manager, { ...request, n: 3, inputImages: [png] });
    const events = parseEvents(
      await (await answerStream({ run, operation: 'edit', images: 3, partialImages: 0 })).text(),
    );
    const { images } = await run.result;
    expect(events.map(({ event }) => event)).toEqual(Array.from({ length: 3 }, () => 'image_edit.completed'));
    expect(events.map(({ data }) => data.b64_json).sort()).toEqual(
      images.map(({ imageBytes }) => Buffer.from(imageBytes).toString('base64')).sort(),
    );
  });

  it('reports with the last image that came, if others failed', async () => {
    const run = startRun(managerOf(providerOf(2)), { ...request, n: 3 });
    const reportOf = ({ failures }: ManagedGeneration) => ({ failures: failures.length });
    const events = parseEvents(await (await answerStream({ run, ...one, images: 3, reportOf })).text());
    expect(events.map(({ data }) => data.imagen)).toEqual([undefined, { failures: 1 }]);
  });

  it('throws an error before the first event, so that it is answered with its status', async () => {
    const run = startRun(managerOf(new StubProvider({ refuse: true })), request);
    await expect(answerStream({ run, ...one })).rejects.toMatchObject({ code: 'content_refused' });
  });

  it('sends an error after the first event as an event', async () => {
    const { provider, fail } = waitingProvider();
    const run = startRun(managerOf(provider), request);
    const answer = await answerStream({ run, ...one, keepAliveMs: 1 });
    fail(new AiImageError('content_refused', 'no foxes'));
    const [event, ...others] = parseEvents(await answer.text());
    expect(event).toMatchObject({ event: 'error', data: { error: { code: 'moderation_blocked', param: null } } });
    expect(JSON.stringify(event)).not.toContain('no foxes');
    expect(others).toEqual([]);
  });

  it('begins with comments when the first event takes long, and the image follows', async () => {
    const { provider, finish } = waitingProvider();
    const run = startRun(managerOf(provider), request);
    const answer = await answerStream({ run, ...one, keepAliveMs: 1 });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let comments = 0; comments < 3; comments++) {
      expect((await reader.read()).value).toBe(': keep-alive\n\n');
    }
    finish();
    let text = '';
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    expect(parseEvents(text).map(({ event }) => event)).toEqual(['image_generation.completed']);
  });

  it('tells the progress of a job in comments', async () => {
    const run = startRun(managerOf(new StubProvider({ job: { polls: 3 } })), request);
    const text = await (await answerStream({ run, ...one, keepAliveMs: 1 })).text();
    expect(text).toMatch(/^: progress \d+ %$/m);
    expect(parseEvents(text)).toHaveLength(1);
  });

  it('S24: a reader that leaves ends the stream, not the call', async () => {
    const { provider, finish } = waitingProvider();
    const run = startRun(managerOf(provider), request);
    const answer = await answerStream({ run, ...one, keepAliveMs: 1 });
    const reader = answer.body!.getReader();
    await reader.read();
    await reader.cancel();
    finish();
    expect((await run.result).images).toHaveLength(1);
  });

  it('a reader that comes late gets the partial images', async () => {
    const run = startRun(managerOf(new StubProvider()), request, { wantsPartialImages: true });
    const answering = answerStream({ run, ...one, partialImages: 2 });
    await run.result;
    const events = parseEvents(await (await answering).text());
    expect(events.map(({ data }) => data.partial_image_index)).toEqual([0, 1, undefined]);
  });

  it('a slow reader gets the latest three previews instead of all', async () => {
    const channel = createEventChannel({ keepAliveMs: 60_000, onLeave: () => undefined });
    for (let index = 0; index < 5; index++) channel.send({ event: 'preview', data: { index }, replaces: 'preview' });
    channel.send({ event: 'done', data: { index: 5 } });
    channel.end();
    const events = parseEvents(await new Response(channel.body).text());
    expect(events.map(({ data }) => data.index)).toEqual([2, 3, 4, 5]);
  });
});
