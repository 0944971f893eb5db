/** Shows what was spent as a bar chart in the terminal. */
import type { UsageTotal } from '../../../shared/group-usage.ts';
import { shorten } from '../../../shared/shorten.ts';
import { alignColumns, dollars } from './align-columns.ts';

/** Longest name in characters. */
const MAX_NAME_LENGTH = 40;
/** Shortest full bar in characters, for a narrow terminal. */
const MIN_BAR_LENGTH = 8;

export const count = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? '' : 's'}`;
export const shortName = ({ name }: UsageTotal): string => shorten(name, MAX_NAME_LENGTH);

export const totalText = ({ calls, images, usd }: Omit<UsageTotal, 'name'>): string =>
  `${dollars(usd)} for ${count(images, 'image')} in ${count(calls, 'call')}`;

/** Bars show money, or the number of images when nothing cost money. @returns lengths from 0 to 1, the longest 1 */
export function barShares(totals: readonly UsageTotal[]): readonly number[] {
  const unit = totals.some(({ usd }) => usd > 0) ? 'usd' : 'images';
  const max = Math.max(...totals.map((each) => each[unit]), 0);
  return totals.map((each) => (max === 0 ? 0 : each[unit] / max));
}

/** @returns one line for each total: name, numbers, bar; as wide as the terminal */
export function toChart(totals: readonly UsageTotal[], width: number): readonly string[] {
  const cells = totals.map((total) => [
    shortName(total),
    dollars(total.usd),
    count(total.images, 'image'),
    count(total.calls, 'call'),
  ]);
  const textWidth = Math.max(...alignColumns(cells.map((row) => [...row, '|'])).map(({ length }) => length), 0) - 1;
  const barLength = Math.max(width - textWidth, MIN_BAR_LENGTH);
  // Every amount above zero shows at least one character.
  const bars = barShares(totals).map((share) =>
    '█'.repeat(share === 0 ? 0 : Math.max(Math.round(share * barLength), 1)),
  );
  return alignColumns(
    cells.map((row, at) => [...row, bars[at] ?? '']),
    barLength,
  );
}
