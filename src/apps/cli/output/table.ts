/** Columns for people. */

/** Each column as wide as its widest cell. What is too long is cut where it says so. @param most characters of the last column */
export function columns(rows: readonly (readonly string[])[], most = 100): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? shorten(cell, most) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** On a screen the columns have names; in a pipe there is data and nothing else. */
export function titled(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  isTerminal: boolean,
): readonly (readonly string[])[] {
  return isTerminal && rows.length > 0 ? [titles.map((title) => title.toUpperCase()), ...rows] : rows;
}

/** In one line, with `…` where something is left out. */
export function shorten(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const letters = [...line];
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`;
}

/** `$0.04`; small amounts keep the digits that say something. */
export function dollars(usd: number): string {
  return `$${usd === 0 || usd >= 1 ? usd.toFixed(2) : String(Number(usd.toPrecision(3)))}`;
}
