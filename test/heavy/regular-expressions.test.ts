import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExpressionFact } from '../../src/governance/facts.ts';
import { readFacts } from '../../src/governance/read-facts.ts';
import { adversarialTexts } from '../architecture/support/adversary.ts';
import type { Order, Outcome } from '../architecture/support/run-expression.ts';
import { root, sourceFiles } from '../architecture/support/tree.ts';

/** Milliseconds that one expression may take for one text of 100 kB. */
const LIMIT_MS = 50;

let worker: Worker;
const start = () => new Worker(new URL('../architecture/support/run-expression.ts', import.meta.url));
beforeAll(() => {
  worker = start();
});
afterAll(() => worker.terminate());

/** Runs the expression on texts made for it; a runaway one is stopped with its worker. */
async function attack(
  { source, flags }: Pick<ExpressionFact, 'source' | 'flags'>,
  patienceMs = 30_000,
): Promise<Outcome> {
  const order: Order = { source, flags, texts: adversarialTexts(source, flags), limitMs: LIMIT_MS };
  worker.postMessage(order);
  try {
    const [outcome]: Outcome[] = await once(worker, 'message', { signal: AbortSignal.timeout(patienceMs) });
    if (!outcome) throw new Error('The worker answered without an outcome.');
    return outcome;
  } catch (error) {
    await worker.terminate();
    worker = start();
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    return { slowest: -1, ms: Number.POSITIVE_INFINITY, error: `more than ${patienceMs} ms` };
  }
}

describe('the regular expressions of the source', () => {
  it('X04: each processes 100 kB of adversarial text within 50 ms', async () => {
    const files = Object.fromEntries(
      await Promise.all(sourceFiles.map(async (file) => [file, await readFile(`${root}${file}`, 'utf8')] as const)),
    );
    const found: string[] = [];
    let count = 0;
    for (const [file, { expressions }] of await readFacts(files)) {
      for (const expression of expressions) {
        count += 1;
        const { ms, error } = await attack(expression);
        const { line, source, flags } = expression;
        if (ms > LIMIT_MS) found.push(`${file}:${line} /${source}/${flags} took ${error ?? `${Math.round(ms)} ms`}`);
      }
    }
    expect(found).toEqual([]);
    expect(count).toBeGreaterThan(10);
  });

  it('X04: the regular expressions of the source are all found: as many as a text search finds', async () => {
    const file = 'planted.ts';
    const text = [
      'export const a = /one/;',
      "export const b = 'x'.replace(/two\\/half/g, '');",
      'export const c = new RegExp("three", "i");',
      "export const d = RegExp('four');",
      'export const e = new RegExp(/five/, "g");',
      'export const f = 6 / 2 / 3; // no /expression/ here',
    ].join('\n');
    const expressions = (await readFacts({ [file]: text })).get(file)?.expressions ?? [];
    expect(expressions.map(({ line, source, flags }) => `${line} ${source} ${flags}`)).toEqual([
      '1 one ',
      '2 two\\/half g',
      '3 three i',
      '4 four ',
      '5 five ',
    ]);
  });
});

describe('a planted expression', () => {
  it.each([
    ['nested repetition', '(a+)+$', ''],
    ['overlapping choices', '^(a|a)*$', ''],
    ['overlapping choices of classes', '^(\\w|\\d)+:$', ''],
    ['a hidden one after a prefix', '^data:image/(?:[a-z]+\\.?)+;$', ''],
    ['one that matches from every start', '\\s+$', ''],
    ['one that matches from every start, globally', '[?&][^#]*#', 'g'],
    ['two neighbours that overlap', '^\\d*\\d*\\d*x$', ''],
  ])('X04: a planted expression with %s is detected', async (_what, source, flags) => {
    expect((await attack({ source, flags }, 300)).ms).toBeGreaterThan(LIMIT_MS);
  });

  it.each([
    ['^[1-9]\\d{0,4}x[1-9]\\d{0,4}$', ''],
    ['^(https?:\\/\\/|data:image\\/)', 'i'],
    ['[A-Z]+(?![a-z])|[A-Z]?[a-z]+', 'g'],
    ['\\x89PNG', ''],
  ])('X04: /%s/ without such a fault is accepted', async (source, flags) => {
    expect((await attack({ source, flags })).ms).toBeLessThan(LIMIT_MS);
  });

  it('X04: a planted expression is tested with texts that start with its required prefix', () => {
    const texts = adversarialTexts('^data:image/(?:[a-z]+\\.?)+;$', '', 10_000);
    expect(texts.some((text) => /^data:image\/a{100,}/.test(text))).toBe(true);
    expect(texts.every((text) => text.length <= 10_000)).toBe(true);
  });
});
