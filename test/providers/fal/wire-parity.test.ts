/**
 * Sends the same calls with fal's client and with ours to the same server, from the submit to the cancel, and compares the requests. The
 * allowed differences are listed here with their reasons. The client's addresses are constants, so its `fetch` redirects them to the
 * server.
 */
import { createFalClient } from '@fal-ai/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFal } from '../../../src/providers/fal/index.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'fal-parity:0123456789';
const prompt = 'a red square';
const sketch = { $image: 'png', width: 64, height: 64 } as const;

const SUBMIT = {} as const satisfies Readonly<Record<string, string>>;
const LATER = {
  'content-type': 'The client sends one although a poll has no body.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
let isOver = true;
beforeAll(async () => {
  const bytes = Buffer.from(await encodeSketch(sketch));
  server = await openCaptureServer(({ method, path }, response) => {
    const job = `${server.origin}/fal-ai/flux/requests/r1`;
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/files/')) response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
    else if (method === 'POST') {
      const links = { response_url: job, status_url: `${job}/status`, cancel_url: `${job}/cancel` };
      answer({ status: 'IN_QUEUE', request_id: 'r1', queue_position: 0, ...links });
    } else if (method === 'PUT') answer({ status: 'CANCELLATION_REQUESTED' });
    else if (path.includes('/status')) answer({ status: isOver ? 'COMPLETED' : 'IN_PROGRESS', request_id: 'r1' });
    else answer({ images: [{ url: `${server.origin}/files/0.png` }], seed: 7, has_nsfw_concepts: [false] });
  });
});
afterAll(() => server[Symbol.asyncDispose]());

type FalClient = ReturnType<typeof createFalClient>;

const official = () =>
  createFalClient({
    credentials: KEY,
    fetch: (input, init) => {
      const { pathname, search } = new URL(String(input));
      return fetch(`${server.origin}${pathname}${search}`, init);
    },
  });
const ours = () => createFal({ apiKey: KEY, baseUrl: server.origin });

/** Returns everything that one call sends, without the download, which goes to another server. */
async function seenOf(call: () => Promise<unknown>): Promise<readonly Captured[]> {
  server.forget();
  await call();
  return server.captured.filter(({ path }) => !path.startsWith('/files/'));
}

async function submits(
  theirs: (client: FalClient) => Promise<unknown>,
  own: (provider: MediaProvider) => Promise<unknown>,
) {
  const [first] = await seenOf(() => theirs(official()));
  const [second] = await seenOf(() => own(ours()));
  return { official: first!, ours: second! };
}

const model = 'fal-ai/flux/dev';
const input = {
  prompt,
  image_size: { width: 1024, height: 768 },
  seed: 0,
  num_images: 2,
  output_format: 'png',
} as const;
const request = { prompt, model, size: '1024x768', seed: 0, n: 2, format: 'png' } as const;

describe('requests compared with the official client', () => {
  it('are equal for a submit with every setting', async () => {
    const hook = 'https://host.example/hook';
    const pair = await submits(
      (client) =>
        client.queue.submit(model, {
          input: { ...input, num_inference_steps: 28, guidance_scale: 3.5 },
          webhookUrl: hook,
          priority: 'low',
          startTimeout: 30,
          storageSettings: { expiresIn: 3600 },
        }),
      (provider) =>
        provider.submit!({
          ...request,
          options: {
            num_inference_steps: 28,
            guidance_scale: 3.5,
            webhook_url: hook,
            priority: 'low',
            start_timeout_seconds: 30,
            file_lifetime_seconds: 3600,
          },
        }),
    );
    expect(pair.ours.headers.authorization).toBe(`Key ${KEY}`);
    await expectParity(pair, SUBMIT);
  });

  it('are equal for an edit with data: URLs', async () => {
    const png = await encodeSketch(sketch);
    const link = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    await expectParity(
      await submits(
        (client) => client.queue.submit('fal-ai/flux-2-pro/edit', { input: { prompt, image_urls: [link, link] } }),
        (provider) => provider.submit!({ prompt, model: 'fal-ai/flux-2-pro/edit', inputImages: [png, png] }),
      ),
      { ...SUBMIT, 'x-fal-queue-priority': 'The client says `normal`, which is the default.' },
    );
  });

  it('are equal for the poll of a job, and for its result', async () => {
    const client = official();
    const theirs = await seenOf(async () => {
      await client.queue.status(model, { requestId: 'r1', logs: false });
      await client.queue.result(model, { requestId: 'r1' });
    });
    const [, ...own] = await seenOf(() => ours().generate(request));
    const withoutLogs = theirs.map((each) => ({ ...each, path: each.path.replace(/\?logs=0$/, '') }));

    expect(own).toHaveLength(2);
    for (const [at, each] of own.entries()) await expectParity({ official: withoutLogs[at]!, ours: each }, LATER);
  });

  it('are equal for a cancel', async () => {
    const [theirs] = await seenOf(() => official().queue.cancel(model, { requestId: 'r1' }));
    isOver = false;
    const stop = new AbortController();
    const own = await seenOf(async () => {
      const waiting = ours().generate(request, { signal: stop.signal });
      setTimeout(() => stop.abort(), 200);
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      // The caller does not wait for it.
      await vi.waitFor(() => expect(server.captured.some(({ method }) => method === 'PUT')).toBe(true), {
        timeout: 10_000,
      });
    }).finally(() => {
      isOver = true;
    });
    const cancels = own.filter(({ method }) => method === 'PUT');

    expect(cancels).toHaveLength(1);
    await expectParity({ official: theirs!, ours: cancels[0]! }, LATER);
  });

  it('differ for a planted seed or priority', async () => {
    for (const options of [{ input: { ...input, seed: 1 } }, { input, priority: 'low' } as const]) {
      const pair = await submits(
        (client) => client.queue.submit(model, { priority: 'normal', ...options }),
        (provider) => provider.submit!({ ...request, options: { priority: 'normal' } }),
      );
      await expect(expectParity(pair, SUBMIT)).rejects.toThrow('to deeply equal');
    }
  });
});
