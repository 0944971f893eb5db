/** JSON answers whose images are encoded while they are sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../../src/apps/server/http/json-body/encode-base64.ts';
import { answerJson, jsonBody } from '../../../src/apps/server/http/json-body.ts';

const base64Of = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The same value with texts where it has bytes. */
function withTexts(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64Of(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item)]));
}

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.uint8Array({ maxLength: 90_000, size: 'max' }),
    fc.uint8Array({ maxLength: 10 }),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
  ),
}));

describe('jsonBody', () => {
  it('writes what JSON.stringify writes, with base64 where the value has bytes, and knows its length', async () => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const text = JSON.stringify(withTexts(value)) ?? 'null';
        const { body, byteLength } = jsonBody(value);
        expect(await new Response(body).text()).toBe(text);
        expect(byteLength).toBe(Buffer.byteLength(text));
      }),
      { numRuns: 200 },
    );
  });

  it('encodes bytes of every length, also those that are a view of a longer buffer', () => {
    const all = Uint8Array.from({ length: 300 }, (_, index) => (index * 37) % 256);
    for (let length = 0; length < 290; length++) {
      const view = all.subarray(7, 7 + length);
      expect(Buffer.from(encodeBase64(view)).toString('latin1')).toBe(base64Of(view));
    }
  });

  it('sends a text of the caller that looks like a placeholder unchanged', async () => {
    const value = { prompt: crypto.randomUUID(), images: [new Uint8Array([1, 2, 3])] };
    expect(await new Response(jsonBody(value).body).json()).toEqual({ prompt: value.prompt, images: ['AQID'] });
  });

  it('encodes nothing before the reader asks, and one slice for each read', async () => {
    const image = new Uint8Array(1_000_000);
    const { body } = jsonBody({ image });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"image":"');
    image.fill(255, 0, 3);
    image.fill(255, 49_152, 49_155);
    const [first, second] = [await reader.read(), await reader.read()];
    expect(new TextDecoder().decode(first.value).slice(0, 8)).toBe('////AAAA');
    expect(new TextDecoder().decode(second.value).slice(0, 8)).toBe('////AAAA');
    expect(first.value?.length).toBe(65_536);
    await reader.cancel();
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  it('lets timers run while many answers are read without a pause', async () => {
    const image = new Uint8Array(4_000_000);
    let passes = 0;
    const timer = setInterval(() => passes++, 0);
    await Promise.all(Array.from({ length: 8 }, () => new Response(jsonBody({ image }).body).arrayBuffer()));
    clearInterval(timer);
    // 8 answers of 5.3 MB, at most 1 MiB and one slice of each answer in a pass.
    expect(passes).toBeGreaterThan(20);
  });
});

it('answers with the type, the length and the status', async () => {
  const answer = answerJson({ image: new Uint8Array(100_000) }, { status: 202, headers: { 'x-imagen-run': 'r' } });
  expect(answer.status).toBe(202);
  expect(Object.fromEntries(answer.headers)).toEqual({
    'content-type': 'application/json',
    'content-length': String('{"image":""}'.length + 133_336),
    'x-imagen-run': 'r',
  });
  expect((await answer.text()).length).toBe(133_336 + 12);
});
