/** The server is strict: what is not as recorded is said, in words that show the difference. */
import { describe, expect, it } from 'vitest';
import { type ConversationServer, type Exchange, encodeSketch, serveConversation } from '../../src/testing/index.ts';

const apiKey = 'sk-test/1+2=3';

async function withServer(exchanges: readonly Exchange[], work: (server: ConversationServer) => Promise<void>) {
  const server = await serveConversation(exchanges, { apiKey });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

const exchange = (request: Partial<Exchange['request']>, more: Partial<Exchange> = {}): Exchange => ({
  request: { method: 'POST', path: '/draw', ...request },
  response: { status: 200, json: { ok: true } },
  ...more,
});
const post = (server: ConversationServer, body?: BodyInit, headers: Record<string, string> = {}, path = '/draw') =>
  fetch(server.origin + path, { method: 'POST', headers, ...(body !== undefined && { body }) });
const json = (value: unknown) => [JSON.stringify(value), { 'content-type': 'application/json' }] as const;

describe('serveConversation', () => {
  it('answers a request that is as recorded, and has nothing to say about it', async () => {
    const recorded = exchange({
      json: { prompt: 'x', n: 1 },
      headers: { 'x-key': '{{key}}', 'x-any': '*', cookie: null },
    });

    await withServer([recorded], async (server) => {
      const response = await post(server, json({ n: 1, prompt: 'x' })[0], {
        ...json({})[1],
        'x-key': apiKey,
        'x-any': '1',
      });

      expect(await response.json()).toEqual({ ok: true });
      expect(server.problems()).toEqual([]);
      expect(server.requests).toEqual(['POST /draw']);
    });
  });

  it.each<[string, Partial<Exchange['request']>, BodyInit | undefined, Record<string, string>, string]>([
    ['another value', { json: { size: '1x1' } }, ...json({ size: '2x2' }), 'json.size: expected "1x1", got "2x2"'],
    ['a field too few', { json: { a: 1, b: 2 } }, ...json({ a: 1 }), 'json.b: expected 2, got nothing'],
    [
      'a field too many',
      { json: { a: 1 } },
      ...json({ a: 1, response_format: 'url' }),
      'json.response_format: not expected, got "url"',
    ],
    ['another type', { json: { a: 1 } }, ...json({ a: '1' }), 'json.a: expected 1, got "1"'],
    ['another length', { json: { a: [1, 2] } }, ...json({ a: [1] }), 'json.a: expected 2 entries, got 1: [1]'],
    ['no JSON', { json: {} }, 'a=1', { 'content-type': 'application/json' }, 'the body is no JSON'],
    [
      'another kind of body',
      { json: {} },
      'a=1',
      { 'content-type': 'text/plain' },
      'content-type: expected application/json, got "text/plain"',
    ],
    ['a body where none was', {}, 'a=1', {}, 'a body of 3 bytes was not recorded'],
    ['another header', { headers: { 'x-a': '1' } }, undefined, { 'x-a': '2' }, 'header x-a: expected "1", got "2"'],
    ['a header too few', { headers: { 'x-a': '*' } }, undefined, {}, 'header x-a: must be there'],
    [
      'a header too many',
      { headers: { 'x-a': null } },
      undefined,
      { 'x-a': '2' },
      'header x-a: must be absent, got "2"',
    ],
    ['another path', { path: '/paint?a=1' }, undefined, {}, 'expected POST /paint?a=1'],
    ['another method', { method: 'PUT' }, undefined, {}, 'expected PUT /draw'],
  ])('says when there is %s', async (_, request, body, headers, message) => {
    await withServer([exchange(request)], async (server) => {
      const response = await post(server, body, headers);

      expect(response.status).toBe(418);
      expect(server.problems()).toEqual([
        `request 1 (POST /draw): ${message}`,
        `recorded but not sent: ${request.method ?? 'POST'} ${request.path ?? '/draw'}`,
      ]);
    });
  });

  it('says when a request is one too many, and when one has not come', async () => {
    await withServer([exchange({}), exchange({ path: '/later' }, { times: 2 })], async (server) => {
      await post(server);
      await post(server, undefined, {}, '/later');
      expect(server.problems()).toEqual(['recorded but not sent: POST /later']);

      await post(server, undefined, {}, '/later');
      await post(server);
      expect(server.problems()).toEqual(['request 4 is one too many: POST /draw']);
    });
  });

  it('keeps to the order, except among exchanges that happen together', async () => {
    const [first, a, b, last] = [
      exchange({ path: '/1' }),
      exchange({ path: '/a' }, { together: true }),
      exchange({ path: '/b' }, { together: true }),
      exchange({ path: '/2' }),
    ];
    await withServer([first!, a!, b!, last!], async (server) => {
      for (const path of ['/1', '/b', '/a', '/2']) await post(server, undefined, {}, path);
      expect(server.problems()).toEqual([]);
    });
    await withServer([first!, a!, b!, last!], async (server) => {
      await post(server, undefined, {}, '/a');
      expect(server.problems()[0]).toBe('request 1 (POST /a): expected POST /1');
    });
  });

  it('compares the parts of a form by name: texts, JSON, files and lists of files', async () => {
    const picture = { $image: 'png', width: 8, height: 8 } as const;
    const recorded = exchange({
      multipart: {
        prompt: 'x',
        order: { $json: { a: 1 } },
        'image[]': [picture, picture],
        raw: { mediaType: 'text/plain', bytes: 3 },
      },
    });
    const file = new Blob([(await encodeSketch(picture)) as Uint8Array<ArrayBuffer>], { type: 'image/png' });
    const form = new FormData();
    form.append('prompt', 'x');
    form.append('order', '{"a":1}');
    form.append('image[]', file, 'a.png');
    form.append('image[]', file, 'b.png');
    form.append('raw', new Blob(['abc'], { type: 'text/plain' }), 'c.txt');

    await withServer([recorded], async (server) => {
      await post(server, form);
      expect(server.problems()).toEqual([]);
    });

    form.set('prompt', 'y');
    form.append('image[]', file, 'c.png');
    form.append('n', '1');
    form.set('raw', new Blob(['abcd'], { type: 'text/html' }), 'c.txt');
    await withServer([recorded], async (server) => {
      await post(server, form);
      expect(server.problems().map((problem) => problem.replace('request 1 (POST /draw): ', ''))).toEqual([
        'part prompt: expected "x", got "y"',
        'part image[]: expected 2 of it, got 3',
        'part raw.mediaType: expected "text/plain", got "text/html"',
        'part raw.bytes: expected 3, got 4',
        'part n: not expected, got "1"',
        'recorded but not sent: POST /draw',
      ]);
    });
  });

  it('compares masks by their pixels, since encoders differ, and finds a mask of another convention', async () => {
    const mask = { width: 8, height: 8, repaint: [2, 2, 4, 4] } as const;
    const recorded = exchange({ json: { mask: { $mask: 'transparent-repaints', ...mask } } });
    const send = async ($mask: 'transparent-repaints' | 'white-repaints', server: ConversationServer) => {
      const bytes = await encodeSketch({ $mask, ...mask });
      const [body, headers] = json({ mask: Buffer.from(bytes).toString('base64') });
      await post(server, body, headers);
    };

    await withServer([recorded], async (server) => {
      await send('transparent-repaints', server);
      expect(server.problems()).toEqual([]);
    });
    await withServer([recorded], async (server) => {
      await send('white-repaints', server);
      expect(server.problems()[0]).toMatch(
        /json\.mask: expected image\/png, .* got another file: a png of 8x8 in \d+ bytes/,
      );
    });
  });

  it('sends pictures in every place: in JSON, as a data: link, in events, as a file', async () => {
    const picture = { $image: 'webp', width: 8, height: 8 } as const;
    const base64 = Buffer.from(await encodeSketch(picture)).toString('base64');
    const answers: Exchange['response'][] = [
      { status: 200, json: { image: picture, link: { $dataUrl: picture }, next: '{{origin}}/2' } },
      { status: 200, events: [{ event: 'done', data: { image: picture } }, { data: '[DONE]' }] },
      { status: 200, bytes: picture },
    ];
    const exchanges = answers.map((response) => exchange({}, { response }));

    await withServer(exchanges, async (server) => {
      expect(await (await post(server)).json()).toEqual({
        image: base64,
        link: `data:image/webp;base64,${base64}`,
        next: `${server.origin}/2`,
      });
      const events = await post(server);
      expect(events.headers.get('content-type')).toBe('text/event-stream');
      expect(await events.text()).toBe(`event: done\ndata: {"image":"${base64}"}\n\ndata: [DONE]\n\n`);
      const file = await post(server);
      expect(file.headers.get('content-type')).toBe('image/webp');
      expect(Buffer.from(await file.arrayBuffer()).toString('base64')).toBe(base64);
      expect(server.sent).toHaveLength(4);
    });
  });

  it('resets the connection where that was recorded', async () => {
    await withServer([exchange({}, { response: { instead: 'reset' } })], async (server) => {
      await expect(post(server)).rejects.toThrow();
      expect(server.problems()).toEqual([]);
    });
  });

  it('stays silent where that was recorded, until it is closed', async () => {
    await withServer([exchange({}, { response: { instead: 'silence' } })], async (server) => {
      const silent = expect(post(server)).rejects.toThrow();
      await server.arrived;
      expect(server.problems()).toEqual([]);

      await server.close();
      await silent;
    });
  });

  it('says when a picture of the recording is none', async () => {
    const broken = exchange({}, { response: { status: 200, json: { image: { $image: 'bmp', width: 8, height: 8 } } } });

    await withServer([broken], async (server) => {
      await expect(post(server)).rejects.toThrow();
      expect(server.problems()[0]).toMatch(/the recording cannot be played: TypeError: this is no picture: .*bmp/);
    });
  });
});
