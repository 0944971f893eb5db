/** Generates many rows: checks all of them before the first call, then runs a few at a time. A failed row does not stop the others. */
import {
  AiImageError,
  type AiImageErrorCode,
  type ImageManager,
  isAiImageError,
  type JobHandle,
  type ManagerPlan,
} from '../../../index.ts';
import { withPlan } from '../../../providers/protocol/shared/planned-calls.ts';
import type { QueuedWork } from '../../../queue/index.ts';
import { withJobIds } from '../../shared/job-names.ts';
import { type AppContext, isStoreUsable } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { type PreparedRun, prepareRun, type RunOptions } from '../generate-images.ts';
import { explain } from '../output/errors/explain-error.ts';
import { toDocument, writeResults } from '../output/results/write-results.ts';
import { requireResources } from '../system/require-resources.ts';
import { rescueReceivedBytes } from '../system/rescue.ts';
import { UsageError } from '../usage-error.ts';
import { checkRows, type GenerateRow, type PrepareRow } from './check-rows.ts';

export interface RowSettings {
  readonly options: RunOptions;
  readonly deadlineMs?: number | undefined;
  /** Rows at the same time. */
  readonly concurrency: number;
  /** Called before a row is sent. The row is not sent if this throws. */
  readonly onStart?: (rowIndex: number) => Promise<void>;
  /** Called when a job was submitted for a row. */
  readonly onJob?: (rowIndex: number, job: string) => Promise<void>;
  /** Called when a row has ended. No further row is started if this throws. */
  readonly onEnd?: (rowIndex: number, end: RowEnd) => Promise<void>;
  readonly isJson: boolean;
}

export type RowEnd =
  | {
      readonly state: 'done';
      readonly paths: readonly string[];
      readonly exit: Exit;
      /** For `--json`. */
      readonly document?: Readonly<Record<string, unknown>>;
    }
  | { readonly state: 'failed'; readonly error: unknown; readonly exit: Exit }
  /** An earlier run started it, and its outcome is unknown. */
  | { readonly state: 'doubtful' }
  /** It was added to a queue. `work`: what the queue knew of it when this run began. */
  | { readonly state: 'queued'; readonly id: string; readonly work: QueuedWork | undefined };

/** Errors that every further row would have, too. */
const FATAL_CODES: readonly AiImageErrorCode[] = [
  ...([
    'authentication',
    'permission',
    'quota_exhausted',
    'budget_exceeded',
    'not_configured',
    'storage_failed',
    'aborted',
  ] as const),
];

/** @returns how each row ended; `undefined` for a row that was not started @throws UsageError before anything is generated */
export async function generateRows(
  rows: readonly GenerateRow[],
  settings: RowSettings,
  app: AppContext,
  context: CommandContext,
): Promise<readonly (RowEnd | undefined)[]> {
  const { options, concurrency } = settings;
  const { terminal, signal } = context;
  const isStored = !options.plan && (await isStoreUsable(app));
  const providers = rows.length === 0 ? [undefined] : rows.map(({ provider }) => provider);
  const manager = app.manager(providers, isStored);
  // All rows of one run are one session.
  const session = manager.session();
  const prepare = async (row: GenerateRow): Promise<PreparedRun> => {
    const prepared = await prepareRow(row, options, { app, isStored }, context);
    return { ...prepared, request: { ...prepared.request, session } };
  };
  const { price, directories, maxImages, plans } = await checkRows(rows, prepare, manager, settings, context);
  const ends: (RowEnd | undefined)[] = rows.map(() => undefined);
  if (options.plan || rows.length === 0) return ends;
  const store = isStored ? app.store : undefined;
  const concurrentImages = Math.min(concurrency, rows.length) * maxImages;
  await requireResources({ concurrentImages, directories }, { ...context, store });
  if (price) terminal.notice(`${rows.length} rows, ${price}`);
  const progress = terminal.startProgress('generating');
  let finished = 0;
  let isStopped = false;
  const lastByFingerprint = new Map<string, Promise<void>>();
  const runRow = async (rowIndex: number) => {
    const row = rows[rowIndex]!; // it comes from `rows.keys()`
    const plan = plans.get(row);
    plans.delete(row);
    const end = await generateRow(row, rowIndex, { prepare, manager, settings, app, isStored, plan }, context);
    ends[rowIndex] = end;
    if (end.state === 'failed' && isAiImageError(end.error) && FATAL_CODES.includes(end.error.code)) isStopped = true;
    progress.update(`${++finished} of ${rows.length}`, finished / rows.length);
    await settings.onEnd?.(rowIndex, end).catch((error: unknown) => {
      isStopped = true;
      terminal.notice(`${row.label}: cannot record how it ended: ${explain(error).lines.join('. ')}`);
    });
  };
  const waiting = [...rows.keys()];
  const work = async () => {
    while (!isStopped && !signal.aborted) {
      const rowIndex = waiting.shift();
      if (rowIndex === undefined) return;
      const { fingerprint } = rows[rowIndex]!; // as above
      const running = (lastByFingerprint.get(fingerprint) ?? Promise.resolve()).then(() => runRow(rowIndex));
      lastByFingerprint.set(fingerprint, running);
      await running;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, work)).finally(progress.stop);
  return ends;
}

async function prepareRow(
  row: GenerateRow,
  options: RunOptions,
  where: { readonly app: AppContext; readonly isStored: boolean },
  context: CommandContext,
): Promise<PreparedRun> {
  const out = row.out ?? options.out;
  if (out === '-') throw new UsageError('--out - takes one image', 'Name a directory with --out.');
  return prepareRun(await row.load(), { ...options, ...(out !== undefined && { out }) }, where, context);
}

interface RowRun {
  readonly prepare: PrepareRow;
  readonly manager: ImageManager;
  readonly settings: RowSettings;
  readonly app: AppContext;
  readonly isStored: boolean;
  readonly plan: ManagerPlan | undefined;
}

async function generateRow(
  row: GenerateRow,
  rowIndex: number,
  { prepare, manager, settings, app, isStored, plan }: RowRun,
  context: CommandContext,
): Promise<RowEnd> {
  const { options, deadlineMs, isJson, onStart, onJob: onRowJob } = settings;
  const { terminal, signal } = context;
  const label = `${row.label}: `;
  const store = isStored ? app.store : undefined;
  try {
    const { request, output } = await prepare(row);
    await onStart?.(rowIndex);
    const onJob = async ({ id }: JobHandle) => onRowJob?.(rowIndex, id);
    const call = { signal, onJob, ...(deadlineMs !== undefined && { deadlineMs }) };
    const generation = await manager.generate(request, plan ? withPlan(call, plan) : call);
    const n = request.n ?? 1;
    const delivered = await writeResults(generation, { output, n, store, options, label }, context);
    const { paths, exit, saved } = delivered;
    if (saved.some(({ path, fault }) => path === undefined && fault !== undefined)) {
      // It was charged but not saved: the row is not done, and must not run again without --redo-doubtful.
      const lost = new AiImageError('storage_failed', 'the image could not be saved anywhere', {
        charged: 'yes',
        job: generation.job,
        hint: 'If a job is named below, fetch its images with imagen jobs resume. Otherwise free some disk space and run the batch with --redo-doubtful, which charges again.',
      });
      return { state: 'failed', error: lost, exit };
    }
    if (isJson) return { state: 'done', paths, exit, document: toDocument(generation, delivered) };
    return { state: 'done', paths, exit };
  } catch (thrown) {
    const error = await withJobIds(await rescueReceivedBytes(thrown, { ...context, store }), store);
    const { lines, exit, isUrgent } = explain(error);
    for (const line of lines) terminal[isUrgent ? 'alert' : 'notice'](`${label}${line}`);
    return { state: 'failed', error, exit };
  }
}

/** Returns the exit code of all rows. With `--json`, also writes the document. */
export function concludeRows(
  rows: readonly GenerateRow[],
  ends: readonly (RowEnd | undefined)[],
  isJson: boolean,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Exit {
  if (isJson) {
    const all = rows.map((row, rowIndex) => {
      const end = ends[rowIndex];
      const more = end?.state === 'failed' ? { error: explain(end.error).document } : undefined;
      const id = end?.state === 'queued' ? { id: end.id } : more;
      const document = end?.state === 'done' ? end.document : id;
      return { row: row.label, status: end?.state ?? 'waiting', ...document };
    });
    terminal.document(
      { rows: all },
      ends.flatMap((end) => (end?.state === 'done' ? end.paths : [])),
    );
  }
  const done = ends.filter((end) => end?.state === 'done');
  if (done.length === rows.length) return done.find(({ exit }) => exit !== 'done')?.exit ?? 'done';
  const isQueued = ends.some((end) => end?.state === 'queued');
  if (done.length > 0 || isQueued) return 'partial';
  const failed = ends.find((end) => end?.state === 'failed');
  return failed?.exit ?? (ends.some((end) => end?.state === 'doubtful') ? 'doubtful' : 'interrupted');
}
