/** The lines that standard input is read in. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { createWholeLines } from '../../../../src/apps/cli/mcp/whole-lines.ts';

async function passed(chunks: readonly string[], maxBytes = 1_000): Promise<string[]> {
  const texts: string[] = [];
  const lines = Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(createWholeLines(maxBytes));
  lines.on('data', (piece) => texts.push(String(piece)));
  await once(lines, 'end');
  return texts;
}

it('passes on a line of many chunks in one piece', async () => {
  expect(await passed([...Array.from({ length: 500 }, () => 'x'), '\n'])).toEqual([`${'x'.repeat(500)}\n`]);
});

it('keeps the beginning of the next line, and passes on several lines together', async () => {
  expect(await passed(['{"a":', '1}\n{"b":2}\n{"c"', ':3}\n'])).toEqual(['{"a":1}\n{"b":2}\n', '{"c":3}\n']);
});

it('passes on an endless line before it is longer than the limit allows, so that the reader ends it', async () => {
  const pieces = await passed(Array.from({ length: 30 }, () => 'x'.repeat(100)));
  expect(pieces.map(({ length }) => length)).toEqual([1_100, 1_100]);
});

it('leaves characters of several bytes whole', async () => {
  const bytes = Buffer.from('"日本"\n');
  const chunks = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const texts: string[] = [];
  for await (const piece of Readable.from(chunks).pipe(createWholeLines(100))) texts.push(String(piece));
  expect(texts).toEqual(['"日本"\n']);
});
