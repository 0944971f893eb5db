import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { blob, blobFields, blobOrLink } from '../../../../src/providers/kit/schema/blob.ts';
import { parseInput, parseReply } from '../../../../src/providers/kit/schema/parse.ts';
import { AiImageError } from '../../../../src/providers/protocol/errors.ts';
import { suggest } from '../../../../src/providers/protocol/input/suggest.ts';
import { imageRequestSchema } from '../../../../src/providers/protocol/request.ts';
import { cpuMs } from '../../../support/stopwatch.ts';

function refusal(value: unknown, schema: z.ZodMiniType = imageRequestSchema): AiImageError {
  try {
    parseInput(schema, value, { code: 'invalid_request', subject: 'request', provider: 'sample' });
  } catch (error) {
    if (error instanceof AiImageError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a wrong request', () => {
  it.each([
    [{}, 'prompt must be a string'],
    [{ prompt: '  ' }, 'prompt must not be blank'],
    [{ prompt: 'fox', n: 0 }, 'invalid n 0 (expected at least 1)'],
    [{ prompt: 'fox', n: 101 }, 'invalid n 101 (expected at most 100)'],
    [{ prompt: 'fox', n: 1.5 }, 'invalid n 1.5 (expected a whole number)'],
    [{ prompt: 'fox', n: Number.NaN }, 'invalid n NaN (expected a number)'],
    [{ prompt: 'fox', seed: -1 }, 'invalid seed -1 (expected at least 0)'],
    [{ prompt: 'fox', quality: 'best' }, 'invalid quality "best" (expected one of draft, standard, hd)'],
    [{ prompt: 'fox', model: '' }, 'model must have at least 1 character'],
    [{ prompt: 'fox', inputImages: [] }, 'inputImages must have at least 1 entry'],
    [{ prompt: 'fox', aspectRatio: '16x9' }, 'invalid aspectRatio "16x9" (expected "WIDTH:HEIGHT")'],
    [
      { prompt: 'fox', size: 'huge' },
      'invalid size "huge" (expected "WIDTHxHEIGHT", "square", "landscape" or "portrait")',
    ],
    [
      { prompt: 'fox', inputImages: ['fox.png'] },
      'inputImages.0 must be the bytes of an image (Uint8Array), an https: link or a data:image/ link',
    ],
    [
      { prompt: 'fox', mask: 5 },
      'mask must be the bytes of an image (Uint8Array), an https: link or a data:image/ link',
    ],
    [{ prompt: 'fox', options: 5 }, 'options must be an object'],
    [null, 'the request must be an object'],
  ])('%j is refused with a message that says what is expected', (value, message) => {
    expect(refusal(value)).toMatchObject({ code: 'invalid_request', message: `sample: ${message}` });
  });

  it('F13: the schema accepts only formats of the closed list', () => {
    expect(refusal({ prompt: 'fox', format: 'png/../../x' }).message).not.toContain('..');
  });

  it('names an unknown field and suggests the most similar one', () => {
    expect(refusal({ promt: 'fox' })).toMatchObject({
      message: 'sample: unknown field "promt"',
      hint: 'Did you mean prompt?',
    });
    expect(refusal({ prompt: 'fox', zzzzzzzz: 1 }).hint).toMatch(/^Known fields: prompt, negativePrompt, /);
  });

  it('suggests fields of the nested object that holds the unknown one', () => {
    const schema = z.strictObject({
      model: z.optional(z.string()),
      svg: z.optional(z.strictObject({ reasoning: z.string() })),
      list: z.optional(z.readonly(z.array(z.strictObject({ weight: z.optional(z.number()) })))),
    });
    expect(refusal({ svg: { reasonning: 'x' } }, schema)).toMatchObject({
      message: 'sample: unknown field "reasonning" in svg',
      hint: 'Did you mean reasoning?',
    });
    expect(refusal({ list: [{ wieght: 1 }] }, schema)).toMatchObject({
      message: 'sample: unknown field "wieght" in list.0',
      hint: 'Did you mean weight?',
    });
    expect(refusal({ a: 1 }, z.strictObject({})).hint).toBe('It takes no fields.');
  });

  it('is refused without showing a value that may be private', () => {
    const fields = Object.keys(imageRequestSchema._zod.def.shape);
    const secret = 'S3CR3T-VALUE';
    fc.assert(
      fc.property(
        fc.constantFrom(...fields),
        fc.constantFrom<unknown>(secret, [secret], { k: secret }, [[secret]], { url: [secret] }),
        (field, value) => {
          try {
            const { message, hint } = refusal({ prompt: ' ', [field]: value });
            expect(`${message} ${hint}`).not.toContain(secret);
          } catch (error) {
            expect((error as Error).message).toBe('it was taken'); // e.g. a secret as prompt is a prompt
          }
        },
      ),
    );
  });

  it('V27: a wrong request cannot change a prototype', () => {
    const request = JSON.parse('{"prompt":"fox","__proto__":{"polluted":1},"options":{"__proto__":{"polluted":1}}}');
    try {
      parseInput(imageRequestSchema, request, { code: 'invalid_request', subject: 'request', provider: 'sample' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_request' });
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('a wrong reply', () => {
  it('is a bad_response that names the field and what it must be', () => {
    const schema = z.object({ job: z.object({ id: z.string() }), data: z.nullish(z.array(z.unknown())) });
    expect(() => parseReply(schema, { job: {} }, 'sample')).toThrow(
      'sample: the reply is not what the vendor documents: job.id must be a string',
    );
    expect(() => parseReply(schema, 'text', 'sample')).toThrow('the reply must be an object');
    expect(parseReply(schema, { job: { id: 'a' }, extra: 1 }, 'sample')).toEqual({ job: { id: 'a' } });
  });
});

describe('a suggestion', () => {
  it('is made for a word that is similar to a known one', () => {
    expect(suggest('seeed', ['seed', 'size'])).toBe('Did you mean seed?');
    expect(suggest('ASPECTRATIO', ['aspectRatio'])).toBe('Did you mean aspectRatio?');
  });

  it('is not made for a word that only has a similar length', () => {
    expect(suggest('x', ['n'])).toBeUndefined();
    expect(suggest('to', ['n', 'png'])).toBeUndefined();
    expect(suggest('anything', [])).toBeUndefined();
  });

  it('X04: a suggestion takes no time for very long words', () => {
    expect(cpuMs(() => suggest('a'.repeat(100_000), ['b'.repeat(100_000), 'seed']))).toBeLessThan(1_000);
  });
});

describe('fields that hold base64', () => {
  it('are found at any depth and in any wrapper', () => {
    const nested: z.ZodMiniType = z.object({
      deep: z.nullish(blob()),
      get again() {
        return z.optional(nested);
      },
    });
    const schema = z.object({
      plain: blob(),
      maybe: z.optional(z.nullable(blob())),
      list: z.array(blob()),
      either: z.union([z.object({ b64: blob() }), z.object({ refused: z.string() })]),
      pair: z.tuple([z.string(), z.object({ second: blob() })]),
      both: z.intersection(z.object({ left: blob() }), z.object({ right: blob() })),
      named: z.record(z.string(), z.object({ inRecord: blob() })),
      late: z.lazy(() => z.object({ inLazy: blob() })),
      link: z.nullish(blobOrLink()),
      nested,
      text: z.string(),
    });
    expect(Object.fromEntries(blobFields([schema, undefined]))).toEqual({
      plain: 'base64',
      maybe: 'base64',
      list: 'base64',
      b64: 'base64',
      second: 'base64',
      left: 'base64',
      right: 'base64',
      inRecord: 'base64',
      inLazy: 'base64',
      link: 'data-url',
      deep: 'base64',
    });
  });

  it('are bytes when the schema parses them: base64 text is an error', () => {
    expect(blob().safeParse(new Uint8Array(1)).success).toBe(true);
    expect(blob().safeParse('aGVsbG8=').success).toBe(false);
    expect(blobOrLink().safeParse('https://cdn.example.com/1.png').success).toBe(true);
  });
});
