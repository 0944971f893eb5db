import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { imageRequestSchema } from '../../../src/providers/protocol/request.ts';

class Settings {
  readonly steps = 1;
}

/** What a caller may pass as `options` or `metadata`, and mistakes that look like it. */
const VALUES: Readonly<Record<string, unknown>> = {
  'an object': { steps: 1, nested: { a: [1] } },
  'an empty object': {},
  'an object without a prototype': Object.assign(Object.create(null), { steps: 1 }),
  'an object of another realm': runInNewContext('({ steps: 1 })'),
  'an object with a field constructor': { constructor: 5 },
  'an object with the key __proto__': JSON.parse('{ "__proto__": { "steps": 1 }, "other": 2 }'),
  'an object that inherits a field': Object.create({ steps: 1 }),
  'an object with a symbol': { [Symbol('steps')]: 1 },
  'an instance of a class': new Settings(),
  'a Map': new Map([['steps', 1]]),
  'a Date': new Date(0),
  'an array': [1],
  'a function': () => 1,
  'a number': 5,
  null: null,
};

describe('the options and the metadata of a request', () => {
  const record = z.readonly(z.record(z.string(), z.unknown()));

  it.each(Object.entries(VALUES))('are read from %s as z.record reads it', (_, value) => {
    const expected = record.safeParse(value);
    for (const field of ['options', 'metadata'] as const) {
      const read = imageRequestSchema.safeParse({ prompt: 'a fox', [field]: value });

      expect(read.success).toBe(expected.success);
      if (!read.success) continue;
      expect(read.data[field]).toEqual(expected.data);
      expect(read.data[field]).not.toBe(value);
      expect(Object.isFrozen(read.data[field])).toBe(true);
    }
  });

  it('never freeze what the caller passed', () => {
    const options = { steps: 1 };
    imageRequestSchema.parse({ prompt: 'a fox', options });

    expect(Object.isFrozen(options)).toBe(false);
  });
});
