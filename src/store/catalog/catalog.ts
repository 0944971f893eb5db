/** The index of what is in the store, made from the sidecars and able to be made again at any time. */
import { AiImageError } from '../../providers/protocol/errors.ts';
import type { Selection, Sidecar } from '../artifacts/sidecar.ts';
import { type Database, type Row, type Sql, type SqlValue, text, whole } from '../sql/sql.ts';

export const CATALOG_SCHEMA = `
CREATE TABLE IF NOT EXISTS artifacts (
  id TEXT PRIMARY KEY, folder TEXT NOT NULL, file TEXT NOT NULL, created_at TEXT NOT NULL, provider TEXT NOT NULL,
  model TEXT NOT NULL, prompt TEXT NOT NULL, words TEXT NOT NULL, format TEXT NOT NULL, width INTEGER NOT NULL,
  height INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, cost_micros INTEGER, selection TEXT,
  job_picture TEXT);
CREATE INDEX IF NOT EXISTS artifacts_by_time ON artifacts (created_at, id);
CREATE INDEX IF NOT EXISTS artifacts_by_job ON artifacts (job_picture);
CREATE TABLE IF NOT EXISTS tags (artifact TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (tag, artifact));
CREATE TABLE IF NOT EXISTS parents (child TEXT NOT NULL, parent TEXT NOT NULL, PRIMARY KEY (child, parent));
CREATE INDEX IF NOT EXISTS parents_by_parent ON parents (parent);
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, made_at TEXT NOT NULL, result TEXT NOT NULL);
`;

/** What a list shows of an artifact; the rest is in its sidecar. */
export interface ArtifactSummary {
  readonly id: string;
  readonly path: string;
  readonly createdAt: string;
  readonly provider: string;
  readonly model: string;
  /** Empty where only its hash was kept. */
  readonly prompt: string;
  readonly format: Sidecar['format'];
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly costUsd?: number;
  readonly selection?: Selection;
}

export interface ArtifactQuery {
  /** How its id begins. */
  readonly id?: string;
  /** Words that all stand in prompt, model or tags, in any order. */
  readonly text?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly tag?: string;
  /** From then on. ISO 8601 or a date. */
  readonly since?: string;
  /** Made from this one. */
  readonly parent?: string;
  /** `true`: marked as kept; `false`: not rejected. */
  readonly kept?: boolean;
  /** @default 100 */
  readonly limit?: number;
  /** For the next page: `createdAt` and `id` of the last one. */
  readonly after?: Pick<ArtifactSummary, 'createdAt' | 'id'>;
}

const FIELDS =
  'id, folder, file, created_at, provider, model, prompt, format, width, height, bytes, cost_micros, selection';
const USUAL_LIMIT = 100;
const MOST_WORDS = 64;
/** A long list is fetched in parts: the event loop gets its turns, and rows are gone before the next ones come. */
const MOST_OF_PAGE = 1_000;

/** What can be asked and said while nobody else, in any process, writes. */
export interface CatalogEntries {
  readonly put: (sidecar: Sidecar, folder: readonly string[]) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
  readonly find: (id: string) => Promise<(ArtifactLocation & ArtifactSummary) | undefined>;
  /** The same picture of the same job. */
  readonly findOfJob: (sidecar: Omit<Sidecar, 'file'>) => Promise<(ArtifactLocation & ArtifactSummary) | undefined>;
}

export interface Catalog extends Pick<CatalogEntries, 'find' | 'findOfJob'> {
  /** All of it or nothing, and nobody else meanwhile: whoever changes or deletes a sidecar does it in here. */
  readonly alone: <T>(work: (entries: CatalogEntries) => Promise<T>) => Promise<T>;
  readonly ids: () => Promise<readonly string[]>;
  /** @throws AiImageError `invalid_request` */
  readonly search: (query: ArtifactQuery) => Promise<readonly ArtifactSummary[]>;
  readonly parentsOf: (id: string) => Promise<readonly string[]>;
  readonly childrenOf: (id: string) => Promise<readonly string[]>;
}

export interface ArtifactLocation {
  readonly folder: readonly string[];
  readonly file: string;
}

/** How a person names the file of a picture. */
type PathOf = (folder: readonly string[], file: string) => string;

export function createCatalog(db: Database, pathOf: PathOf): Catalog {
  const { find, findOfJob } = entriesOf(db, pathOf);
  const idsOf = async (query: string, name: string, ...values: readonly SqlValue[]) =>
    (await db.all(query, ...values)).map((row) => text(row, name));
  return {
    find,
    findOfJob,
    alone: (work) => db.transaction((sql) => work(entriesOf(sql, pathOf))),
    ids: () => idsOf('SELECT id FROM artifacts', 'id'),
    async search(query) {
      const { limit = USUAL_LIMIT } = query;
      if (!Number.isSafeInteger(limit) || limit < 1) throw wrong(`limit is ${limit}, which is no number of pictures`);
      const found: ArtifactSummary[] = [];
      for (let { after } = query; found.length < limit; after = found.at(-1)) {
        const most = Math.min(limit - found.length, MOST_OF_PAGE);
        const { where, values } = conditions(query, after);
        const order = 'ORDER BY created_at DESC, id DESC LIMIT ?';
        const rows = await db.all(`SELECT ${FIELDS} FROM artifacts${where} ${order}`, ...values, most);
        for (const row of rows) found.push(toSummary(row, pathOf));
        if (rows.length < most) break;
      }
      return found;
    },
    parentsOf: (id) => idsOf('SELECT parent FROM parents WHERE child = ? ORDER BY parent', 'parent', id),
    childrenOf: (id) => idsOf('SELECT child FROM parents WHERE parent = ? ORDER BY child', 'child', id),
  };
}

function entriesOf(sql: Sql, pathOf: PathOf): CatalogEntries {
  const one = async (where: string, value: string) => {
    const [row] = await sql.all(`SELECT ${FIELDS} FROM artifacts WHERE ${where} = ? LIMIT 1`, value);
    return row && { ...toSummary(row, pathOf), ...placeOf(row) };
  };
  return {
    put: (sidecar, folder) => put(sql, sidecar, folder),
    async remove(id) {
      await sql.run('DELETE FROM artifacts WHERE id = ?', id);
      await sql.run('DELETE FROM tags WHERE artifact = ?', id);
      await sql.run('DELETE FROM parents WHERE child = ?', id);
      // A result without its picture is none, and holds its prompt.
      await sql.run("DELETE FROM results WHERE result LIKE ? ESCAPE '~'", within(JSON.stringify(id)));
    },
    find: (id) => one('id', id),
    async findOfJob(sidecar) {
      const picture = jobImage(sidecar);
      return picture === null ? undefined : one('job_picture', picture);
    },
  };
}

function placeOf(row: Row): ArtifactLocation {
  const folder = text(row, 'folder');
  return { folder: folder === '' ? [] : folder.split('/'), file: text(row, 'file') };
}

function toSummary(row: Row, pathOf: PathOf): ArtifactSummary {
  const { folder, file } = placeOf(row);
  return {
    id: text(row, 'id'),
    path: pathOf(folder, file),
    createdAt: text(row, 'created_at'),
    provider: text(row, 'provider'),
    model: text(row, 'model'),
    prompt: text(row, 'prompt'),
    format: text(row, 'format') as Sidecar['format'],
    width: whole(row, 'width'),
    height: whole(row, 'height'),
    bytes: whole(row, 'bytes'),
    ...(row.cost_micros != null && { costUsd: whole(row, 'cost_micros') / 1e6 }),
    ...(row.selection != null && { selection: text(row, 'selection') as Selection }),
  };
}

/** One picture of one job, by what its vendor sent. */
export const jobImage = ({ job, receivedSha256 }: Pick<Sidecar, 'job' | 'receivedSha256'>): string | null =>
  job ? `${job.provider} ${job.id} ${receivedSha256}` : null;

async function put(sql: Sql, sidecar: Sidecar, folder: readonly string[]): Promise<void> {
  const { id, file, createdAt, provider, model, promptUsed = '', format, width, height, bytes, cost, tags } = sidecar;
  const words = [promptUsed, model, provider, ...tags].join(' ').toLowerCase();
  await sql.run('DELETE FROM artifacts WHERE id = ?', id);
  await sql.run(
    `INSERT INTO artifacts (id, folder, file, created_at, provider, model, prompt, words, format, width, height, bytes, sha256,
     cost_micros, selection, job_picture) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    // A forged time may be of any length; an index is not.
    ...[
      id,
      folder.join('/'),
      file,
      createdAt.slice(0, 40),
      provider,
      model,
      promptUsed,
      words,
      format,
      width,
      height,
      bytes,
    ],
    ...[sidecar.sha256, cost.usd === undefined ? null : Math.round(cost.usd * 1e6), sidecar.selection ?? null],
    jobImage(sidecar),
  );
  await sql.run('DELETE FROM tags WHERE artifact = ?', id);
  for (const tag of new Set(tags)) await sql.run('INSERT INTO tags (artifact, tag) VALUES (?, ?)', id, tag);
  await sql.run('DELETE FROM parents WHERE child = ?', id);
  for (const parent of new Set(sidecar.parents)) {
    await sql.run('INSERT INTO parents (child, parent) VALUES (?, ?)', id, parent);
  }
}

function conditions(
  query: ArtifactQuery,
  after: ArtifactQuery['after'],
): { readonly where: string; readonly values: readonly SqlValue[] } {
  const words = (query.text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length > MOST_WORDS)
    throw wrong(`text has ${words.length} words, and ${MOST_WORDS} are looked for at most`);
  const all: readonly (readonly [condition: string, ...values: SqlValue[]])[] = [
    ...words.map((word) => ["words LIKE ? ESCAPE '~'", within(word)] as const),
    ...(query.id === undefined ? [] : [['SUBSTR(id, 1, ?) = ?', query.id.length, query.id] as const]),
    ...(query.provider === undefined ? [] : [['provider = ?', query.provider] as const]),
    ...(query.model === undefined ? [] : [['model = ?', query.model] as const]),
    ...(query.tag === undefined ? [] : [['id IN (SELECT artifact FROM tags WHERE tag = ?)', query.tag] as const]),
    ...(query.since === undefined ? [] : [['created_at >= ?', toTime(query.since)] as const]),
    ...(query.parent === undefined
      ? []
      : [['id IN (SELECT child FROM parents WHERE parent = ?)', query.parent] as const]),
    ...(query.kept === true ? [["selection = 'kept'"] as const] : []),
    ...(query.kept === false ? [["(selection IS NULL OR selection = 'kept')"] as const] : []),
    ...(after === undefined ? [] : [['(created_at, id) < (?, ?)', after.createdAt, after.id] as const]),
  ];
  if (all.length === 0) return { where: '', values: [] };
  return {
    where: ` WHERE ${all.map(([condition]) => condition).join(' AND ')}`,
    values: all.flatMap(([, ...values]) => values),
  };
}

/** For `LIKE … ESCAPE '~'`: anywhere, every character as it is. */
const within = (words: string): string => `%${words.replace(/[~%_]/g, '~$&')}%`;

/** As sidecars write it, whatever zone it was given in. @throws AiImageError `invalid_request` */
export function toTime(since: string): string {
  const time = Date.parse(since);
  if (Number.isNaN(time)) throw wrong(`since is ${JSON.stringify(since.slice(0, 40))}, which is no time`);
  return new Date(time).toISOString();
}

function wrong(message: string): AiImageError {
  return new AiImageError('invalid_request', `store: ${message}`, {
    charged: 'no',
    hint: "For example store.search({ text: 'red fox', since: '2026-11-01', limit: 20 }).",
  });
}
