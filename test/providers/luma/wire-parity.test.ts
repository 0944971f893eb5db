/**
 * Sends the same calls with Luma's Dream Machine client and with ours to the same server, and compares the requests. The client of the
 * Agents API is not published on npm; the recorded conversations show what it sends.
 */
import { LumaAI } from 'lumaai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLuma } from '../../../src/providers/luma/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'luma-photon-parity-0123456789';
const prompt = 'a red square';
const id = '123e4567-e89b-12d3-a456-426614174000';

const DIFFERENCES = {
  'x-stainless-*': 'The client describes itself.',
} as const satisfies Readonly<Record<string, string>>;
const WITHOUT_BODY = {
  ...DIFFERENCES,
  accept: 'The client accepts anything when no reply is expected.',
  'content-type': 'The client sends one although there is no body.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
let isOver = true;
beforeAll(async () => {
  const jpeg = Buffer.from(await encodeSketch({ $image: 'jpeg', width: 64, height: 64 }));
  server = await openCaptureServer(({ method, path }, response) => {
    if (path.startsWith('/cdn/')) return void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg);
    if (method === 'DELETE') return void response.writeHead(204).end();
    const state = method === 'POST' ? 'queued' : isOver ? 'completed' : 'dreaming';
    const assets = state === 'completed' ? { image: `${server.origin}/cdn/0.jpg` } : null;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id, state, assets }));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const base = () => `${server.origin}/dream-machine/v1`;
const official = () => new LumaAI({ authToken: KEY, baseURL: base(), maxRetries: 0 });
const ours = () =>
  createLuma({
    apiKey: 'the-other-key',
    photonApiKey: KEY,
    photonUrl: base(),
    baseUrl: `${server.origin}/v1`,
    limits: { minPollIntervalMs: 10 },
  });

/** Everything that one call sends, without the download. */
async function seenOf(call: () => Promise<unknown>): Promise<readonly Captured[]> {
  server.forget();
  await call();
  return server.captured.filter(({ path }) => !path.startsWith('/cdn/'));
}

const references = {
  image_ref: [{ url: 'https://host.example/a.png', weight: 0.85 }],
  style_ref: [{ url: 'https://host.example/s.png', weight: 0.8 }],
  character_ref: { identity0: { images: ['https://host.example/c.png'] } },
  modify_image_ref: { url: 'https://host.example/m.png', weight: 1 },
  callback_url: 'https://host.example/hook',
};

async function submits(body: LumaAI.Generations.ImageCreateParams) {
  const [theirs] = await seenOf(() => official().generations.image.create(body));
  const [own] = await seenOf(() =>
    ours().submit!({ prompt, model: 'photon-1', aspectRatio: '16:9', format: 'jpeg', options: references }),
  );
  return { official: theirs!, ours: own! };
}

const same = { model: 'photon-1', prompt, aspect_ratio: '16:9', format: 'jpg', ...references } as const;

describe('requests compared with the official client', () => {
  it('are equal for a submit with references of all four kinds', async () => {
    const pair = await submits(same);
    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for the poll of a job, and for a cancel', async () => {
    const theirs = await seenOf(async () => {
      await official().generations.get(id);
      await official().generations.delete(id);
    });
    isOver = false;
    const stop = new AbortController();
    const own = await seenOf(async () => {
      const waiting = ours().generate({ prompt, model: 'photon-1' }, { signal: stop.signal });
      await vi.waitFor(() => expect(server.captured.some(({ method }) => method === 'GET')).toBe(true), {
        timeout: 10_000,
      });
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      // The caller does not wait for it.
      await vi.waitFor(() => expect(server.captured.at(-1)?.method).toBe('DELETE'), { timeout: 10_000 });
    }).finally(() => {
      isOver = true;
    });

    await expectParity({ official: theirs[0]!, ours: own[1]! }, WITHOUT_BODY);
    await expectParity({ official: theirs[1]!, ours: own.at(-1)! }, WITHOUT_BODY);
  });

  it('differ for a planted aspect ratio or weight', async () => {
    for (const planted of [
      { ...same, aspect_ratio: '1:1' as const },
      { ...same, style_ref: [{ url: 'https://host.example/s.png', weight: 0.5 }] },
    ]) {
      await expect(expectParity(await submits(planted), DIFFERENCES)).rejects.toThrow('to deeply equal');
    }
  });
});
