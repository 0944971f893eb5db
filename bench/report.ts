/** Prints the table of results. */

export interface Checked {
  readonly label: string;
  readonly value: number;
  readonly limit: number;
  readonly isMinimum: boolean;
}

export interface Row {
  readonly title: string;
  /** Of raw `fetch`, the vendor's client and ours, with units. */
  readonly figures: readonly [raw: string, openai: string, ours: string];
  readonly goals: readonly Checked[];
}

const isReached = ({ value, limit, isMinimum }: Checked): boolean => (isMinimum ? value >= limit : value <= limit);

const COLUMNS = [60, 12, 12, 12] as const;

export function printHead(): void {
  print(['', 'raw', 'openai', 'ours'], 'goal');
}

export function printRow({ title, figures, goals }: Row): void {
  const [first = '', ...others] = goals.map(describe);
  print([title, ...figures], first);
  for (const other of others) print(['', '', '', ''], other);
}

/** @returns whether every goal was reached */
export function printSummary(rows: readonly Row[]): boolean {
  const goals = rows.flatMap((row) => row.goals.map((goal) => ({ title: row.title, goal })));
  const missed = goals.filter(({ goal }) => !isReached(goal));
  console.log(`\n${goals.length - missed.length} of ${goals.length} goals reached.`);
  for (const { title, goal } of missed) console.log(`MISS  ${title}: ${describe(goal)}`);
  return missed.length === 0;
}

function describe(goal: Checked): string {
  const { label, value, limit, isMinimum } = goal;
  return `${isReached(goal) ? 'ok  ' : 'MISS'} ${value.toFixed(2)} ${label} (${isMinimum ? '>=' : '<='} ${limit})`;
}

function print(cells: readonly string[], last: string): void {
  const padded = cells.map((cell, index) =>
    index === 0 ? cell.padEnd(COLUMNS[0]) : cell.padStart(COLUMNS[index] ?? 0),
  );
  console.log(`${padded.join('')}  ${last}`.trimEnd());
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function milliseconds(ms: number): string {
  return `${ms < 100 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
