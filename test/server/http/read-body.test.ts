/** The readers of bodies, without a socket. `body-caps.test.ts` sends them over one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import { readFormBody, readJsonBody } from '../../../src/apps/server/http/read-body.ts';
import type { ServerRequest } from '../../../src/apps/server/http/server-context.ts';

/** As much of Hono's context as the readers use. */
function requestWith(body: BodyInit, headers: Record<string, string> = {}): ServerRequest {
  const raw = new Request('http://127.0.0.1/', { method: 'POST', body, headers });
  return { env: {}, req: { raw, header: (name: string) => raw.headers.get(name) ?? undefined } } as never; // what is read of it
}

const faultOf = async (work: Promise<unknown>): Promise<HttpFault> => {
  const fault = await work.then(
    () => undefined,
    (error: HttpFault) => error,
  );
  if (fault === undefined) throw new Error('it was accepted');
  return fault;
};

const MAX = 10_000_000;

describe('a JSON body', () => {
  it('is returned parsed and as bytes', async () => {
    const { value, bytes } = await readJsonBody(requestWith('{"prompt":"ä \\" \\\\","n":[1,{"a":null}]}'), MAX);
    expect(value).toEqual({ prompt: 'ä " \\', n: [1, { a: null }] });
    expect(new TextDecoder().decode(bytes)).toContain('"ä ');
  });

  it('reads whatever JSON.stringify writes', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
        const text = JSON.stringify(value);
        if (/__proto__|constructor/.test(text)) return;
        expect((await readJsonBody(requestWith(text), MAX)).value).toEqual(JSON.parse(text));
      }),
    ));

  it('S26: has at most 64 levels and 100,000 values, and is refused before it is parsed', async () => {
    const deep = await faultOf(readJsonBody(requestWith('['.repeat(100_000) + ']'.repeat(100_000)), MAX));
    expect(deep).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(deep.message).toContain('64 levels');
    const keys = Array.from({ length: 1_000_000 }, (_, at) => `"${at.toString(36)}":0`).join();
    const wide = await faultOf(readJsonBody(requestWith(`{${keys}}`), 100_000_000));
    expect(wide.message).toContain('100000 values');
    await readJsonBody(requestWith('['.repeat(64) + ']'.repeat(64)), MAX);
  });

  it.each([
    '{"__proto__":{"a":1}}',
    '{"options":[{"a":{"__proto__" : null}}]}',
    '{"constructor":{"prototype":{}}}',
    '{"\\u005f_proto__":1}',
    '{"c\\u006fnstructor"\n\t:1}',
    '{"a":"\\\\","__proto__":1}',
  ])('S27: is refused with a key that changes prototypes: %s', async (text) => {
    expect(await faultOf(readJsonBody(requestWith(text), MAX))).toMatchObject({ status: 400, code: 'invalid_field' });
  });

  it('may have these words in values', async () => {
    const value = { prompt: '__proto__', tags: ['constructor', '{"__proto__":1}'], 'my constructor': ':' };
    expect((await readJsonBody(requestWith(JSON.stringify(value)), MAX)).value).toEqual(value);
  });

  it.each(['', '{', '{"a":1}x', '"\\x"', 'undefined', '{"\\u00":1}', '"'])(
    'is refused if it is not JSON: %j',
    async (text) => {
      const fault = await faultOf(readJsonBody(requestWith(text), MAX));
      expect(fault).toMatchObject({ status: 400, code: 'invalid_json' });
    },
  );

  it('is refused if it is not UTF-8', async () => {
    const fault = await faultOf(readJsonBody(requestWith(Uint8Array.of(0x22, 0xff, 0x22)), MAX));
    expect(fault).toMatchObject({ status: 400, code: 'invalid_json' });
  });

  it('is refused above its cap, whether its length is declared or not', async () => {
    const declared = requestWith('[1]', { 'content-length': '100' });
    expect(await faultOf(readJsonBody(declared, 10))).toMatchObject({
      status: 413,
      details: { closesConnection: true },
    });
    expect(await faultOf(readJsonBody(requestWith(`"${'x'.repeat(9)}"`), 10))).toMatchObject({ status: 413 });
    expect((await readJsonBody(requestWith(`"${'x'.repeat(8)}"`), 10)).value).toBe('xxxxxxxx');
  });
});

const BOUNDARY = '----formdata-1';
const formOf = (text: string, boundary = BOUNDARY): ServerRequest =>
  requestWith(text.replaceAll('\n', '\r\n'), { 'content-type': `multipart/form-data; boundary=${boundary}` });

describe('a form', () => {
  it('is read as the platform writes it', async () => {
    const form = new FormData();
    form.append('prompt', 'a "quoted" prompt\nin two lines; ä');
    form.append('image[]', new Blob([Uint8Array.of(1, 13, 10, 45, 45, 2)]), 'a "b" ä.png');
    form.append('image[]', new Blob([new Uint8Array()]), 'empty.png');
    form.append('n', '1');
    form.append('n', '2');
    const { fields, files } = await readFormBody(requestWith(form as never), MAX);
    expect([...fields]).toEqual([
      ['prompt', ['a "quoted" prompt\r\nin two lines; ä']],
      ['n', ['1', '2']],
    ]);
    expect(files.map(({ field, name, bytes }) => [field, name, [...bytes]])).toEqual([
      ['image[]', 'a "b" ä.png', [1, 13, 10, 45, 45, 2]],
      ['image[]', 'empty.png', []],
    ]);
  });

  it('keeps any bytes of a file', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), async (contents) => {
        const form = new FormData();
        for (const bytes of contents) form.append('image', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'x');
        const { files } = await readFormBody(requestWith(form as never), MAX);
        expect(files.map(({ bytes }) => [...bytes])).toEqual(contents.map((bytes) => [...bytes]));
      }),
    ));

  it('may have a preamble, an epilogue, spaces after a boundary, a quoted boundary and headers in any case', async () => {
    const text = `preamble\n--a b \t\nCONTENT-type: text/plain\ncontent-disposition: form-data; NAME=prompt\n\nhi\n--a b--\nepilogue`;
    expect((await readFormBody(formOf(text, '"a b"'), MAX)).fields.get('prompt')).toEqual(['hi']);
  });

  it('skips a file field in which no file was chosen', async () => {
    const text = `--${BOUNDARY}\nContent-Disposition: form-data; name="mask"; filename=""\n\n\n--${BOUNDARY}--\n`;
    expect((await readFormBody(formOf(text), MAX)).files).toEqual([]);
  });

  it('has the same hash with another boundary and other file names, and another one with other content', async () => {
    const hashOf = async (boundary: string, name: string, content: string) => {
      const text = `--${boundary}\nContent-Disposition: form-data; name="image"; filename="${name}"\n\n${content}\n--${boundary}--\n`;
      return (await readFormBody(formOf(text, boundary), MAX)).hash;
    };
    const first = await hashOf('one', 'a.png', 'x');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf('two', 'b.png', 'x')).toBe(first);
    expect(await hashOf('one', 'a.png', 'y')).not.toBe(first);
  });

  it.each([
    ['no boundary in the body', 'nothing'],
    ['no last boundary', `--${BOUNDARY}\nContent-Disposition: form-data; name="a"\n\nx`],
    ['a part without a name', `--${BOUNDARY}\nContent-Disposition: form-data\n\nx\n--${BOUNDARY}--`],
    ['text after a boundary', `--${BOUNDARY}x\nContent-Disposition: form-data; name="a"\n\nx\n--${BOUNDARY}--`],
    ['a header without end', `--${BOUNDARY}\nContent-Disposition: form-data; name="a"\n`],
    ['a quote without end', `--${BOUNDARY}\nContent-Disposition: form-data; name="a\n\nx\n--${BOUNDARY}--`],
    ['a long header', `--${BOUNDARY}\nX: ${'x'.repeat(5_000)}\n\nx\n--${BOUNDARY}--`],
    [
      'base64',
      `--${BOUNDARY}\nContent-Disposition: form-data; name="a"\nContent-Transfer-Encoding: base64\n\nx\n--${BOUNDARY}--`,
    ],
  ])('is refused with %s', async (_, text) => {
    expect(await faultOf(readFormBody(formOf(text), MAX))).toMatchObject({ status: 400, code: 'invalid_form' });
  });

  it('S27: is refused with a field that changes prototypes', async () => {
    const text = `--${BOUNDARY}\nContent-Disposition: form-data; name="__proto__"\n\nx\n--${BOUNDARY}--`;
    expect(await faultOf(readFormBody(formOf(text), MAX))).toMatchObject({ status: 400, code: 'invalid_field' });
  });

  it('has at most 128 parts', async () => {
    const part = `--${BOUNDARY}\nContent-Disposition: form-data; name="a"\n\nx\n`;
    expect((await readFormBody(formOf(`${part.repeat(128)}--${BOUNDARY}--`), MAX)).fields.get('a')).toHaveLength(128);
    const fault = await faultOf(readFormBody(formOf(`${part.repeat(129)}--${BOUNDARY}--`), MAX));
    expect(fault).toMatchObject({ status: 400, code: 'too_many_parts' });
  });

  it('is refused without the Content-Type of a form', async () => {
    const urlEncoded = requestWith('a=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await faultOf(readFormBody(urlEncoded, MAX))).toMatchObject({ status: 415 });
  });
});

it.each(['gzip', 'br', 'GZIP, identity'])(
  'a compressed body is refused, and the answer says why: %s',
  async (encoding) => {
    const headers = { 'content-encoding': encoding, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
    for (const read of [readJsonBody, readFormBody]) {
      const fault = await faultOf(read(requestWith('{}', headers), MAX));
      expect(fault).toMatchObject({ status: 415, code: 'unsupported_media_type' });
      expect(fault.message).toContain('no compressed bodies');
    }
    expect((await readJsonBody(requestWith('{}', { 'content-encoding': 'identity' }), MAX)).value).toEqual({});
  },
);
