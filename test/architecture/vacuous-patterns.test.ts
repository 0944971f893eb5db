/** An object with a regular expression for a text, in `toMatchObject`, compares nothing: any text passes. `expect.stringMatching` compares. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

/** A field of an error or a reply whose value is a regular expression. */
const PATTERN_AS_VALUE = /[{,\s](?:message|hint|reason|path|detail|text): \/[^/*]/;

async function linesWithPattern(): Promise<readonly string[]> {
  const names = (await readdir('test', { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  const found = await Promise.all(
    names.map(async (name) => {
      const lines = (await readFile(`test/${name}`, 'utf8')).split('\n');
      return lines.flatMap((line, at) => (PATTERN_AS_VALUE.test(line) ? [`${name}:${at + 1}`] : []));
    }),
  );
  return found.flat();
}

describe('an expected text', () => {
  it('is never a bare regular expression, which toMatchObject does not compare', async () => {
    expect(await linesWithPattern()).toEqual([]);
  });

  it('passes for any text if it is one', () => {
    const planted = { code: /refused/ };
    expect({ code: 'something else' }).toMatchObject(planted);
    expect(PATTERN_AS_VALUE.test(['toMatchObject({ message', '/refused/ })'].join(': '))).toBe(true);
    expect(PATTERN_AS_VALUE.test('message: expect.stringMatching(/refused/)')).toBe(false);
  });
});
