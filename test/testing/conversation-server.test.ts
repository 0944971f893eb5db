/** The server is strict: it reports each difference from the recording, and its message shows the difference. */
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
  it('answers a request that matches the recording, and reports nothing', async () => {
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
    ['a different value', { json: { size: '1x1' } }, ...json({ size: '2x2' }), 'json.size: expected "1x1", got "2x2"'],
    ['a missing field', { json: { a: 1, b: 2 } }, ...json({ a: 1 }), 'json.b: expected 2, got nothing'],
    [
      'an additional field',
      { json: { a: 1 } },
      ...json({ a: 1, response_format: 'url' }),
      'json.response_format: not expected, got "url"',
    ],
    ['a different type', { json: { a: 1 } }, ...json({ a: '1' }), 'json.a: expected 1, got "1"'],
    ['a different length', { json: { a: [1, 2] } }, ...json({ a: [1] }), 'json.a: expected 2 entries, got 1: [1]'],
    ['a body that is not JSON', { json: {} }, 'a=1', { 'content-type': 'application/json' }, 'the body is not JSON'],
    [
      'a different kind of body',
      { json: {} },
      'a=1',
      { 'content-type': 'text/plain' },
      'content-type: expected application/json, got "text/plain"',
    ],
    ['a body where none was recorded', {}, 'a=1', {}, 'unexpected body of 3 bytes'],
    ['a different header', { headers: { 'x-a': '1' } }, undefined, { 'x-a': '2' }, 'header x-a: expected "1", got "2"'],
    ['a missing header', { headers: { 'x-a': '*' } }, undefined, {}, 'header x-a: is missing'],
    [
      'an additional header',
      { headers: { 'x-a': null } },
      undefined,
      { 'x-a': '2' },
      'header x-a: must be absent, got "2"',
    ],
    ['a different path', { path: '/paint?a=1' }, undefined, {}, 'expected POST /paint?a=1'],
    ['a different method', { method: 'PUT' }, undefined, {}, 'expected PUT /draw'],
  ])('reports %s', async (_, request, body, headers, message) => {
    await withServer([exchange(request)], async (server) => {
      const response = await post(server, body, headers);

      expect(response.status).toBe(418);
      expect(server.problems()).toEqual([
        `request 1 (POST /draw): ${message}`,
        `recorded but not sent: ${request.method ?? 'POST'} ${request.path ?? '/draw'}`,
      ]);
    });
  });

  it('reports an unexpected request, and a recorded one that was not sent', async () => {
    await withServer([exchange({}), exchange({ path: '/later' }, { times: 2 })], async (server) => {
      await post(server);
      await post(server, undefined, {}, '/later');
      expect(server.problems()).toEqual(['recorded but not sent: POST /later']);

      await post(server, undefined, {}, '/later');
      await post(server);
      expect(server.problems()).toEqual(['unexpected request 4 after the last recorded one: POST /draw']);
    });
  });

  it('requires the recorded order, except for concurrent exchanges', async () => {
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

  it('compares the parts of a form by name: text, JSON, files and lists of files', async () => {
    const sketch = { $image: 'png', width: 8, height: 8 } as const;
    const recorded = exchange({
      multipart: {
        prompt: 'x',
        order: { $json: { a: 1 } },
        'image[]': [sketch, sketch],
        raw: { mediaType: 'text/plain', bytes: 3 },
      },
    });
    const file = new Blob([(await encodeSketch(sketch)) as Uint8Array<ArrayBuffer>], { type: 'image/png' });
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
        'part image[]: expected 2 parts, got 3',
        'part raw.mediaType: expected "text/plain", got "text/html"',
        'part raw.bytes: expected 3, got 4',
        'part n: not expected, got "1"',
        'recorded but not sent: POST /draw',
      ]);
    });
  });

  it('compares masks by their pixels, because encoders differ, and finds a mask with another convention', async () => {
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
      expect(server.problems()[0]).toMatch(/json\.mask: expected image\/png, .* got another file: png, 8x8, \d+ bytes/);
    });
  });

  it('sends images in every place: in JSON, as a data: URL, in events, as a file', async () => {
    const sketch = { $image: 'webp', width: 8, height: 8 } as const;
    const base64 = Buffer.from(await encodeSketch(sketch)).toString('base64');
    const answers: Exchange['response'][] = [
      { status: 200, json: { image: sketch, link: { $dataUrl: sketch }, next: '{{origin}}/2' } },
      { status: 200, events: [{ event: 'done', data: { image: sketch } }, { data: '[DONE]' }] },
      { status: 200, bytes: sketch },
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

  it('resets the connection when the recording says so', async () => {
    await withServer([exchange({}, { response: { instead: 'reset' } })], async (server) => {
      await expect(post(server)).rejects.toThrow();
      expect(server.problems()).toEqual([]);
    });
  });

  it('stays silent when the recording says so, until it is closed', async () => {
    await withServer([exchange({}, { response: { instead: 'silence' } })], async (server) => {
      const silent = expect(post(server)).rejects.toThrow();
      await server.arrived;
      expect(server.problems()).toEqual([]);

      await server.close();
      await silent;
    });
  });

  it('reports a file of the recording that is not an image', async () => {
    const broken = exchange({}, { response: { status: 200, json: { image: { $image: 'bmp', width: 8, height: 8 } } } });

    await withServer([broken], async (server) => {
      await expect(post(server)).rejects.toThrow();
      expect(server.problems()[0]).toMatch(
        /the recording cannot be replayed: TypeError: not a valid image sketch: .*bmp/,
      );
    });
  });
});
