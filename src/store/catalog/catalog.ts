/** The index of saved images. It is built from the sidecars and can be rebuilt from them at any time. */
import type { Sidecar } from '../artifacts/sidecar.ts';
import { type Database, readText, type Sql, type SqlValue } from '../sql/sql.ts';
import { type ArtifactQuery, DEFAULT_LIMIT, invalidQueryError, toConditions } from './artifact-query.ts';
import {
  type ArtifactLocation,
  type ArtifactSummary,
  deleteRows,
  insertRows,
  jobImage,
  locationOf,
  type PathOf,
  SUMMARY_COLUMNS,
  toSummary,
} from './artifact-rows.ts';
import { linkOldResults } from './result-images.ts';

/** A long result is read in pages, so that other work can run in between and no more rows than these are in memory. */
const MAX_PAGE_ROWS = 1_000;

/** How many images are removed in one transaction. Other processes wait to write during each of them. */
const REMOVED_AT_ONCE = 100;

/** Operations inside `Catalog.exclusive`. */
export interface CatalogEntries {
  readonly put: (sidecar: Sidecar, folder: readonly string[]) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  readonly find: (id: string) => Promise<(ArtifactLocation & ArtifactSummary) | undefined>;
  /** Finds the same image of the same job. */
  readonly findOfJob: (sidecar: Omit<Sidecar, 'file'>) => Promise<(ArtifactLocation & ArtifactSummary) | undefined>;
}

export interface Catalog extends Pick<CatalogEntries, 'find' | 'findOfJob'> {
  /** Runs a transaction while no other process writes. Sidecars are changed and deleted inside it only. */
  readonly exclusive: <T>(work: (entries: CatalogEntries) => Promise<T>) => Promise<T>;
  /** Removes images from the catalog, in several transactions, so that other processes can write in between. */
  readonly removeAll: (ids: readonly string[]) => Promise<void>;
  /** Prepares deletions in a catalog of an earlier version, so that no deletion holds the lock for long. */
  readonly linkOldResults: () => Promise<void>;
  readonly ids: () => Promise<readonly string[]>;
  /** @throws AiImageError `invalid_request` */
  readonly search: (query: ArtifactQuery) => Promise<readonly ArtifactSummary[]>;
  readonly parentsOf: (id: string) => Promise<readonly string[]>;
  readonly childrenOf: (id: string) => Promise<readonly string[]>;
}

export function createCatalog(db: Database, pathOf: PathOf): Catalog {
  const { find, findOfJob } = createEntries(db, pathOf);
  const selectIds = async (query: string, column: string, ...values: readonly SqlValue[]) =>
    (await db.all(query, ...values)).map((row) => readText(row, column));
  const linkAll = async () => {
    let hasMore = (await db.all('SELECT key FROM results WHERE linked IS NULL LIMIT 1')).length > 0;
    while (hasMore) hasMore = await db.transaction(linkOldResults);
  };
  return {
    find,
    findOfJob,
    exclusive: (work) => db.transaction((sql) => work(createEntries(sql, pathOf))),
    linkOldResults: linkAll,
    async removeAll(ids) {
      await linkAll();
      for (let start = 0; start < ids.length; start += REMOVED_AT_ONCE) {
        const batch = ids.slice(start, start + REMOVED_AT_ONCE);
        await db.transaction(async (sql) => {
          for (const id of batch) await deleteRows(sql, id);
        });
      }
    },
    ids: () => selectIds('SELECT id FROM artifacts', 'id'),
    async search(query) {
      const { limit = DEFAULT_LIMIT } = query;
      if (!Number.isSafeInteger(limit) || limit < 1)
        throw invalidQueryError(`limit must be a whole number from 1, not ${limit}`);
      const found: ArtifactSummary[] = [];
      for (let { after } = query; found.length < limit; after = found.at(-1)) {
        const maxRows = Math.min(limit - found.length, MAX_PAGE_ROWS);
        const { where, values } = toConditions(query, after);
        const order = 'ORDER BY created_at DESC, id DESC LIMIT ?';
        const rows = await db.all(`SELECT ${SUMMARY_COLUMNS} FROM artifacts${where} ${order}`, ...values, maxRows);
        for (const row of rows) found.push(toSummary(row, pathOf));
        if (rows.length < maxRows) break;
      }
      return found;
    },
    parentsOf: (id) => selectIds('SELECT parent FROM parents WHERE child = ? ORDER BY parent', 'parent', id),
    childrenOf: (id) => selectIds('SELECT child FROM parents WHERE parent = ? ORDER BY child', 'child', id),
  };
}

function createEntries(sql: Sql, pathOf: PathOf): CatalogEntries {
  const findOne = async (column: string, value: string) => {
    const [row] = await sql.all(`SELECT ${SUMMARY_COLUMNS} FROM artifacts WHERE ${column} = ? LIMIT 1`, value);
    return row && { ...toSummary(row, pathOf), ...locationOf(row) };
  };
  return {
    put: (sidecar, folder) => insertRows(sql, sidecar, folder),
    remove: (id) => deleteRows(sql, id),
    find: (id) => findOne('id', id),
    async findOfJob(sidecar) {
      const image = jobImage(sidecar);
      return image === null ? undefined : findOne('job_picture', image);
    },
  };
}
