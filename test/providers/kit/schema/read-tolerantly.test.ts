import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { blob, blobOrLink } from '../../../../src/providers/kit/schema/blob.ts';
import { readTolerantly } from '../../../../src/providers/kit/schema/read-tolerantly.ts';
import { runsOf } from '../../../support/full-size.ts';

const reply = z.object({
  id: z.string(),
  price: z.nullish(z.number()),
  seed: z.optional(z.int()),
  note: z.nullish(z.string()),
  isSafe: z.nullish(z.boolean()),
  usage: z.nullish(z.object({ input: z.nullish(z.number()), output: z.nullish(z.number()) })),
  flags: z.nullish(z.array(z.nullish(z.boolean()))),
  images: z.nullish(
    z.array(z.object({ url: z.nullish(blobOrLink()), data: z.nullish(blob()), note: z.nullish(z.string()) })),
  ),
});

/** Null and missing are one: absent. */
const withoutNull = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each === null ? undefined : each)));

const dataOf = (value: unknown) => {
  const read = readTolerantly(reply, value);
  return read.ok ? { data: withoutNull(read.data), ignored: read.ignored } : read.issue;
};

describe('a reply that is read tolerantly', () => {
  it('is the schema’s result if it matches, with nothing ignored', () => {
    const value = { id: 'a', price: 4, images: [{ url: 'https://a.example/1.png' }] };

    expect(dataOf(value)).toEqual({ data: value, ignored: [] });
  });

  it.each<[string, object, object, string[]]>([
    ['a number in text', { price: '4.0', seed: '12' }, { price: 4, seed: 12 }, []],
    ['words where a number should be', { price: 'n/a' }, {}, ['price']],
    ['a fraction where a whole number should be', { seed: 1.5 }, {}, ['seed']],
    ['true in text', { isSafe: 'true' }, { isSafe: true }, []],
    ['a flag where a text should be', { note: false }, {}, ['note']],
    ['a text where an object should be', { usage: 'n/a' }, {}, ['usage']],
    ['one field of an object', { usage: { input: 'x', output: 7 } }, { usage: { output: 7 } }, ['usage.input']],
    ['flags by position', { flags: ['x', true] }, { flags: [null, true] }, ['flags.0']],
    ['an element that is none', { images: [null, 5, { url: 'u' }] }, { images: [{ url: 'u' }] }, ['images.1']],
    ['other spellings of nothing', { note: null, price: '', usage: [], flags: [] }, { flags: [] }, []],
    ['empty base64 beside a link', { images: [{ data: '', url: 'u' }] }, { images: [{ url: 'u' }] }, []],
  ])('reads or leaves out %s', (_, more, expected, ignored) => {
    expect(dataOf({ id: 'a', ...more })).toEqual({ data: { id: 'a', ...expected }, ignored });
  });

  it('reads an integer id as text, but no other text', () => {
    expect(dataOf({ id: 17, note: 17 })).toEqual({ data: { id: '17' }, ignored: ['note'] });
  });

  it.each([null, undefined, [], {}, 1.5, true])('fails if a required field is missing: an id that is %j', (id) => {
    expect(dataOf({ id, price: 4 })).toMatchObject({ path: ['id'] });
  });

  it('chooses the union option that loses the fewest fields', () => {
    const schema = z.union([
      z.object({ kind: z.literal('refused') }),
      z.object({ data: blob(), words: z.nullish(z.string()), price: z.nullish(z.number()) }),
      z.looseObject({}),
    ]);
    const data = Uint8Array.of(1);

    expect(readTolerantly(schema, { data, words: false })).toMatchObject({ ok: true, data: { data } });
  });

  it('always keeps required fields, whatever the other fields hold', () => {
    fc.assert(
      fc.property(
        fc.record({ price: fc.jsonValue(), usage: fc.jsonValue(), flags: fc.jsonValue(), seed: fc.jsonValue() }),
        (more) => {
          const read = readTolerantly(reply, { id: 'a', images: [{ url: 'u', note: more.price }], ...more });

          expect(read.ok && { id: read.data.id, url: read.data.images?.[0]?.url }).toEqual({ id: 'a', url: 'u' });
        },
      ),
      { numRuns: runsOf(2_000) },
    );
  });
});
