/** `imagen batch --queue`: adds the rows to a queue. Running it again adds nothing twice, and tells how the rows ended. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { EnqueueOptions, QueuedWork } from '../../../queue/index.ts';
import type { Store } from '../../../store/index.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { openQueue } from '../../shared/open-queue.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { noteOn, workDocument } from '../output/tables/work-rows.ts';
import { addWork } from '../queue/add-work.ts';
import { UsageError } from '../usage-error.ts';
import type { RowEnd } from './batch-runner.ts';
import type { Journal } from './journal.ts';
import type { KeyedRow } from './reconcile-batch.ts';

/** Work of a row, as the queue has it. */
export type QueuedEnd = Extract<RowEnd, { state: 'queued' }>;

/** The same row of the same file always has the same id: 128 bits. */
export const workIdOf = (file: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([file, key]))
    .digest('hex')
    .slice(0, 32);

/** Looks up the rows that an earlier run added to a queue. Rows that are done get the paths of their images. */
export async function readQueuedRows(
  rows: readonly KeyedRow[],
  journal: Journal,
  app: AppContext,
): Promise<ReadonlyMap<string, QueuedEnd>> {
  const queued = rows.filter(({ key }) => journal.of(key)?.state === 'queued');
  const ends = new Map<string, QueuedEnd>();
  if (queued.length === 0) return ends;
  const store = app.requireStore();
  await using opened = openQueue(app);
  for (const { key } of queued) {
    const { work: id = '' } = journal.of(key) ?? {};
    const work = await opened.queue.find(id);
    const artifacts = work === undefined || work.state === 'done' ? await pathsOf(id, work, store) : [];
    if (artifacts.length > 0) await journal.record(key, { state: 'done', paths: artifacts });
    else ends.set(key, { state: 'queued', id, work });
  }
  return ends;
}

/** @returns paths of the images; none if they are not in the store any more */
async function pathsOf(call: string, work: QueuedWork | undefined, store: Store): Promise<string[]> {
  const found = await store.search({ call, limit: 100 });
  const order = work?.result?.artifacts ?? [];
  return found.toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id)).map(({ path }) => path);
}

export interface QueueBatchSettings {
  readonly file: string;
  readonly isPlan: boolean;
  readonly isJson: boolean;
  readonly common: Omit<EnqueueOptions, 'id'>;
}

/** @returns the ids of the work, by the row's key; `exit` when only the plan was shown */
export async function addRows(
  rows: readonly KeyedRow[],
  { file, isPlan, isJson, common }: QueueBatchSettings,
  journal: Journal | undefined,
  app: AppContext,
  context: CommandContext,
): Promise<ReadonlyMap<string, QueuedEnd>> {
  for (const { out, label } of rows) {
    if (out === undefined) continue;
    throw new UsageError(
      `${label}: the column out cannot be used with --queue`,
      'Remove it. The images will be in the store: imagen history search',
    );
  }
  const ends = new Map<string, QueuedEnd>();
  if (rows.length === 0) return ends;
  const path = resolve(context.cwd, file);
  const { price } = await addWork(
    rows,
    {
      ...{ isPlan, isJson, common },
      idOf: ({ key }) => workIdOf(path, key),
      // The same id must have the same request.
      session: `batch-${workIdOf(path, '')}`,
      async onAdded(added) {
        await journal?.recordAll(added.map(({ row, id }) => [row.key, { state: 'queued', work: id }]));
        for (const { row, id } of added) ends.set(row.key, { state: 'queued', id, work: undefined });
        const known = added.filter(({ outcome }) => outcome === 'known').length;
        if (known > 0) context.terminal.notice(`${known} rows were in the queue already; nothing was added for them`);
      },
    },
    app,
    context,
  );
  if (price !== undefined && ends.size > 0) context.terminal.notice(`${price}, charged when a worker generates it`);
  return ends;
}

/** Prints the ids of rows in the queue, the paths of those that are done, and why others failed. */
export function concludeQueuedRows(
  rows: readonly KeyedRow[],
  ends: readonly (RowEnd | undefined)[],
  isJson: boolean,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Exit {
  const now = Date.now();
  let failed = 0;
  const documents = rows.map(({ label }, index) => {
    const end = ends[index];
    if (end?.state === 'done' && !isJson) for (const path of end.paths) terminal.result(path);
    if (end?.state !== 'queued') {
      return { row: label, status: end?.state ?? 'waiting', ...(end?.state === 'done' && { paths: end.paths }) };
    }
    const { id, work } = end;
    if (!isJson) terminal.result(id);
    const isFailed = work !== undefined && ['dead', 'unknown', 'cancelled'].includes(work.state);
    if (isFailed) {
      failed++;
      terminal.notice(`${label}: ${work.state}: ${noteOn(work, now)}`);
    }
    return {
      row: label,
      status: work?.state ?? 'waiting',
      id,
      ...(work !== undefined && { work: workDocument(work) }),
    };
  });
  if (isJson) terminal.document({ rows: documents });
  if (failed > 0) terminal.notice(`${failed} of ${rows.length} rows failed. To see why: imagen queue dead`);
  const isDoubtful = ends.some((end) => end?.state === 'doubtful');
  if (failed === 0 && !isDoubtful) return 'done';
  return failed < rows.length ? 'partial' : 'doubtful';
}
