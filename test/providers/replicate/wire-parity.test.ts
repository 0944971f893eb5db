/**
 * Sends the same calls with Replicate's client and with ours to the same server, from the upload to the cancel, and compares the requests.
 * The allowed differences are listed here with their reasons.
 */
import { randomBytes } from 'node:crypto';
import Replicate from 'replicate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../../../src/providers/kit/image/png.ts';
import type { MediaProvider } from '../../../src/providers/protocol/index.ts';
import { createReplicate } from '../../../src/providers/replicate/index.ts';
import { encodeSketch } from '../../../src/testing/index.ts';
import { type Captured, type CaptureServer, expectParity, openCaptureServer } from '../support/wire-parity.ts';

const KEY = 'r8_parity0123456789';
const prompt = 'a red square';
const model = 'black-forest-labs/flux-schnell';
const version = '7'.repeat(64);

const DIFFERENCES = {
  accept: 'Ours accepts JSON only; the client accepts anything.',
} as const satisfies Readonly<Record<string, string>>;
const LATER = {
  ...DIFFERENCES,
  'content-type': 'The client sends one although a poll has no body.',
} as const satisfies Readonly<Record<string, string>>;

let server: CaptureServer;
let isOver = true;
beforeAll(async () => {
  const png = Buffer.from(await encodeSketch({ $image: 'png', width: 64, height: 64 }));
  const names = ['prompt', 'aspect_ratio', 'num_outputs', 'seed', 'output_format', 'input_image', 'width'];
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  const schema = { openapi_schema: { components: { schemas: { Input: { properties } } } } };
  server = await openCaptureServer(({ method, path }, response) => {
    const job = `${server.origin}/v1/predictions/p1`;
    const answer = (body: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/files/')) response.writeHead(200, { 'content-type': 'image/png' }).end(png);
    else if (path.startsWith('/v1/models/') && method === 'GET') answer({ ...schema, latest_version: schema });
    else if (path === '/v1/files') answer({ id: 'f1', urls: { get: `${server.origin}/v1/files/f1` } });
    else {
      const status = method === 'POST' ? 'starting' : isOver ? 'succeeded' : 'processing';
      const output = isOver && method === 'GET' ? [`${server.origin}/files/0.png`] : null;
      answer({ id: 'p1', status, output, error: null, urls: { get: job, cancel: `${job}/cancel` } });
    }
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const official = () => new Replicate({ auth: KEY, baseUrl: `${server.origin}/v1` });
const ours = () => createReplicate({ apiKey: KEY, baseUrl: `${server.origin}/v1` });

/** Returns everything that one call sends, without our request for the model's schema and the download. */
async function seenOf(call: () => Promise<unknown>): Promise<readonly Captured[]> {
  server.forget();
  await call();
  const isAside = ({ method, path }: Captured) =>
    path.startsWith('/files/') || (method === 'GET' && path.startsWith('/v1/models/'));
  return server.captured.filter((each) => !isAside(each));
}

async function submits(
  theirs: (client: Replicate) => Promise<unknown>,
  own: (provider: MediaProvider) => Promise<unknown>,
) {
  const [first] = await seenOf(() => theirs(official()));
  const [second] = await seenOf(() => own(ours()));
  return { official: first!, ours: second! };
}

const input = { prompt, aspect_ratio: '16:9', num_outputs: 2, seed: 0, output_format: 'png' };
const request = { prompt, aspectRatio: '16:9', n: 2, seed: 0, format: 'png' } as const;

describe('requests compared with the official client', () => {
  it('are equal for an official model, with a webhook', async () => {
    const hook = { webhook: 'https://host.example/hook', webhook_events_filter: ['completed' as const] };
    const pair = await submits(
      (client) => client.predictions.create({ model, input, ...hook }),
      (provider) => provider.submit!({ ...request, options: hook }),
    );
    expect(pair.ours.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(pair.ours.path).toBe(`/v1/models/${model}/predictions`);
    await expectParity(pair, DIFFERENCES);
  });

  it('are equal for a version, and for a reply that waits', async () => {
    await expectParity(
      await submits(
        (client) => client.predictions.create({ version, input: { prompt, width: 768 }, wait: 10 }),
        (provider) =>
          provider.submit!({ prompt, model: `owner/name:${version}`, options: { wait: 10, input: { width: 768 } } }),
      ),
      DIFFERENCES,
    );
  });

  it('are equal for a file upload', async () => {
    const large = await encodePng({ width: 600, height: 600, data: randomBytes(360_000), channels: 1 }); // noise does not shrink
    expect(large.length).toBeGreaterThan(256 * 1024);
    const [theirs] = await seenOf(() =>
      official().files.create(new Blob([new Uint8Array(large)], { type: 'image/png' })),
    );
    const [own, submit] = await seenOf(() => ours().submit!({ prompt, inputImages: [large] }));
    const contentOf = ({ parts }: Captured) => parts?.find(({ name }) => name === 'content');

    // The client adds an empty object of metadata, which is optional.
    expect({ method: own?.method, path: own?.path }).toEqual({ method: theirs?.method, path: theirs?.path });
    expect(Buffer.from(contentOf(own!)!.bytes!).equals(Buffer.from(contentOf(theirs!)!.bytes!))).toBe(true);
    expect(submit?.json).toEqual({ input: { prompt, input_image: `${server.origin}/v1/files/f1` } });
  });

  it('are equal for the poll of a job, and for a cancel', async () => {
    const theirs = await seenOf(async () => {
      await official().predictions.get('p1');
      await official().predictions.cancel('p1');
    });
    isOver = false;
    const stop = new AbortController();
    const own = await seenOf(async () => {
      const waiting = ours().generate(request, { signal: stop.signal });
      await vi.waitFor(() => expect(server.captured.some(({ path }) => path.endsWith('/p1'))).toBe(true), {
        timeout: 10_000,
      });
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
      // The caller does not wait for it.
      await vi.waitFor(() => expect(server.captured.some(({ path }) => path.endsWith('/cancel'))).toBe(true), {
        timeout: 10_000,
      });
    }).finally(() => {
      isOver = true;
    });
    const [, poll] = own;

    await expectParity({ official: theirs[0]!, ours: poll! }, LATER);
    await expectParity({ official: theirs[1]!, ours: own.at(-1)! }, LATER);
  });

  it('differ for a planted seed or model', async () => {
    for (const other of [
      { model, input: { ...input, seed: 1 } },
      { model: 'black-forest-labs/flux-dev', input },
    ]) {
      const pair = await submits(
        (client) => client.predictions.create(other),
        (provider) => provider.submit!(request),
      );
      await expect(expectParity(pair, DIFFERENCES)).rejects.toThrow('to deeply equal');
    }
  });
});
