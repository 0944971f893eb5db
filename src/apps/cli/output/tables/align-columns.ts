/** Formats tables for the terminal. */
import { shorten } from '../../../shared/shorten.ts';

/** Pads each column to its widest cell. @param maxLength characters of the last column; a longer cell is cut and ends in `…` */
export function alignColumns(rows: readonly (readonly string[])[], maxLength = 100): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? shorten(cell, maxLength) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Adds a header in a terminal. A pipe gets the data only. */
export function withHeader(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  isTerminal: boolean,
): readonly (readonly string[])[] {
  return isTerminal && rows.length > 0 ? [titles.map((title) => title.toUpperCase()), ...rows] : rows;
}

/** Formats an amount, e.g. `$0.04`. Small amounts keep three significant digits. */
export function dollars(usd: number): string {
  return `$${usd === 0 || usd >= 1 ? usd.toFixed(2) : String(Number(usd.toPrecision(3)))}`;
}
