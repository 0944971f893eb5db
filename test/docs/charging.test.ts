/** docs/charging.md: its table of amounts is what the rules of the ledger do. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  applyCost,
  applyMinimum,
  applyRelease,
  type LedgerChange,
  type LedgerEntry,
} from '../../src/providers/protocol/shared/ledger-rules.ts';

const PAGE = 'docs/charging.md';
const TABLE = /<!-- ledger rules -->\n[\s\S]*?<!-- \/ledger rules -->/;

type Change = (entry: LedgerEntry, micros: number) => LedgerChange | undefined;
type Changes = Readonly<Record<string, Change>>;

/** The columns of the table: what follows. */
const CHANGES: Changes = {
  reserved: applyMinimum,
  estimated: (entry, micros) => applyCost(entry, micros, 'estimated'),
  settled: (entry, micros) => applyCost(entry, micros, 'settled'),
  reported: (entry, micros) => applyCost(entry, micros, 'reported'),
  'settled as not charged': (entry) => applyRelease(entry, 'settled'),
  'reported as not charged': (entry) => applyRelease(entry, 'reported'),
};

/** The rows of the table: what the ledger contains. */
const BASES = [
  'reserved',
  'estimated',
  'settled',
  'reported',
  'released',
] as const satisfies readonly LedgerEntry['basis'][];

const IN_LEDGER = 100;

function effectOf(change: Change, basis: LedgerEntry['basis']): string {
  const entry: LedgerEntry = { reserved: IN_LEDGER, micros: basis === 'released' ? 0 : IN_LEDGER, basis };
  const [lower, same, higher] = [IN_LEDGER - 1, IN_LEDGER, IN_LEDGER + 1].map((micros) => change(entry, micros));
  if (higher === undefined) return 'is ignored';
  if (higher.micros === 0) return 'the entry becomes 0';
  if (lower?.micros === IN_LEDGER - 1) return 'replaces it';
  return lower === undefined && same === undefined ? 'replaces it if it is higher' : 'something else';
}

function tableOf(changes: Changes): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const titles = Object.keys(changes);
  const rows = BASES.map((basis) => row([basis, ...Object.values(changes).map((change) => effectOf(change, basis))]));
  const head = row(['In the ledger', ...titles.map((title) => `then *${title}*`)]);
  return [
    '<!-- ledger rules -->',
    head,
    row(['---', ...titles.map(() => '---')]),
    ...rows,
    '<!-- /ledger rules -->',
  ].join('\n');
}

if (process.env.UPDATE_DOCS) {
  const page = await readFile(PAGE, 'utf8');
  await writeFile(
    PAGE,
    page.replace(TABLE, () => tableOf(CHANGES)),
  );
}

describe('docs/charging.md', () => {
  it('has a table of which amount counts, as the rules of the ledger say', async () => {
    expect((await readFile(PAGE, 'utf8')).match(TABLE)?.[0]).toBe(tableOf(CHANGES));
  });

  it('has another table when the second of two estimates counts', () => {
    const last: Change = (_, micros) => ({ micros, basis: 'estimated' });
    expect(tableOf({ ...CHANGES, estimated: last })).not.toBe(tableOf(CHANGES));
  });
});
