/** What happens to each field of OpenAI's Images API. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFault } from '../../../src/apps/server/http/http-fault.ts';
import { FIELD_RULES, type ImageOperation } from '../../../src/apps/server/openai/request/field-rules.ts';
import { readFields } from '../../../src/apps/server/openai/request/read-fields.ts';

const PROMPT = { prompt: 'a fox' };

/** Values of each field, and what they become in a request to generate. `refused`: 400 with the name of the field. */
const CASES: Readonly<Record<string, readonly (readonly [value: unknown, expected: unknown])[]>> = {
  prompt: [
    ['a red fox', { request: { prompt: 'a red fox' } }],
    ['', 'refused'],
    ['  ', 'refused'],
    [7, 'refused'],
    ['x'.repeat(100_001), 'refused'],
  ],
  model: [
    ['openai/gpt-image-2', { model: 'openai/gpt-image-2' }],
    [{ id: 'x' }, 'refused'],
    ['x'.repeat(257), 'refused'],
  ],
  n: [
    [2, { request: { n: 2 } }],
    ['1', { request: { n: 1 } }],
    ['3.0', { request: { n: 3 } }],
    [0, 'refused'],
    [11, 'refused'],
    [1.5, 'refused'],
    ['two', 'refused'],
    [true, 'refused'],
  ],
  size: [
    ['1024x1536', { request: { size: '1024x1536' } }],
    ['256X256', { request: { size: '256x256' } }],
    ['1792x1024', { request: { size: '1792x1024' } }],
    ['landscape', { request: { size: 'landscape' } }],
    ['auto', { request: {} }],
    ['huge', 'refused'],
    ['0x0', 'refused'],
    ['1024', 'refused'],
    [1024, 'refused'],
  ],
  quality: [
    ['low', { request: { quality: 'draft' } }],
    ['medium', { request: { quality: 'standard' } }],
    ['high', { request: { quality: 'hd' } }],
    ['standard', { request: { quality: 'standard' } }],
    ['hd', { request: { quality: 'hd' } }],
    ['xhigh', { request: { quality: 'hd' }, vendorOptions: { quality: 'xhigh' } }],
    ['max', { request: { quality: 'hd' }, vendorOptions: { quality: 'max' } }],
    ['auto', { request: {} }],
    ['best', 'refused'],
  ],
  output_format: [
    ['jpeg', { request: { format: 'jpeg' } }],
    ['JPG', { request: { format: 'jpeg' } }],
    ['svg', { request: { format: 'svg' } }],
    ['bmp', 'refused'],
  ],
  output_compression: [
    [80, { vendorOptions: { output_compression: 80 } }],
    ['80', { vendorOptions: { output_compression: 80 } }],
    [101, 'refused'],
  ],
  background: [
    ['transparent', { request: { background: 'transparent' } }],
    ['auto', { request: {} }],
    ['green', 'refused'],
  ],
  moderation: [
    ['low', { request: { safety: 'relaxed' } }],
    ['auto', { request: {} }],
    ['none', 'refused'],
  ],
  style: [
    ['vivid', { request: { style: 'vivid' } }],
    [1, 'refused'],
  ],
  stream: [
    [true, { answer: { isStream: true } }],
    ['True', { answer: { isStream: true } }],
    ['1', { answer: { isStream: true } }],
    ['false', { answer: { isStream: false } }],
    ['yes', 'refused'],
  ],
  partial_images: [
    [2, { warnings: ['partial_images applies to streams only and was ignored.'] }],
    [0, { warnings: [] }],
    [4, 'refused'],
  ],
  response_format: [
    ['url', { answer: { as: 'url' } }],
    ['b64_json', { answer: { as: 'b64_json' } }],
    ['file', 'refused'],
  ],
  user: [
    ['anna', { metadata: { user: 'anna' } }],
    ['x'.repeat(513), 'refused'],
  ],
  safety_identifier: [['0a1b', { metadata: { safety_identifier: '0a1b' } }]],
  complexity: [
    ['low', { vendorOptions: { complexity: 'low' } }],
    ['none', 'refused'],
  ],
  frame_count: [
    [4, { vendorOptions: { frame_count: 4 } }],
    [1, 'refused'],
  ],
  frame_duration_ms: [
    ['200', { vendorOptions: { frame_duration_ms: 200 } }],
    [5, 'refused'],
  ],
  svg: [
    [
      { model: 'm', reasoning: { effort: 'low' } },
      { vendorOptions: { svg: { model: 'm', reasoning: { effort: 'low' } } } },
    ],
    [{ url: 'x' }, 'refused'],
    ['text', 'refused'],
  ],
  input_fidelity: [
    ['high', { warnings: ['input_fidelity applies to edits only and was ignored.'] }],
    ['medium', 'refused'],
  ],
  image: [['data:image/png;base64,AAAA', 'refused']],
  images: [[[], 'refused']],
  mask: [['data:image/png;base64,AAAA', 'refused']],
  markup: [['anything', 'refused']],
};

const attempt = (fields: Readonly<Record<string, unknown>>, operation: ImageOperation = 'generate') => {
  try {
    return readFields(fields, operation);
  } catch (error) {
    if (error instanceof HttpFault) return error;
    throw error;
  }
};

describe('a field of a request to generate', () => {
  it('has a case here for every row of the table', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(FIELD_RULES).sort());
  });

  const all = Object.entries(CASES).flatMap(([field, cases]) => cases.map((each) => [field, ...each] as const));
  it.each(all)('%s: %j', (field, value, expected) => {
    const read = attempt({ ...PROMPT, [field]: value });
    if (expected === 'refused') {
      expect(read).toMatchObject({ status: 400, details: { param: field } });
      return;
    }
    expect(read).not.toBeInstanceOf(HttpFault);
    const { request = {} } = expected as { readonly request?: object };
    expect(read).toMatchObject({ ...(expected as object), request: { ...PROMPT, ...request } });
  });

  it.each(Object.keys(FIELD_RULES).filter((field) => field !== 'prompt'))('%s: null is absent', (field) => {
    expect(attempt({ ...PROMPT, [field]: null })).toEqual(attempt(PROMPT));
  });
});

describe('a request', () => {
  it('names the fields that it ignores', () => {
    expect(attempt({ ...PROMPT, steps: 20, sampler: 'x' })).toMatchObject({
      request: PROMPT,
      warnings: ['The unknown field "steps" was ignored.', 'The unknown field "sampler" was ignored.'],
    });
  });

  it('needs a prompt to generate, and names a misspelled one', () => {
    expect(attempt({})).toMatchObject({ status: 400, code: 'missing_prompt', details: { param: 'prompt' } });
    expect(attempt({ promt: 'a fox' })).toMatchObject({ message: expect.stringContaining('"promt"') as string });
  });

  it('takes input_fidelity, image and mask for an edit', () => {
    expect(attempt({ ...PROMPT, input_fidelity: 'high', image: 'x', mask: 'y' }, 'edit')).toMatchObject({
      vendorOptions: { input_fidelity: 'high' },
      warnings: [],
    });
  });

  it('says that a stream has no links', () => {
    const warnings = [expect.stringMatching(/^response_format: a stream has the bytes/) as string];
    expect(attempt({ ...PROMPT, stream: true, response_format: 'url' })).toMatchObject({ warnings });
    expect(attempt({ ...PROMPT, stream: true, response_format: 'b64_json' })).toMatchObject({ warnings: [] });
  });

  it('keeps partial_images of a stream', () => {
    expect(attempt({ ...PROMPT, stream: true, partial_images: '2' })).toMatchObject({
      answer: { isStream: true, partialImages: 2 },
      warnings: [],
    });
  });

  it('is read without any other error than 400, whatever its fields hold', () => {
    const names = fc.oneof(fc.constantFrom(...Object.keys(FIELD_RULES)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), fc.constantFrom('generate', 'edit'), (fields, operation) => {
        const read = attempt(fields, operation);
        if (read instanceof HttpFault) expect(read.status).toBe(400);
        else expect(Object.values(read.request)).not.toContain(null);
      }),
      { numRuns: 500 },
    );
  });

  it('has the same meaning in JSON and as text of a form', () => {
    const values = fc.record({
      n: fc.integer({ min: 1, max: 10 }),
      stream: fc.boolean(),
      partial_images: fc.integer({ min: 0, max: 3 }),
      output_compression: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(values, (fields) => {
        const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
        expect(readFields({ ...PROMPT, ...texts }, 'generate')).toEqual(
          readFields({ ...PROMPT, ...fields }, 'generate'),
        );
      }),
      { numRuns: 200 },
    );
  });
});
