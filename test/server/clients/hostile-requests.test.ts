/** Requests that no client should send: each is refused in OpenAI's form, before anything is sent to a vendor. */
import { beforeAll, describe, expect, it } from 'vitest';
import { TOKEN } from '../support.ts';
import { imageOf } from './images-vendor.ts';
import { sendBytes } from './recorded-request.ts';
import { type ServerWithVendor, sha256, useServersWithVendors, VENDOR_KEY } from './support.ts';

const start = useServersWithVendors();
let server: ServerWithVendor;
beforeAll(async () => {
  server = await start();
});

const PROMPT = 'a fox of a hostile user';
/** What no message may have: a stack, a file of this machine, a key, a class of the runtime. */
const LEAKS =
  /\bat \S+ \(|\.[jt]s:\d+|node_modules|\/work\/|\/tmp\/|TypeError|SyntaxError|ZodError|undefined is not|\[object/;

async function expectRefusal(answer: Response, status: number | readonly number[] = [400]): Promise<void> {
  const text = await answer.text();
  expect([status].flat(), text).toContain(answer.status);
  const { error } = JSON.parse(text) as { readonly error: Readonly<Record<string, unknown>> };
  expect(error.message).toEqual(expect.any(String));
  expect(error.type).toEqual(expect.any(String));
  expect(error.code).toEqual(expect.any(String));
  expect([null, 'string']).toContain(error.param === null ? null : typeof error.param);
  expect(text).not.toMatch(LEAKS);
  expect(text).not.toContain(VENDOR_KEY);
  expect(text).not.toContain(TOKEN);
  expect(text.length).toBeLessThan(2_000);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(server.vendor.submits).toEqual([]);
}

const postText = (body: string | Uint8Array<ArrayBuffer>, path = '/v1/images/generations') =>
  server.send(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

describe('a body of generations that is', () => {
  it.each([
    ['empty', ''],
    ['white space', ' \n'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"a fox"'],
    ['a number', '42'],
    ['cut', '{"prompt":"a f'],
    ['followed by more', '{"prompt":"a fox"} {}'],
    ['not a number', '{"prompt":"a fox","n":NaN}'],
    ['XML', '<prompt>a fox</prompt>'],
    ['a form', 'prompt=a+fox'],
  ])('%s', async (_, body) => {
    await expectRefusal(await postText(body));
  });

  it('not UTF-8', async () => {
    const bytes = Uint8Array.from([...Buffer.from('{"prompt":"'), 0xff, 0xfe, 0xc0, ...Buffer.from('"}')]);
    await expectRefusal(await postText(bytes));
  });
});

describe('a field of generations that is wrong', () => {
  it.each<[string, unknown]>([
    ['prompt', ''],
    ['prompt', '   '],
    ['prompt', 7],
    ['prompt', ['a fox']],
    ['prompt', { text: 'a fox' }],
    ['prompt', null],
    ['prompt', 'x'.repeat(32_001)],
    ['prompt', '🦊'.repeat(200_000)],
    ['n', 0],
    ['n', -1],
    ['n', 1.5],
    ['n', 11],
    ['n', 1e308],
    ['n', 'two'],
    ['n', true],
    ['n', [1]],
    ['size', 'x'],
    ['size', '0x0'],
    ['size', '-1024x1024'],
    ['size', '1e3x1e3'],
    ['size', '99999999999x99999999999'],
    ['size', {}],
    ['size', 1024],
    ['model', {}],
    ['model', 7],
    ['response_format', 'file'],
    ['response_format', 3],
    ['quality', 7],
    ['background', 'striped'],
    ['output_format', 'exe'],
    ['output_compression', -1],
    ['output_compression', 'much'],
    ['partial_images', 9],
    ['stream', 'perhaps'],
    ['moderation', 'none'],
    ['user', {}],
  ])('%s: %j', async (param, value) => {
    const answer = await server.post('/v1/images/generations', { prompt: PROMPT, [param]: value });
    const { error } = (await answer.clone().json()) as { readonly error: { readonly param: string | null } };
    await expectRefusal(answer);
    expect(error.param).toBe(param);
  });

  it.each([
    ' ',
    '/',
    'openai/',
    '/gpt-image-2',
    'openai//gpt-image-2',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    'openai/__proto__',
    'toString',
    'hasOwnProperty',
    'x'.repeat(10_000),
    'openai/gpt-image-2\u0000',
    '\u202egpt-image-2',
  ])('model %j is unknown', async (model) => {
    const answer = await server.post('/v1/images/generations', { prompt: PROMPT, model });
    await expectRefusal(answer, [400, 404]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['extra_headers', { extra_headers: { 'x-key': '1' } }],
    ['base_url', { base_url: 'https://evil.example' }],
    ['api_key', { api_key: 'sk-other' }],
    ['output_path', { output_path: '/etc/cron.d/x' }],
    ['provider_options', { provider_options: { base_url: 'https://evil.example' } }],
  ])('S28: %s is refused', async (_, fields) => {
    await expectRefusal(await server.post('/v1/images/generations', { prompt: PROMPT, ...fields }));
  });

  it('S27: keys of the prototype are refused at any depth', async () => {
    for (const body of ['{"prompt":"x","__proto__":{"n":2}}', '{"prompt":"x","svg":{"a":{"constructor":{}}}}']) {
      await expectRefusal(await postText(body));
    }
  });
});

describe('an edit', () => {
  const png = Uint8Array.from(imageOf('input'));
  const form = (fields: readonly (readonly [string, string | Blob, string?])[]) => {
    const data = new FormData();
    for (const [name, value, file] of fields) {
      if (typeof value === 'string') data.append(name, value);
      else data.append(name, value, file);
    }
    return server.send('/v1/images/edits', { method: 'POST', body: data });
  };
  const image = (bytes: Uint8Array<ArrayBuffer> = png) => new Blob([bytes], { type: 'image/png' });
  const prompt = ['prompt', PROMPT] as const;

  it('without an image', async () => {
    await expectRefusal(await form([prompt]));
  });
  it('whose image is a text', async () => {
    await expectRefusal(await form([prompt, ['image', 'no image']]));
  });
  it('whose image is empty', async () => {
    await expectRefusal(await form([prompt, ['image', image(new Uint8Array()), 'a.png']]));
  });
  it('whose image is a page', async () => {
    await expectRefusal(await form([prompt, ['image', image(Uint8Array.from(Buffer.from('<html>'))), 'a.png']]));
  });
  it('whose image is cut', async () => {
    await expectRefusal(await form([prompt, ['image', image(png.slice(0, 100)), 'a.png']]));
  });
  it('with 17 images', async () => {
    const many = Array.from({ length: 17 }, (_, at) => ['image[]', image(), `${at}.png`] as const);
    await expectRefusal(await form([prompt, ...many]));
  });
  it('with a mask and no image', async () => {
    await expectRefusal(await form([prompt, ['mask', image(), 'a.png']]));
  });
  it('with two masks', async () => {
    const masks = [1, 2].map((at) => ['mask', image(), `${at}.png`] as const);
    await expectRefusal(await form([prompt, ['image', image(), 'a.png'], ...masks]));
  });
  it('without a prompt', async () => {
    await expectRefusal(await form([['image', image(), 'a.png']]));
  });
  it('with 2,000 fields', async () => {
    const many = Array.from({ length: 2_000 }, (_, at) => [`field-${at}`, 'x'] as const);
    await expectRefusal(await form([prompt, ['image', image(), 'a.png'], ...many]), [400, 413]);
  });

  it.each([
    ['no boundary', 'multipart/form-data'],
    ['another boundary', 'multipart/form-data; boundary=other'],
    ['an empty boundary', 'multipart/form-data; boundary='],
  ])('whose form has %s', async (_, type) => {
    const body = '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n--b--\r\n';
    const answer = await server.send('/v1/images/edits', { method: 'POST', body, headers: { 'content-type': type } });
    await expectRefusal(answer, [400, 415]);
  });

  it('whose form is cut', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx';
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    await expectRefusal(await server.send('/v1/images/edits', { method: 'POST', body, headers }));
  });

  it.each([
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:1/x.png',
    'data:image/png;base64,%%%',
    'data:text/html;base64,PGgxPg==',
    'not-an-id',
    '../../../etc/passwd',
    '',
  ])('whose image is the link %j', async (link) => {
    const answer = await server.post('/v1/images/edits', { prompt: PROMPT, image: link });
    await expectRefusal(answer, [400, 404]);
    const listed = await server.post('/v1/images/edits', { prompt: PROMPT, images: [{ image_url: link }] });
    await expectRefusal(listed, [400, 404]);
  });
});

describe('a request at the level of HTTP', () => {
  const head = (first: string, ...lines: readonly string[]) =>
    Buffer.from(`${[first, 'Host: 127.0.0.1', `Authorization: Bearer ${TOKEN}`, ...lines].join('\r\n')}\r\n\r\n`);

  it.each([
    ['two lengths', head('POST /v1/images/generations HTTP/1.1', 'Content-Length: 2', 'Content-Length: 3')],
    [
      'a length and chunks',
      head('POST /v1/images/generations HTTP/1.1', 'Content-Length: 2', 'Transfer-Encoding: chunked'),
    ],
    ['a negative length', head('POST /v1/images/generations HTTP/1.1', 'Content-Length: -1')],
    ['a header of 100 kB', head('GET /v1/models HTTP/1.1', `X-Long: ${'x'.repeat(100_000)}`)],
    ['no HTTP', Buffer.from('\u0016\u0003\u0001\r\n\r\n')],
  ])('%s', async (_, bytes) => {
    const answer = await sendBytes(server.url, bytes);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).not.toMatch(LEAKS);
    expect(server.vendor.submits).toEqual([]);
  });

  it.each([
    '/v1/images/generations/',
    '/v1/images',
    '/v1//images/generations',
    '/v1/images/generations%00',
    '/V1/images/generations',
    '/v1/chat/completions',
    '/openai/deployments//images/generations',
    '/openai/deployments/%2e%2e/images/generations',
  ])('the path %s', async (path) => {
    const answer = await server.post(path, { prompt: PROMPT });
    await expectRefusal(answer, [400, 404]);
  });

  it.each(['', ' ', 'x'.repeat(256)])('the Idempotency-Key %j', async (key) => {
    const line = Buffer.from(`Idempotency-Key: ${key}`);
    const body = JSON.stringify({ prompt: PROMPT });
    const bytes = Buffer.concat([
      Buffer.from(`POST /v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n`),
      ...[Buffer.from('Content-Type: application/json\r\n'), line, Buffer.from('\r\n')],
      Buffer.from(`Content-Length: ${body.length}\r\n\r\n${body}`),
    ]);
    const { status } = await sendBytes(server.url, bytes);
    expect(status).toBe(400);
    expect(server.vendor.submits).toEqual([]);
  });
});

it.each([
  ['every plane of Unicode', 'ein Fuchs 🦊 für Änne, 狐, ثعلب, שועל, e\u0301, \u{10ffff}'],
  ['line feeds and tabs', 'a fox\n\tin the snow\r\n'],
  ['text that looks like JSON, HTML and SQL', '{"n":10} <img src=x onerror=alert(1)> \'; DROP TABLE runs; --'],
  ['32,000 characters', 'x'.repeat(32_000)],
])('a prompt of %s arrives as it was sent', async (_, prompt) => {
  const other = await start();
  const answer = await other.post('/v1/images/generations', { model: 'openai/gpt-image-2', prompt });
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { data } = (await answer.json()) as { readonly data: readonly { readonly b64_json: string }[] };
  const [submit] = other.vendor.submits;
  expect(submit?.prompt.trim()).toBe(prompt.trim());
  expect(sha256(data[0]?.b64_json ?? '')).toBe(sha256(imageOf(submit?.prompt ?? '')));
});

it.each(['"1"', '1', '1.0', 'null'])('n as %s is one image', async (n) => {
  const other = await start();
  const body = `{"prompt":"one fox","n":${n}}`;
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  const answer = await other.send('/v1/images/generations', { method: 'POST', body, headers });
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(other.vendor.submits[0]?.fields.n ?? 1).toBe(1);
});
