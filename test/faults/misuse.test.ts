/** What a caller can hold wrong around a call: the second argument, inherited settings, and errors thrown by callbacks and other copies. */
import { afterAll, describe, expect, it } from 'vitest';
import {
  AiImageError,
  type AiImageProvider,
  createImageManager,
  createProvider,
  getProvider,
  type ImageEvent,
  setProvider,
} from '../../src/index.ts';
import { REQUEST_KEYS } from '../../src/providers/protocol/input/misplaced-key.ts';
import { closeServers, startServer } from './hostile-server.ts';
import { jobProvider, startJobServer } from './job-vendor.ts';
import { failure, KEY, openai, openaiReply, PROMPT, png } from './support.ts';

afterAll(closeServers);
const request = { prompt: PROMPT };

describe('the second argument of a call', () => {
  const bad: readonly (readonly [string, object])[] = [
    ...REQUEST_KEYS.filter((key) => key !== 'metadata').map((key) => [key, { [key]: 'x' }] as const),
    ...[0, -1, Number.NaN, 'soon', null].map((deadlineMs) => [`deadlineMs ${deadlineMs}`, { deadlineMs }] as const),
    ['a controller as signal', { signal: new AbortController() }],
  ];

  it.each(bad)(
    'is refused before anything is sent with %s, by a provider of ours, of a third party and by a manager',
    async (_, context) => {
      const server = await startServer((hit) => hit.reply(200, openaiReply(png())));
      const provider = openai(server);
      const manager = createImageManager({ providers: { main: provider } });

      const generated: unknown[] = [];
      const generateImage = async (prompt: string) => {
        generated.push(prompt);
        return { imageBytes: new Uint8Array(png()), format: 'png' as const, promptUsed: prompt, model: 'm' };
      };
      const restore = setProvider('third', { generateImage });
      const third = getProvider('third');
      restore();

      for (const caller of [provider, third, manager]) {
        const error = await failure(caller.generate(request, context));
        expect(error).toMatchObject({ code: 'invalid_request', charged: 'no' });
        expect(error.hint).toMatch(/^Pass /);
      }
      expect([server.hits, generated]).toEqual([[], []]);
    },
  );
});

describe('inherited settings', () => {
  it('are refused, because a copy would lose them and send the key elsewhere', () => {
    const settings = Object.assign(Object.create({ baseUrl: 'http://127.0.0.1:9' }), { apiKey: KEY });
    expect(() => createProvider('openai', settings)).toThrow(/setting baseUrl is inherited/);
  });
});

describe('an error that claims that nothing was charged', () => {
  it('is not believed once a job was submitted: no retry is allowed, and the job is in the error', async () => {
    const server = await startJobServer();
    const onJob = () => {
      throw new AiImageError('unavailable', 'the database is starting', { charged: 'no', hint: 'Start it.' });
    };

    const error = await failure(jobProvider(server).generate(request, { onJob }));

    expect(error).toMatchObject({ code: 'internal', charged: 'unknown', mayRetry: false, job: { id: 'job-1' } });
    expect(error.message).toContain('the database is starting');
    expect(error.hint).toMatch(/^Start it\. The job goes on: resume/);
    expect(server.submits()).toBe(1);
  });
});

describe('a fallback', () => {
  const broken = (error: AiImageError): AiImageProvider => ({
    generateImage: () => Promise.reject(error),
  });

  it.each([
    ['says that it was charged, whatever its code', new AiImageError('budget_exceeded', 'over', { charged: 'yes' })],
    [
      'has a code of a newer copy of this package',
      Object.assign(new AiImageError('internal', 'new', { charged: 'yes' }), { code: 'image_expired' as 'internal' }),
    ],
  ])('does not follow an error that %s', async (_, error) => {
    const server = await startServer((hit) => hit.reply(200, openaiReply(png())));
    const manager = createImageManager({
      providers: { first: broken(error), second: openai(server) },
      fallback: ['second'],
    });

    expect(await failure(manager.generate({ ...request, provider: 'first' }))).toMatchObject({ charged: 'yes' });
    expect(server.hits).toEqual([]);
  });
});

/** A fetch that ignores `init.redirect`. Node can send a text again, but no bytes. */
const followingFetch: typeof globalThis.fetch = (url, init) =>
  globalThis.fetch(url, { ...init, body: new TextDecoder().decode(init?.body as Uint8Array), redirect: 'follow' });

describe('a fetch of the host app', () => {
  it('that returns Response.error() leaves the outcome unknown', async () => {
    const fetch = async () => Response.error();
    const provider = createProvider('openai', { apiKey: KEY, fetch, limits: { maxRetries: 0 } });
    expect(await failure(provider.generate(request))).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  });

  it.each([503, 429, 400, 401])('that follows a redirect is not asked again after HTTP %i', async (status) => {
    const target = await startServer((hit) => hit.reply(status, { error: { message: 'busy' } }));
    const location = `${target.origin}/v1/images/generations`;
    const server = await startServer((hit) => {
      hit.bill();
      hit.reply(307, '', { location });
    });
    const fetch = followingFetch;

    const error = await failure(openai(server, { fetch }).generate(request));

    expect(error).toMatchObject({ code: 'bad_response', charged: 'unknown', mayRetry: false, mayFailOver: false });
    expect(error.message).toMatch(/was redirected, and fetch sent it again to another address, which answered: busy/);
    expect([server.bills(), server.hits.length, target.hits.length]).toEqual([1, 1, 1]);
  });

  it('that follows a redirect to an image returns the image, with a warning', async () => {
    const target = await startServer((hit) => hit.reply(200, openaiReply(png())));
    const server = await startServer((hit) => hit.reply(308, '', { location: `${target.origin}/v1/images` }));
    const fetch = followingFetch;

    const { images, warnings } = await openai(server, { fetch }).generate(request);

    expect(images).toHaveLength(1);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/followed a redirect and may have sent the request twice/),
    ]);
  });

  it.each([
    [403, 'bad_response'],
    [407, 'outcome_unknown'], // Node's fetch fails without a reply
  ])('that follows a redirect to a proxy that refuses with HTTP %i may have been charged', async (status, code) => {
    const target = await startServer((hit) => hit.reply(status, 'denied', { server: 'squid/6.6' }));
    const server = await startServer((hit) => {
      hit.bill();
      hit.reply(303, '', { location: `${target.origin}/done` });
    });

    const error = await failure(openai(server, { fetch: followingFetch }).generate(request));

    expect(error).toMatchObject({ code, charged: 'unknown', mayRetry: false, mayFailOver: false });
    expect(server.bills()).toBe(1);
  });

  it('that follows a redirect of a stream warns too, if the answer is an image', async () => {
    const target = await startServer((hit) => hit.reply(200, openaiReply(png())));
    const server = await startServer((hit) => hit.reply(308, '', { location: `${target.origin}/v1/images` }));

    const events: ImageEvent[] = [];
    for await (const event of openai(server, { fetch: followingFetch }).stream(request)) events.push(event);

    const done = events.find(({ type }) => type === 'done');
    expect(done).toMatchObject({
      generation: { warnings: [{ message: expect.stringMatching(/may have sent the request twice/) }] },
    });
  });

  it('that fails with a cause in a circle is reported like any other', async () => {
    const circle = new Error('fetch failed');
    circle.cause = circle;
    const fetch = () => Promise.reject(circle);
    const provider = createProvider('openai', { apiKey: KEY, fetch, limits: { maxRetries: 0 } });
    expect(await failure(provider.generate(request))).toMatchObject({ code: 'outcome_unknown', charged: 'unknown' });
  });
});
