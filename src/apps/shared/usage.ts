/** What was spent, counted together by one thing, and drawn as bars. */

import { escapeXml } from '../../provenance/xmp/escape.ts';
import type { UsageRow } from '../../store/index.ts';
import { columns, dollars, shorten } from '../cli/output/table.ts';

export const GROUPINGS = ['day', 'provider', 'model'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Spent {
  readonly name: string;
  readonly calls: number;
  readonly images: number;
  readonly usd: number;
}

/** Days in their order, everything else by what it came to, the dearest first. */
export function groupUsage(rows: readonly UsageRow[], by: Grouping): readonly Spent[] {
  const groups = Map.groupBy(rows, (row) => (by === 'model' ? `${row.provider} ${row.model}` : row[by]));
  const spent = [...groups].map(([name, all]) => ({ name, ...sumOf(all) }));
  return by === 'day'
    ? spent.sort((one, other) => (one.name < other.name ? -1 : 1))
    : spent.sort((one, other) => other.usd - one.usd || other.images - one.images || (one.name < other.name ? -1 : 1));
}

/** Money is added in whole micro-dollars, as it is kept. */
export function sumOf(rows: readonly Omit<Spent, 'name'>[]): Omit<Spent, 'name'> {
  const add = (of: (row: Omit<Spent, 'name'>) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  return {
    calls: add(({ calls }) => calls),
    images: add(({ images }) => images),
    usd: add(({ usd }) => Math.round(usd * 1e6)) / 1e6,
  };
}

/** What the bars show: money, or pictures where nothing cost any. */
const measureOf = (spent: readonly Spent[]): 'usd' | 'images' => (spent.some(({ usd }) => usd > 0) ? 'usd' : 'images');

/** From 0 to 1, the longest 1. */
function sharesOf(spent: readonly Spent[]): readonly number[] {
  const measure = measureOf(spent);
  const most = Math.max(...spent.map((each) => each[measure]), 0);
  return spent.map((each) => (most === 0 ? 0 : each[measure] / most));
}

const count = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? '' : 's'}`;
const MOST_NAME = 40;
const LEAST_BAR = 8;

/** Name, numbers, bar: as wide as the terminal at most. */
export function toChart(spent: readonly Spent[], width: number): readonly string[] {
  const shares = sharesOf(spent);
  const cells = spent.map(({ name, calls, images, usd }) => [
    shorten(name, MOST_NAME),
    dollars(usd),
    count(images, 'picture'),
    count(calls, 'call'),
  ]);
  const before = Math.max(...columns(cells.map((row) => [...row, '|'])).map(({ length }) => length), 0) - 1;
  const room = Math.max(width - before, LEAST_BAR);
  // What is more than nothing shows.
  const bars = shares.map((share) => '█'.repeat(share === 0 ? 0 : Math.max(Math.round(share * room), 1)));
  return columns(
    cells.map((row, at) => [...row, bars[at] ?? '']),
    room,
  );
}

export const totalWords = ({ calls, images, usd }: Omit<Spent, 'name'>): string =>
  `${dollars(usd)} for ${count(images, 'picture')} in ${count(calls, 'call')}`;

const ROW = 26;
const BAR_WIDTH = 360;
const LETTER = 7.3;
const MARGIN = 16;
const TITLE_HEIGHT = 44;

/** A picture of the same: every bar has its name and its number beside it, so that no colour is needed to read it. */
export function toSvg(
  spent: readonly Spent[],
  { title, description }: { readonly title: string; readonly description: string },
): string {
  const shares = sharesOf(spent);
  const names = spent.map(({ name }) => shorten(name, MOST_NAME));
  const numbers = spent.map(({ usd, images }) => `${dollars(usd)}, ${count(images, 'picture')}`);
  const widest = (texts: readonly string[]) => Math.ceil(Math.max(...texts.map(({ length }) => length), 0) * LETTER);
  const start = MARGIN + widest(names) + 10;
  const needed = start + BAR_WIDTH + 10 + widest(numbers) + MARGIN;
  const width = Math.max(needed, Math.ceil(title.length * LETTER * 1.25) + 2 * MARGIN);
  const height = TITLE_HEIGHT + Math.max(spent.length, 1) * ROW + MARGIN;
  const text = (x: number, y: number, words: string, more = '') =>
    `  <text x="${x}" y="${y}"${more}>${escapeXml(words)}</text>`;
  const rows = spent.flatMap((_, at) => {
    const y = TITLE_HEIGHT + at * ROW;
    const share = shares[at] ?? 0;
    const length = share === 0 ? 0 : Math.max(Math.round(share * BAR_WIDTH), 1);
    return [
      text(start - 10, y + 17, names[at] ?? '', ' text-anchor="end"'),
      `  <rect x="${start}" y="${y + 4}" width="${length}" height="${ROW - 8}" fill="#3b6ea5"/>`,
      text(start + length + 10, y + 17, numbers[at] ?? ''),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" font-family="monospace" font-size="12">`,
    `  <title id="title">${escapeXml(title)}</title>`,
    `  <desc id="desc">${escapeXml(description)}</desc>`,
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 26, title, ' font-size="15" font-weight="bold"'),
    ...(spent.length === 0 ? [text(MARGIN, TITLE_HEIGHT + 17, 'Nothing was spent.')] : rows),
    '</svg>',
    '',
  ].join('\n');
}
