/** Group O: unusual replies that mean success. The paid image is returned, or the job is recorded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProvider } from '../../src/index.ts';
import type { ImageGeneration, JobHandle } from '../../src/providers/protocol/index.ts';
import { readConversations } from '../../src/testing/node-runtime.ts';
import { fixturesOf } from '../providers/support/fixtures.ts';
import { closeServers, type Hit, type HostileServer, startServer } from './hostile-server.ts';
import { repliesOf } from './odd-replies.ts';
import { base64, failure, KEY, loadAdapters, openaiReply, png } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);

const request = { prompt: 'a red fox in the snow' };
const FAST = { minPollIntervalMs: 1 };

type Answer = (hit: Hit, server: HostileServer) => unknown;

/** A vendor that charges every POST and replies as the test says; `/a.png` is an image. */
async function vendorOf(answer: Answer): Promise<HostileServer> {
  const server: HostileServer = await startServer((hit) => {
    if (hit.method === 'POST') hit.bill();
    if (hit.path.startsWith('/a.png')) return hit.reply(200, png(), { 'content-type': 'image/png' });
    hit.reply(200, answer(hit, server));
  });
  return server;
}

const providerOf = (id: string, { origin }: HostileServer, base = '') =>
  createProvider(id, { apiKey: KEY, baseUrl: `${origin}${base}`, limits: FAST, deadlineMs: 5_000 });

const codesOf = ({ warnings }: ImageGeneration) => warnings.map(({ code }) => code);

/** bfl: the reply to the submit, then to every poll. */
const bflWith = (submitted: (origin: string) => object, state: (origin: string) => object = finished) =>
  vendorOf(({ method }, { origin }) => (method === 'POST' ? submitted(origin) : state(origin)));
const finished = (origin: string) => ({ id: 'b1', status: 'Ready', result: { sample: `${origin}/a.png` } });

describe('a submit that is answered with an id', () => {
  it.each<[string, object]>([
    ['a price as text', { cost: '4.0' }],
    ['an invalid price', { cost: {} }],
    ['an invalid URL', { polling_url: 17 }],
    ['an undocumented error', { error: 'slow today', message: 'queue is long', detail: [{ nonsense: true }] }],
  ])('O01 O03: a submit that is answered with an id is a job, also beside %s', async (_, more) => {
    const server = await bflWith((origin) => ({ id: 'b1', polling_url: `${origin}/v1/get_result?id=b1`, ...more }));
    const jobs: JobHandle[] = [];

    const { images } = await providerOf('bfl', server, '/v1').generate(request, {
      onJob: (job) => void jobs.push(job),
    });

    expect(images).toHaveLength(1);
    expect(jobs.map(({ id }) => id)).toEqual(['b1']);
    expect(server.bills()).toBe(1);
  });

  it('O05: a submit that is answered with an id is a job, also when the id is a number', async () => {
    const server = await bflWith(
      () => ({ id: 4711 }),
      (origin) => ({ ...finished(origin), id: 4711 }),
    );

    expect((await providerOf('bfl', server, '/v1').generate(request)).job?.id).toBe('4711');
  });
});

describe('a submit that is answered without an id', () => {
  it.each([
    ['bfl', '/v1', {}],
    ['bfl', '/v1', { id: '' }],
    ['bfl', '/v1', { id: null, status: 'Pending' }],
    ['fal', '', {}],
    ['fal', '', { detail: 'something' }],
    ['luma', '/v1', { message: 'thanks' }],
    ['runway', '/v1', []],
    ['replicate', '/v1', 'accepted'],
    ['leonardo', '/api/rest', {}],
  ])(
    'O02: a submit that is answered without an id is bad_response that may have been charged, with the reply in quarantine: %s%s %j',
    async (id, base, body) => {
      const server = await vendorOf(({ method }) => (method === 'POST' ? body : {}));

      const error = await failure(providerOf(id, server, base).generate(request));

      expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown', mayRetry: false, mayFailOver: false });
      const sent = typeof body === 'string' ? body : JSON.stringify(body);
      expect(error.quarantine.map((bytes) => Buffer.from(bytes).toString())).toEqual([sent]);
    },
  );

  it('returns the image when the reply contains one instead', async () => {
    const server = await vendorOf((_, { origin }) => ({ images: [{ url: `${origin}/a.png` }] }));

    const { images, job } = await providerOf('fal', server).generate({ ...request, model: 'fal-ai/flux/dev' });

    expect(images).toHaveLength(1);
    expect(job).toBeUndefined();
  });

  it('is a refusal only with the vendor’s documented words', async () => {
    const refusal = [{ message: 'Content moderation filter', extensions: { code: 'CONTENT_MODERATED' } }];
    const server = await vendorOf(() => refusal);

    const error = await failure(providerOf('leonardo', server, '/api/rest').generate(request));

    expect(error).toMatchObject({ code: 'content_refused' });
    expect(error.quarantine).toEqual([]);
  });
});

describe('an image beside invalid side fields', () => {
  const image = base64(png());

  it.each<[string, object]>([
    ['usage as text', { usage: 'n/a' }],
    ['counts as text', { usage: { input_tokens: '10', output_tokens: 'many', total_tokens: null } }],
    ['usage as an array', { usage: [] }],
    ['a number that is too large', { created: 'now', usage: { total_tokens: 1e308 * 10 } }],
  ])('O04 O05: an image beside invalid side fields is returned by openai, with %s', async (_, more) => {
    const server = await vendorOf(() => ({ data: [{ b64_json: image, revised_prompt: false }], ...more }));

    const generation = await providerOf('openai', server, '/v1').generate(request);

    expect(generation.images).toHaveLength(1);
    expect(generation.images[0].revisedPrompt).toBeUndefined();
    expect(codesOf(generation)).toContain('reply_field_ignored');
    expect(generation.cost.usd ?? 0).toBeGreaterThanOrEqual(0);
  });

  it('O05: an image beside invalid side fields has counts and prices that arrive as text', async () => {
    const usage = { input_tokens: '10', output_tokens: '1000', total_tokens: '1010' };
    const counted = await vendorOf(() => ({ data: [{ b64_json: image }], usage }));
    const priced = await vendorOf(() => ({ data: [{ b64_json: image }], credits: '40' }));

    const byTokens = await providerOf('openai', counted, '/v1').generate(request);
    expect(byTokens.usage).toEqual({ inputTokens: 10, outputTokens: 1000, totalTokens: 1010 });
    expect(byTokens.warnings).toEqual([]);
    expect((await providerOf('recraft', priced, '/v1').generate(request)).cost).toEqual({
      usd: 0.04,
      basis: 'reported',
    });
  });

  it('has no price when the vendor reports zero tokens, because the image was generated', async () => {
    const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    const server = await vendorOf(() => ({ data: [{ b64_json: image }], usage }));

    expect((await providerOf('openai', server, '/v1').generate(request)).cost).toMatchObject({ basis: 'estimated' });
  });

  it('O13: an image beside invalid side fields is returned without a seed that is not a safe integer, with a warning', async () => {
    const server = await falWith({ seed: 18_446_744_073_709_552_000 });
    const generation = await providerOf('fal', server).generate({ ...request, model: 'fal-ai/flux/dev' });

    expect(generation.images[0].seed).toBeUndefined();
    expect(codesOf(generation)).toEqual(['reply_field_ignored']);
  });

  it.each<[string, object, number | undefined]>([
    ['a seed as text', { seed: '12345' }, 12_345],
    ['flags that are null', { has_nsfw_concepts: [null] }, undefined],
    ['flags as text', { has_nsfw_concepts: 'none' }, undefined],
  ])('O04: an image beside invalid side fields is returned by fal, with %s', async (_, more, seed) => {
    const server = await falWith(more);

    const { images } = await providerOf('fal', server).generate({ ...request, model: 'fal-ai/flux/dev' });

    expect(images.map((each) => each.seed)).toEqual([seed]);
  });

  it.each<[string, object]>([
    ['data_removed as text', { data_removed: 'no' }],
    ['a URL that is a number', { urls: { get: 5, cancel: null } }],
    ['a numeric status beside the output', { status: 7 }],
  ])('O04: an image beside invalid side fields is returned by replicate, with %s', async (_, more) => {
    const server = await replicateWith((origin) => [`${origin}/a.png`], more);

    expect((await providerOf('replicate', server, '/v1').generate(request)).images).toHaveLength(1);
  });
});

function falWith(more: object): Promise<HostileServer> {
  return vendorOf(({ method, path }, { origin }) => {
    const job = `${origin}/fal-ai/flux/requests/r1`;
    if (method === 'POST') return { request_id: 'r1', status_url: `${job}/status`, response_url: job };
    return path.endsWith('/status') ? { status: 'COMPLETED' } : { images: [{ url: `${origin}/a.png` }], ...more };
  });
}

function replicateWith(output: (origin: string) => unknown, more: object = {}): Promise<HostileServer> {
  return vendorOf(({ method, path }, { origin }) => {
    if (method === 'GET' && path.includes('/models/')) return {};
    const job = { id: 'p1', urls: { get: `${origin}/v1/predictions/p1` } };
    return {
      ...job,
      status: method === 'POST' ? 'starting' : 'succeeded',
      output: method === 'POST' ? null : output(origin),
      ...more,
    };
  });
}

describe('an empty value', () => {
  it.each<[string, string, (link: string) => object]>([
    ['openai', '/v1', (url) => ({ data: [{ b64_json: '', url }] })],
    ['openai', '/v1', (url) => ({ data: [{ b64_json: null, url }] })],
    ['openai', '/v1', (url) => ({ data: [{ b64_json: [], url }] })],
    ['recraft', '/v1', (url) => ({ data: [{ b64_json: '', url }] })],
    ['xai', '/v1', (url) => ({ data: [{ b64_json: '', url }] })],
  ])('O06: an empty value counts as absent: %s%s follows the link beside empty base64', async (id, base, body) => {
    const server = await vendorOf((_, { origin }) => body(`${origin}/a.png`));

    const { images, failures } = await providerOf(id, server, base).generate(request);

    expect({ images: images.length, failures }).toEqual({ images: 1, failures: [] });
  });

  it('O07: base64 with line breaks is decoded', async () => {
    const wrapped = base64(png(64)).replace(/.{76}/g, '$&\n');
    const server = await vendorOf(() => ({ data: [{ b64_json: `${wrapped}\n` }] }));

    const { images } = await providerOf('openai', server, '/v1').generate(request);

    expect(Buffer.from(images[0].imageBytes).equals(Buffer.from(png(64)))).toBe(true);
  });
});

describe('a link', () => {
  it.each(['/a.png', '/a.png?page=1', '../a.png'])(
    'O08: a link that is relative belongs to the provider’s origin: %s',
    async (url) => {
      const server = await vendorOf(() => ({ data: [{ url }] }));

      expect((await providerOf('openai', server, '/v1').generate(request)).images).toHaveLength(1);
      expect(server.hits.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);
    },
  );

  it('O08: a link with the other name of the loopback host belongs to the same origin', async () => {
    const server = await vendorOf((_, { port }) => ({ data: [{ url: `http://localhost:${port}/a.png` }] }));

    expect((await providerOf('openai', server, '/v1').generate(request)).images).toHaveLength(1);
  });

  it.each([
    '//localhost.evil.example/a.png',
    '/\\evil.example/a.png',
    'http://localhost:1/a.png',
    'http://127.0.0.2/a.png',
  ])('R01: a link that only looks like the same origin is not followed: %s', async (url) => {
    const server = await vendorOf(() => ({ data: [{ url }] }));

    const error = await failure(providerOf('openai', server, '/v1').generate(request));

    expect(error.code).toBe('unsafe_url');
    expect(server.hits).toHaveLength(1);
  });

  it.each<[string, (link: string) => unknown]>([
    ['a string', (link) => link],
    ['objects', (link) => [{ url: link }]],
    ['an array with null', (link) => [null, link]],
    ['an array in an object', (link) => ({ images: [link], seed: 7, page: 'https://models.example/about' })],
    ['nested arrays', (link) => [[{ image: { url: link } }]]],
    ['a relative link', (link) => [new URL(link).pathname]],
  ])('O10: a link of replicate is found in %s', async (_, output) => {
    const server = await replicateWith((origin) => output(`${origin}/a.png`));

    const { images, failures } = await providerOf('replicate', server, '/v1').generate(request);

    expect({ images: images.length, failures }).toEqual({ images: 1, failures: [] });
  });
});

describe('a different number of images than requested', () => {
  it('O09: returns all of them with a warning, and counts the price of all', async () => {
    const server = await vendorOf(() => openaiReply(png(), png(24), png(32)));
    const one = await vendorOf(() => openaiReply(png()));

    const generation = await providerOf('openai', server, '/v1').generate({ ...request, quality: 'standard' });
    const single = await providerOf('openai', one, '/v1').generate({ ...request, quality: 'standard' });

    expect(generation.images.map(({ width }) => width)).toEqual([16, 24, 32]);
    expect(codesOf(generation)).toContain('surplus_images');
    expect(generation.cost.usd).toBeCloseTo((single.cost.usd ?? 0) * 3, 6);
  });

  it('O09: reports the missing ones', async () => {
    const server = await vendorOf(() => openaiReply(png(), png()));

    const generation = await providerOf('openai', server, '/v1').generate({ ...request, n: 4 });

    expect([generation.images.length, generation.failures.length]).toEqual([2, 2]);
    expect(codesOf(generation)).toContain('fewer_images');
  });
});

describe('a job', () => {
  it.each(['bfl', 'replicate'])('O11: a job of %s refuses a reply about another job, and stays open', async (id) => {
    const server = await vendorOf(({ method, path }, { origin }) => {
      if (method === 'GET' && path.includes('/models/')) return {};
      if (method === 'POST') return { id: 'ours', status: 'starting' };
      const link = `${origin}/a.png`;
      return id === 'bfl' ? { ...finished(origin), id: 'theirs' } : { id: 'theirs', status: 'succeeded', output: link };
    });

    const error = await failure(providerOf(id, server, '/v1').generate(request));

    expect(error).toMatchObject({ code: 'bad_response', endsJob: false });
    expect(error.job?.id).toBe('ours');
  });

  it.each<[string, object, number]>([
    ['a different price at the end', { cost: 5 }, 0.05],
    ['the price 0 at the end', { cost: 0 }, 0],
    ['no price at the end', {}, 0.04],
  ])('O12: a job of bfl costs the last amount that the vendor reported: %s', async (_, more, usd) => {
    const server = await bflWith(
      () => ({ id: 'b1', cost: 4 }),
      (origin) => ({ ...finished(origin), ...more }),
    );

    expect((await providerOf('bfl', server, '/v1').generate(request)).cost).toEqual({ usd, basis: 'reported' });
  });

  it.each([-5, 1e20, 1e300])(
    'B18: a call warns about an impossible price (%d), and counts the estimate',
    async (cost) => {
      const server = await bflWith(
        () => ({ id: 'b1', cost: 4 }),
        (origin) => ({ ...finished(origin), cost }),
      );

      const generation = await providerOf('bfl', server, '/v1').generate(request);

      expect(codesOf(generation)).toEqual(['reply_field_ignored']);
      expect(generation.cost).toMatchObject({ basis: 'estimated' });
    },
  );

  it('O04: a job with an unreadable status is polled again, and is done when the image is there', async () => {
    let asked = 0;
    const server = await bflWith(
      () => ({ id: 'b1' }),
      (origin) => (++asked < 3 ? { id: 'b1', status: null } : { ...finished(origin), status: 9 }),
    );

    expect((await providerOf('bfl', server, '/v1').generate(request)).images).toHaveLength(1);
  });

  it('a job that never reports a status ends with bad_response, and stays open', async () => {
    const server = await bflWith(
      () => ({ id: 'b1' }),
      () => ({ id: 'b1', status: null }),
    );

    expect(await failure(providerOf('bfl', server, '/v1').generate(request))).toMatchObject({
      code: 'bad_response',
      endsJob: false,
      job: { id: 'b1' },
    });
  });
});

describe('an image that the vendor marks as a draft', () => {
  const part = (thought: unknown, bytes: Uint8Array) => ({
    thought,
    inlineData: { mimeType: 'image/png', data: base64(bytes) },
  });
  const gemini = (...parts: readonly object[]) =>
    vendorOf(() => ({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }));

  it('O15: an image that the vendor marks as a draft is returned with a warning when it is the only one', async () => {
    const server = await gemini(part(true, png()));

    const generation = await providerOf('google-gemini', server).generate(request);

    expect(generation.images).toHaveLength(1);
    expect(codesOf(generation)).toContain('draft_image');
  });

  it('O15: an image that the vendor marks as a draft is left out beside a finished one', async () => {
    const server = await gemini(part(true, png(16)), part(false, png(24)));

    const generation = await providerOf('google-gemini', server).generate(request);

    expect(generation.images.map(({ width }) => width)).toEqual([24]);
    expect(codesOf(generation)).not.toContain('draft_image');
  });
});

describe('ComfyUI', () => {
  it('O14: ComfyUI writes NaN and Infinity in its history, and the image is still returned', async () => {
    const conversation = (await readConversations(fixturesOf('comfyui'))).find(
      ({ kind, call }) => kind === 'success' && call.method === 'generateImage',
    )!; // its fixtures contain one
    const server = await startServer(async (hit) => {
      const replies = await repliesOf(conversation, server.origin, KEY);
      const { json, bytes } = replies.findLast(({ path }) => path === hit.path) ?? {};
      if (bytes !== undefined) return hit.reply(200, bytes, { 'content-type': 'image/png' });
      const text = JSON.stringify(json ?? {}).replace('"status":', '"loss":NaN,"best":-Infinity,"status":');
      hit.reply(200, text, { 'content-type': 'application/json' });
    });

    const { images, warnings } = await providerOf('comfyui', server).generate(request);

    expect({ images: images.length, warnings }).toEqual({ images: 1, warnings: [] });
    expect(server.hits.some(({ path }) => path.startsWith('/history'))).toBe(true);
  });
});

describe('a reply whose side fields would be refused', () => {
  const image = base64(png());

  it('B12: a reply whose side fields would be refused is read without the key __proto__', async () => {
    const server = await vendorOf(() => `{"__proto__":{"polluted":1},"data":[{"b64_json":"${image}"}]}`);

    expect((await providerOf('openai', server, '/v1').generate(request)).images).toHaveLength(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('B17: a reply whose side fields would be refused is quarantined unchanged when it is nested too deep', async () => {
    const body = `{"data":[{"b64_json":"${image}"}],"trace":${'['.repeat(200)}${']'.repeat(200)}}`;
    const server = await vendorOf(() => body);

    const error = await failure(providerOf('openai', server, '/v1').generate(request));

    expect(error).toMatchObject({ code: 'too_large', charged: 'unknown' });
    expect(error.quarantine.map((bytes) => Buffer.from(bytes).toString())).toEqual([body]);
  });

  it('is quarantined unchanged when it names an unknown encoding', async () => {
    const body = JSON.stringify({ data: [{ b64_json: image }] });
    const server = await startServer((hit) => hit.reply(200, body, { 'content-encoding': 'aws-chunked' }));

    const error = await failure(providerOf('openai', server, '/v1').generate(request));

    expect(error.code).toBe('bad_response');
    expect(error.quarantine.map((bytes) => Buffer.from(bytes).toString())).toEqual([body]);
  });
});

describe('an empty URL', () => {
  it.each(['', '  '])('O06: an empty URL counts as absent: bfl is polled by id (%j)', async (polling_url) => {
    const server = await bflWith(() => ({ id: 'b1', polling_url }));

    expect((await providerOf('bfl', server, '/v1').generate(request)).images).toHaveLength(1);
    expect(server.hits[1]?.path).toBe('/v1/get_result?id=b1');
  });

  it('O06: an empty URL counts as absent: the job at replicate is cancelled by id', async () => {
    const stop = new AbortController();
    const server = await vendorOf(({ method, path }) => {
      if (method === 'GET' && path.includes('/models/')) return {};
      if (method === 'GET') stop.abort();
      return { id: 'p1', status: 'processing', urls: { get: ' ', cancel: '' } };
    });
    const provider = providerOf('replicate', server, '/v1');

    await failure(provider.generate(request, { signal: stop.signal }));
    await provider.close();

    expect(server.hits.slice(-2).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/predictions/p1',
      'POST /v1/predictions/p1/cancel',
    ]);
  });

  it('O06: an empty URL counts as absent: the image is beside an empty list', async () => {
    const server = await vendorOf(() => ({ data: [], image: { b64_json: base64(png()) } }));

    expect((await providerOf('recraft', server, '/v1').generate(request)).images).toHaveLength(1);
  });
});

describe('a link to a broken file', () => {
  it.each<[string, string | Uint8Array]>([
    ['an HTML page of a portal', '<html>Sign in</html>'],
    ['a truncated file', png(64).slice(0, 200)],
    ['an empty file', ''],
  ])('is in the error, so that the file can be downloaded again: %s', async (_, file) => {
    let isWell = false;
    const server = await startServer((hit) => {
      if (hit.method === 'POST') return hit.reply(200, { data: [{ url: `${server.origin}/1.png` }] });
      hit.reply(200, isWell ? png() : file, { 'content-type': 'image/png' });
    });
    const provider = providerOf('openai', server, '/v1');

    const error = await failure(provider.generate(request));
    expect(error).toMatchObject({ charged: 'yes', endsJob: false });

    isWell = true;
    expect((await provider.resume!(error.job!)).images).toHaveLength(1);
  });
});

describe('a stream of events', () => {
  const image = base64(png());
  const stream = (text: string) => startServer((hit) => hit.reply(200, text, { 'content-type': 'text/event-stream' }));
  const eventOf = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
  const COMPLETED = { type: 'image_generation.completed', b64_json: image };
  const streamed = async (server: HostileServer) => {
    const events = [];
    for await (const event of providerOf('openai', server, '/v1').stream!(request)) events.push(event);
    return events;
  };

  it('returns an image that follows an error', async () => {
    const server = await stream(eventOf({ type: 'error', error: { code: 'insufficient_quota' } }) + eventOf(COMPLETED));

    expect((await streamed(server)).at(-1)).toMatchObject({ type: 'done' });
  });

  it('returns the image of a last event without its empty line', async () => {
    const server = await stream(eventOf(COMPLETED).trimEnd());

    expect((await streamed(server)).at(-1)).toMatchObject({ type: 'done' });
  });

  it('may have been charged when it ends with an error, and the last partial image is quarantined', async () => {
    const partial = { type: 'image_generation.partial_image', partial_image_index: 0, b64_json: image };
    const server = await stream(eventOf(partial) + eventOf({ type: 'error', error: { code: 'insufficient_quota' } }));

    const error = await failure(streamed(server));

    expect(error).toMatchObject({ code: 'quota_exhausted', charged: 'unknown' });
    expect(Buffer.from(error.quarantine[0] ?? '').toString()).toContain(image);
  });

  it('quarantines an unknown final event', async () => {
    const server = await stream(eventOf({ type: 'image.finished', b64_json: image }));

    const error = await failure(streamed(server));

    expect(error).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
    expect(Buffer.from(error.quarantine[0] ?? '').toString()).toContain(image);
  });
});

it('Gemini: an image in an unknown field is quarantined, and the reply does not count as no_image', async () => {
  const parts = [{ picture: { data: base64(png()) } }];
  const server = await vendorOf(() => ({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }));

  const error = await failure(providerOf('google-gemini', server).generate(request));

  expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown', endsJob: false });
  expect(error.quarantine).toHaveLength(1);
});
