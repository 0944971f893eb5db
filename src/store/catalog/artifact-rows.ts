/** The rows of an artifact in the catalog: its summary, tags, parents and cached results. */
import type { Selection, Sidecar } from '../artifacts/sidecar.ts';
import { type Row, readInteger, readText, type Sql } from '../sql/sql.ts';
import { deleteResultsOf } from './result-images.ts';

/** What a search returns for an image. Its sidecar has the rest. */
export interface ArtifactSummary {
  /** The id of the image. */
  readonly id: string;
  /** The path of its file, or its address when it is not in a directory. */
  readonly path: string;
  /** When it was saved. ISO 8601. */
  readonly createdAt: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** Empty when only its hash was saved. */
  readonly prompt: string;
  /** The format of the file. */
  readonly format: Sidecar['format'];
  /** Whole pixels. */
  readonly width: number;
  /** Whole pixels. */
  readonly height: number;
  /** The size of the file. */
  readonly bytes: number;
  /** The cost of the whole call in US dollars, if it is known. */
  readonly costUsd?: number;
  /** Whether a person kept or rejected it. */
  readonly selection?: Selection;
}

export interface ArtifactLocation {
  readonly folder: readonly string[];
  readonly file: string;
}

/** Returns the path or the address of an image file. */
export type PathOf = (folder: readonly string[], file: string) => string;

export const SUMMARY_COLUMNS =
  'id, folder, file, created_at, provider, model, prompt, format, width, height, bytes, cost_micros, selection';

/** A forged sidecar may have a longer time, which an index could not hold. */
const MAX_TIME_LENGTH = 40;

export function locationOf(row: Row): ArtifactLocation {
  const folder = readText(row, 'folder');
  return { folder: folder === '' ? [] : folder.split('/'), file: readText(row, 'file') };
}

export function toSummary(row: Row, pathOf: PathOf): ArtifactSummary {
  const { folder, file } = locationOf(row);
  return {
    id: readText(row, 'id'),
    path: pathOf(folder, file),
    createdAt: readText(row, 'created_at'),
    provider: readText(row, 'provider'),
    model: readText(row, 'model'),
    prompt: readText(row, 'prompt'),
    format: readText(row, 'format') as Sidecar['format'],
    width: readInteger(row, 'width'),
    height: readInteger(row, 'height'),
    bytes: readInteger(row, 'bytes'),
    ...(row.cost_micros != null && { costUsd: readInteger(row, 'cost_micros') / 1e6 }),
    ...(row.selection != null && { selection: readText(row, 'selection') as Selection }),
  };
}

/** Identifies one image of one job, by the bytes that the provider sent. `null` for an image without a job. */
export const jobImage = ({ job, receivedSha256 }: Pick<Sidecar, 'job' | 'receivedSha256'>): string | null =>
  job ? `${job.provider} ${job.id} ${receivedSha256}` : null;

export async function insertRows(sql: Sql, sidecar: Sidecar, folder: readonly string[]): Promise<void> {
  const { id, file, createdAt, provider, model, promptUsed = '', format, width, height, bytes, cost, tags } = sidecar;
  const words = [promptUsed, model, provider, ...tags].join(' ').toLowerCase();
  await sql.run('DELETE FROM artifacts WHERE id = ?', id);
  await sql.run(
    `INSERT INTO artifacts (id, folder, file, created_at, provider, model, prompt, words, format, width, height, bytes, sha256,
     cost_micros, selection, job_picture, call) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, folder.join('/'), file, createdAt.slice(0, MAX_TIME_LENGTH), provider, model, promptUsed, words],
    ...[format, width, height, bytes, sidecar.sha256],
    ...[cost.usd === undefined ? null : Math.round(cost.usd * 1e6), sidecar.selection ?? null, jobImage(sidecar)],
    sidecar.call ?? null,
  );
  await sql.run('DELETE FROM tags WHERE artifact = ?', id);
  for (const tag of new Set(tags)) await sql.run('INSERT INTO tags (artifact, tag) VALUES (?, ?)', id, tag);
  await sql.run('DELETE FROM parents WHERE child = ?', id);
  for (const parent of new Set(sidecar.parents)) {
    await sql.run('INSERT INTO parents (child, parent) VALUES (?, ?)', id, parent);
  }
}

export async function deleteRows(sql: Sql, id: string): Promise<void> {
  await sql.run('DELETE FROM artifacts WHERE id = ?', id);
  await sql.run('DELETE FROM tags WHERE artifact = ?', id);
  await sql.run('DELETE FROM parents WHERE child = ?', id);
  await deleteResultsOf(sql, id);
}
