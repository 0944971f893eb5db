/** Groups what was spent by day, provider, model or project. */
import type { UsageRow } from '../../store/index.ts';

export const GROUPINGS = ['day', 'provider', 'model', 'project'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface UsageTotal {
  readonly name: string;
  readonly calls: number;
  readonly images: number;
  readonly usd: number;
}

/** The name of what was spent without a project. */
const NO_PROJECT = '(none)';

/** Days are sorted by date. All others are sorted by cost, the highest first. */
export function groupUsage(rows: readonly UsageRow[], by: Grouping): readonly UsageTotal[] {
  const groups = Map.groupBy(rows, (row) => nameOf(row, by));
  const totals = [...groups].map(([name, all]) => ({ name, ...sumUsage(all) }));
  return by === 'day'
    ? totals.sort((one, other) => (one.name < other.name ? -1 : 1))
    : totals.sort((one, other) => other.usd - one.usd || other.images - one.images || (one.name < other.name ? -1 : 1));
}

function nameOf(row: UsageRow, by: Grouping): string {
  switch (by) {
    case 'model':
      return `${row.provider} ${row.model}`;
    case 'project':
      return row.project ?? NO_PROJECT;
    default:
      return row[by];
  }
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
