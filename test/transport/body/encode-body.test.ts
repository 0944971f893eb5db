import { describe, expect, it } from 'vitest';
import { DataUrl, type EncodedBody, encodeBody, toJsonText } from '../../../src/transport/body/encode-body.ts';
import type { PartField } from '../../../src/transport/call.ts';

describe('a JSON body', () => {
  it('contains bytes as base64, also those of a Buffer or of part of a larger array', () => {
    const whole = Uint8Array.from([0, 1, 2, 253, 254, 255]);
    const value = { a: whole, b: Buffer.from(whole), c: [whole.subarray(3)], d: { toJSON: () => 'own' } };

    expect(JSON.parse(toJsonText(value))).toEqual({ a: 'AAEC/f7/', b: 'AAEC/f7/', c: ['/f7/'], d: 'own' });
  });

  it('contains a data: link for a DataUrl', () => {
    expect(toJsonText({ url: new DataUrl(Uint8Array.from([0, 1, 2]), 'image/png') })).toBe(
      '{"url":"data:image/png;base64,AAEC"}',
    );
  });

  it('omits undefined values', () => {
    expect(toJsonText({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('sets its content type', () => {
    const bytes = new TextEncoder().encode('{}');
    expect(encodeBody({ kind: 'json', value: {} })).toEqual({ bytes, contentType: 'application/json' });
  });
});

/** How the platform reads a form back, and how its own fetch writes the same form, both with the boundary replaced. */
async function readForm({ bytes, contentType }: EncodedBody) {
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  return Array.from(form, ([name, value]) =>
    typeof value === 'string'
      ? { name, value }
      : { name, fileName: value.name, mediaType: value.type, size: value.size },
  );
}
async function asPlatformWrites(parts: readonly PartField[]): Promise<string> {
  const form = new FormData();
  for (const part of parts) {
    if ('value' in part) form.append(part.name, part.value);
    else form.append(part.name, new Blob([Buffer.from(part.bytes)], { type: part.mediaType }), part.fileName);
  }
  const whole = new Response(form);
  return withoutBoundary(new Uint8Array(await whole.arrayBuffer()), whole.headers.get('content-type')!);
}
function withoutBoundary(bytes: Uint8Array, contentType: string): string {
  return Buffer.from(bytes).toString('latin1').replaceAll(contentType.split('boundary=')[1]!, 'BOUNDARY').trimEnd();
}

describe('a form', () => {
  const file = { name: 'image[]', bytes: Uint8Array.from([1, 13, 10, 255]), fileName: 'a.png', mediaType: 'image/png' };

  it('contains texts and files in order, with names and types', async () => {
    const body = encodeBody({ kind: 'multipart', parts: [{ name: 'n', value: '2' }, file, file] });
    const read = { name: 'image[]', fileName: 'a.png', mediaType: 'image/png', size: 4 };
    expect(await readForm(body)).toEqual([{ name: 'n', value: '2' }, read, read]);
  });

  it.each<[string, PartField[]]>([
    ['no part', []],
    [
      'line ends and quotes in names',
      [
        { name: 'a"b\rc\nd\r\ne', value: '' },
        { ...file, name: '"\n', fileName: 'x"\r\n.png' },
      ],
    ],
    ['line ends in a text', [{ name: 'prompt', value: 'one\ntwo\rthree\r\nfour "five"' }]],
    [
      'other scripts and half of a surrogate pair',
      [
        { name: 'ü', value: '雪\ud800!' },
        { ...file, fileName: 'Ø 雪.png' },
      ],
    ],
    ['an empty file without a type', [{ ...file, bytes: new Uint8Array(), mediaType: '' }]],
    ['a type that contains a line end', [{ ...file, mediaType: 'image/png\r\nx: y' }]],
    ['a type in capitals', [{ ...file, mediaType: 'IMAGE/PNG' }]],
  ])('is written as the platform writes it: %s', async (_what, parts) => {
    const { bytes, contentType } = encodeBody({ kind: 'multipart', parts });
    expect(withoutBoundary(bytes, contentType)).toBe(await asPlatformWrites(parts));
  });

  it('has another boundary each time', () => {
    const types = Array.from({ length: 10 }, () => encodeBody({ kind: 'multipart', parts: [] }).contentType);
    expect(new Set(types).size).toBe(10);
  });
});
