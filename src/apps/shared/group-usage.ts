/** Groups what was spent by day, provider or model. */
import type { UsageRow } from '../../store/index.ts';

export const GROUPINGS = ['day', 'provider', 'model'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface UsageTotal {
  readonly name: string;
  readonly calls: number;
  readonly images: number;
  readonly usd: number;
}

/** Days are sorted by date. Providers and models are sorted by cost, the highest first. */
export function groupUsage(rows: readonly UsageRow[], by: Grouping): readonly UsageTotal[] {
  const groups = Map.groupBy(rows, (row) => (by === 'model' ? `${row.provider} ${row.model}` : row[by]));
  const totals = [...groups].map(([name, all]) => ({ name, ...sumUsage(all) }));
  return by === 'day'
    ? totals.sort((one, other) => (one.name < other.name ? -1 : 1))
    : totals.sort((one, other) => other.usd - one.usd || other.images - one.images || (one.name < other.name ? -1 : 1));
}

/** Adds money in whole micro-dollars, as the ledger stores it. */
export function sumUsage(rows: readonly Omit<UsageTotal, 'name'>[]): Omit<UsageTotal, 'name'> {
  const sum = (of: (row: Omit<UsageTotal, 'name'>) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    calls: sum(({ calls }) => calls),
    images: sum(({ images }) => images),
    usd: sum(({ usd }) => Math.round(usd * 1e6)) / 1e6,
  };
}
