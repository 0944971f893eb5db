/** Removes the prompt of a deleted image from the records of jobs. */
import type { JobHandle } from '../../providers/protocol/index.ts';
import { hashPrompt, withoutHandlePrompt } from '../artifacts/prompt-placeholder.ts';
import type { Sidecar } from '../artifacts/sidecar.ts';
import { type Database, type Row, readText, type Sql } from '../sql/sql.ts';
import { ENDED_CALL } from '../sql/tables.ts';

/** Rows that are changed in one transaction. */
const BATCH_SIZE = 200;

/** The column `jobs.prompt_hash` of a handle without a prompt. */
export const NO_PROMPT = '';

/** Returns what the column `jobs.prompt_hash` holds for a handle with its prompt. Handles of third parties and earlier versions may lack it. */
export function promptHashOf({ request }: Partial<JobHandle>): string {
  const prompt: unknown = request?.prompt;
  return typeof prompt === 'string' && prompt !== '' ? hashPrompt(prompt).promptHash : NO_PROMPT;
}

/** Finds the ended jobs with a prompt. */
export const FIND_BY_PROMPT = `SELECT j.call, j.job, j.handle FROM jobs j JOIN calls c ON c.id = j.call
  WHERE j.prompt_hash = ? AND (j.state IS NOT NULL OR c.${ENDED_CALL})`;

/**
 * Replaces the prompt by its hash in the job of the image, and in every ended job with the same prompt: an image of several jobs names one
 * of them only. Other open jobs keep it, because their images still need it.
 */
export async function forgetPrompt(
  db: Database,
  { job, promptHash }: Pick<Sidecar, 'job' | 'promptHash'>,
): Promise<void> {
  let hasMore = (await db.all('SELECT call FROM jobs WHERE prompt_hash IS NULL LIMIT 1')).length > 0;
  while (hasMore) hasMore = await db.transaction(hashOldPrompts);
  const ofImage = job === undefined ? [] : await db.all('SELECT call, job, handle FROM jobs WHERE job = ?', job.id);
  // Job ids come from the vendors, and two vendors may use the same one.
  const own = ofImage.filter((row) => handleOf(row).provider === job?.provider);
  const rows = [...own, ...(await db.all(FIND_BY_PROMPT, promptHash))];
  if (rows.length === 0) return;
  await db.transaction(async (sql) => {
    for (const row of rows) await update(sql, row, withoutHandlePrompt(handleOf(row)), NO_PROMPT);
  });
}

/** Fills the column in rows of an earlier version. @returns whether there are more */
async function hashOldPrompts(sql: Sql): Promise<boolean> {
  const rows = await sql.all(`SELECT call, job, handle FROM jobs WHERE prompt_hash IS NULL LIMIT ${BATCH_SIZE}`);
  for (const row of rows) await update(sql, row, handleOf(row), promptHashOf(handleOf(row)));
  return rows.length === BATCH_SIZE;
}

const update = (sql: Sql, row: Row, handle: JobHandle, promptHash: string) =>
  sql.run(
    'UPDATE jobs SET handle = ?, prompt_hash = ? WHERE call = ? AND job = ?',
    ...[JSON.stringify(handle), promptHash, readText(row, 'call'), readText(row, 'job')],
  );

const handleOf = (row: Row): JobHandle => JSON.parse(readText(row, 'handle')) as JobHandle; // written by `createPersistentJobRecords`
