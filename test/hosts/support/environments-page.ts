/** The table of docs/environments.md. Each row has the date on which the environment's host project last passed. */
import { type Environment, versionsOf } from './environments.ts';

export const PAGE = 'docs/environments.md';
const TABLE = /<!-- environments -->\n([\s\S]*?)<!-- \/environments -->/;
const HEAD = ['| Environment | Versions | Last passed | Notes |', '| --- | --- | --- | --- |'];

/** The rows of a page by title. */
export function rowsOf(page: string): ReadonlyMap<string, string> {
  const lines = (TABLE.exec(page)?.[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !HEAD.includes(line));
  return new Map(lines.map((line) => [line.split(' | ')[0]!.slice('| '.length), line]));
}

/** @param more versions of what the system provides, e.g. its browser */
export function rowOf(environment: Environment, date: string, more: readonly string[]): string {
  return `| ${environment.title} | ${[versionsOf(environment), ...more].join(', ')} | ${date} | ${environment.note} |`;
}

/** Writes new rows into a page. Rows of environments without a new one stay. */
export function withRows(
  page: string,
  environments: readonly Environment[],
  rows: ReadonlyMap<string, string>,
): string {
  const old = rowsOf(page);
  const lines = environments.flatMap(({ title }) => rows.get(title) ?? old.get(title) ?? []);
  const table = [...HEAD, ...lines].join('\n');
  return page.replace(TABLE, () => `<!-- environments -->\n${table}\n<!-- /environments -->`);
}
