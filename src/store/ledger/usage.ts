/** Sums up spending per day, provider and model, and per project if asked. */

import { type Database, type Row, readInteger, readText } from '../sql/sql.ts';
import { readScopes } from './spendings.ts';

/** The spending of one day on one model of one provider. */
export interface UsageRow {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** `metadata.costCenter` of the requests, where usage per project was asked for and the requests had one. A name of more than 592 characters is shortened. */
  readonly project?: string;
  /** Number of calls. */
  readonly calls: number;
  /** Number of images. */
  readonly images: number;
  /** US dollars. */
  readonly usd: number;
}

export interface UsageOptions {
  /** Returns the spending of each project in rows of its own. @default false */
  readonly perProject?: boolean;
}

/** @param since a date or time, ISO 8601 */
export async function usageSince(
  db: Database,
  since: string,
  { perProject = false }: UsageOptions = {},
): Promise<readonly UsageRow[]> {
  const columns = `SUBSTR(at, 1, 10), provider, model${perProject ? ', scopes' : ''}`;
  const rows = await db.all(
    `SELECT SUBSTR(at, 1, 10) AS day, provider, model, ${perProject ? 'scopes, ' : ''}COUNT(*) AS calls, SUM(images) AS images,
     SUM(micros) AS micros FROM spendings WHERE state <> 'released' AND at >= ? GROUP BY ${columns} ORDER BY day, provider, model`,
    since,
  );
  const sums = rows.map((row) => ({ ...toSum(row), ...(perProject && projectOf(row)) }));
  const byKey = Map.groupBy(sums, ({ day, provider, model, project }) =>
    JSON.stringify([day, provider, model, project]),
  );
  return [...byKey.values()].map((same) => {
    const sum = (of: (row: Sum) => number) => same.reduce((total, row) => total + of(row), 0);
    const { micros: _, ...row } = same[0]!; // a group has at least one row
    const micros = sum((each) => each.micros);
    return { ...row, calls: sum(({ calls }) => calls), images: sum(({ images }) => images), usd: micros / 1e6 };
  });
}

/** In micro-dollars, which can be added exactly. */
type Sum = Omit<UsageRow, 'usd'> & { readonly micros: number };

const toSum = (row: Row): Sum => ({
  day: readText(row, 'day'),
  provider: readText(row, 'provider'),
  model: readText(row, 'model'),
  calls: readInteger(row, 'calls'),
  images: readInteger(row, 'images'),
  micros: readInteger(row, 'micros'),
});

const PROJECT = 'project ';

function projectOf(row: Row): Pick<UsageRow, 'project'> {
  const project = readScopes(row).find((scope) => scope.startsWith(PROJECT));
  return project === undefined ? {} : { project: project.slice(PROJECT.length) };
}
