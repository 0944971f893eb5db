import { describe, expect, it } from 'vitest';
import { DataUrl, encodeBody, toJsonText } from '../../../src/transport/body/encode-body.ts';

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
    expect(encodeBody({ kind: 'json', value: {} })).toEqual({ body: '{}', contentType: 'application/json' });
  });
});

describe('a form', () => {
  it('contains texts and files in order, and leaves the boundary to the platform', async () => {
    const file = { name: 'image[]', bytes: Uint8Array.from([1, 2]), fileName: 'a.png', mediaType: 'image/png' };
    const { body, contentType } = encodeBody({ kind: 'multipart', parts: [{ name: 'n', value: '2' }, file, file] });
    const form = body as FormData;

    expect(contentType).toBeUndefined();
    expect(Array.from(form.keys())).toEqual(['n', 'image[]', 'image[]']);
    const [first] = form.getAll('image[]') as File[];
    expect([first?.name, first?.type, first?.size]).toEqual(['a.png', 'image/png', 2]);
  });
});
