/** YAML that tries to stall the parser, grow without bound or hide content. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../src/config/file/read-yaml.ts';
import { fileSchema } from '../../src/config/file/schema.ts';
import { isAiImageError } from '../../src/index.ts';
import { errorTextOf, KEY, parse } from './support.ts';

/** Limit for CPU time. What such a text can cost without a guard takes minutes, so the limit allows for slow machines. */
const LIMIT_MS = 2_000;

describe('hostile YAML', () => {
  const bomb = (levels: number, width: number) =>
    [
      'a0: &a0 [x]',
      ...Array.from({ length: levels }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(width)}]`),
    ].join('\n');
  const nested = (piece: string, times: number) => piece.repeat(times);

  it.each([
    ['G01: aliases that expand exponentially', bomb(9, 9)],
    [
      'G01: aliases in a chain',
      `- &a0 x\n${Array.from({ length: 3000 }, (_, at) => `- &a${at + 1} [*a${at}]`).join('\n')}`,
    ],
    ['G01: an alias of itself', 'styles: &a { x: *a }\n'],
    ['G02: thousands of merge keys', `a: &a {b: c}\nstyles:\n${'  <<: *a\n'.repeat(25_000)}`],
    ['flow lists', nested('[', 200_000)],
    ['flow maps', nested('{a: ', 60_000)],
    ['block lists', nested('- ', 120_000)],
    ['explicit keys', nested('? ', 120_000)],
    ['colons', `a: ${nested(': ', 100_000)}`],
    ['thousands of keys', Array.from({ length: 30_000 }, (_, at) => `a${at}:`).join('\n')],
    ['thousands of invalid lines', nested('- }\n', 60_000)],
    ['thousands of documents', nested('---\n', 60_000)],
    ['thousands of anchors', nested('&a ', 80_000)],
  ])('%s: is refused at once', (_, text) => {
    const start = process.cpuUsage();
    const { problems, value } = readYaml(text);
    const isRefused = problems.length > 0 || !fileSchema.safeParse(value).success;
    const { user, system } = process.cpuUsage(start);
    expect(isRefused).toBe(true);
    expect((user + system) / 1000).toBeLessThan(LIMIT_MS);
  });

  it('G02: merge keys are refused, also when a directive enables them', async () => {
    expect(await errorTextOf('styles: { a: &a { prompt: x }, b: { <<: *a } }\n')).toContain(
      'merge keys (<<) are not supported',
    );
    expect(await errorTextOf('%YAML 1.1\n---\nstyles: {}\n')).toContain('1:1: directives (%…) are not supported');
  });

  it('accepts an alias that reuses a value in two places', async () => {
    const { profiles } = await parse('profiles: { a: { defaults: &d { size: square } }, b: { defaults: *d } }\n');
    expect(profiles.b).toEqual(profiles.a);
    expect(await errorTextOf('profiles: { a: { defaults: &d { sise: x } }, b: { defaults: *d } }')).toContain('1:33: ');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('G03: the key %s is refused at every level', async (key) => {
    for (const text of [
      `${key}: { polluted: 1 }`,
      `styles: { ${key}: x }`,
      `backends: { a: { type: stub, "${key}": {} } }`,
    ])
      expect(await errorTextOf(text)).toContain(`"${key}" cannot be the name of a setting`);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('treats names such as toString like any other name', async () => {
    expect(await errorTextOf('default_backend: toString\nbackends: { main: { type: stub } }')).toContain('no backend');
    expect(await errorTextOf('backends: { a: { type: stub, toString: 1 } }')).toContain(
      'there is no setting "toString"',
    );
    expect(Object.keys((await parse('styles: { toString: x, valueOf: y }')).styles)).toEqual(['toString', 'valueOf']);
  });

  it('gives a configuration or an AiImageError for any text, and never shows a key', async () => {
    const word = fc.constantFrom(
      'backends',
      'styles',
      'type',
      'stub',
      ':',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a',
      '!x',
      '"',
      '#',
      '<<',
      '|',
      '%',
      KEY,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
        ),
        async (text) => {
          try {
            await parse(text);
          } catch (error) {
            if (!isAiImageError(error)) throw error;
            expect(error.message).toMatch(/imagen\.yaml:\d+:\d+: /);
            expect(`${error.message}${error.hint}`).not.toContain(KEY);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives a configuration or an AiImageError for any JSON, which is YAML too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...Object.keys(fileSchema.shape), 'x'), fc.jsonValue({ maxDepth: 3 })),
        async (value) => {
          const failure = await parse(JSON.stringify(value)).then(
            () => undefined,
            (error: unknown) => error,
          );
          expect(failure === undefined || isAiImageError(failure), String(failure)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
