import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { blob, blobFields, blobOrLink } from '../../../../src/providers/kit/schema/blob.ts';
import { parseInput, parseReply } from '../../../../src/providers/kit/schema/parse.ts';
import { suggest } from '../../../../src/providers/kit/suggest.ts';
import { AiImageError } from '../../../../src/providers/protocol/errors.ts';
import { imageRequestSchema } from '../../../../src/providers/protocol/request.ts';
import { TIMED } from '../../../support/timed.ts';

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
    [{}, 'request.prompt must be a string'],
    [{ prompt: '  ' }, 'request.prompt must not be blank'],
    [{ prompt: 'fox', n: 0 }, 'request.n must be at least 1'],
    [{ prompt: 'fox', n: 101 }, 'request.n must be at most 100'],
    [{ prompt: 'fox', n: 1.5 }, 'request.n must be a whole number'],
    [{ prompt: 'fox', n: Number.NaN }, 'request.n must be a number'],
    [{ prompt: 'fox', seed: -1 }, 'request.seed must be at least 0'],
    [{ prompt: 'fox', quality: 'best' }, 'request.quality must be one of draft, standard, hd'],
    [{ prompt: 'fox', model: '' }, 'request.model must have at least 1 characters'],
    [{ prompt: 'fox', inputImages: [] }, 'request.inputImages must have at least 1 entries'],
    [{ prompt: 'fox', aspectRatio: '16x9' }, 'request.aspectRatio must be like 16:9'],
    [
      { prompt: 'fox', size: 'huge' },
      'request.size must be WIDTHxHEIGHT in pixels (e.g. 1024x1024) or one of square, landscape, portrait',
    ],
    [
      { prompt: 'fox', inputImages: ['fox.png'] },
      'request.inputImages.0 must be the bytes of a picture (Uint8Array), an https: link or a data:image/ link',
    ],
    [
      { prompt: 'fox', mask: 5 },
      'request.mask must be the bytes of a picture (Uint8Array), an https: link or a data:image/ link',
    ],
    [{ prompt: 'fox', options: 5 }, 'request.options must be a record'],
    [null, 'request must be an object'],
  ])('%j is told in words what it must be', (value, message) => {
    expect(refusal(value)).toMatchObject({ code: 'invalid_request', message: `sample: ${message}` });
  });

  it('F13: takes formats of the closed list only', () => {
    expect(refusal({ prompt: 'fox', format: 'png/../../x' }).message).not.toContain('..');
  });

  it('names a misspelt field and the one that was probably meant', () => {
    expect(refusal({ promt: 'fox' })).toMatchObject({
      message: 'sample: request has no field "promt"',
      hint: 'Did you mean prompt?',
    });
    expect(refusal({ prompt: 'fox', zzzzzzzz: 1 }).hint).toMatch(/^Fields are prompt, negativePrompt, /);
  });

  it('suggests the fields of the place where the misspelling is', () => {
    const schema = z.strictObject({
      model: z.optional(z.string()),
      svg: z.optional(z.strictObject({ reasoning: z.string() })),
      list: z.optional(z.readonly(z.array(z.strictObject({ weight: z.optional(z.number()) })))),
    });
    expect(refusal({ svg: { reasonning: 'x' } }, schema)).toMatchObject({
      message: 'sample: request.svg has no field "reasonning"',
      hint: 'Did you mean reasoning?',
    });
    expect(refusal({ list: [{ wieght: 1 }] }, schema)).toMatchObject({
      message: 'sample: request.list.0 has no field "wieght"',
      hint: 'Did you mean weight?',
    });
    expect(refusal({ a: 1 }, z.strictObject({})).hint).toBe('It takes no fields.');
  });

  it('is never shown: values may be private', () => {
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

  it('S27: cannot reach a prototype', () => {
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
  it('is a bad_response that names the place and what is missing', () => {
    const schema = z.object({ job: z.object({ id: z.string() }), data: z.nullish(z.array(z.unknown())) });
    expect(() => parseReply(schema, { job: {} }, 'sample')).toThrow(
      'sample: the reply is not what the vendor documents: job.id must be a string',
    );
    expect(() => parseReply(schema, 'text', 'sample')).toThrow('the reply must be an object');
    expect(parseReply(schema, { job: { id: 'a' }, extra: 1 }, 'sample')).toEqual({ job: { id: 'a' } });
  });
});

describe('a suggestion', () => {
  it('is made for what is nearly a word that is known', () => {
    expect(suggest('seeed', ['seed', 'size'])).toBe('Did you mean seed?');
    expect(suggest('ASPECTRATIO', ['aspectRatio'])).toBe('Did you mean aspectRatio?');
  });

  it('is not made for a word that merely is as short', () => {
    expect(suggest('x', ['n'])).toBeUndefined();
    expect(suggest('to', ['n', 'png'])).toBeUndefined();
    expect(suggest('anything', [])).toBeUndefined();
  });

  it('X04: takes no time for very long words', TIMED, () => {
    const startedAt = performance.now();
    suggest('a'.repeat(100_000), ['b'.repeat(100_000), 'seed']);
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});

describe('fields that hold base64', () => {
  it('are found at any depth and under any wrapper', () => {
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

  it('are bytes by the time a schema sees them: base64 text there is an error', () => {
    expect(blob().safeParse(new Uint8Array(1)).success).toBe(true);
    expect(blob().safeParse('aGVsbG8=').success).toBe(false);
    expect(blobOrLink().safeParse('https://cdn.example.com/1.png').success).toBe(true);
  });
});
