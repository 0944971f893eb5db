/** `imagen batch`: a file of requests, checked whole before the first is paid for; run again, it goes on where it stopped. */
import { isAiImageError, type ManagerRequest } from '../../../index.ts';
import { openApp } from '../../shared/open-app.ts';
import { type FileRow, type RowFlags, readRows } from '../batch/batch-file.ts';
import { concludeSeries, drawSeries, type RowEnd } from '../batch/batch-runner.ts';
import { type Journal, openJournal, rowKey } from '../batch/journal.ts';
import { type KeyedRow, ROW_NOTE, settleDoubts } from '../batch/reconcile-batch.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import {
  addRequestOptions,
  REQUEST_FLAGS,
  type RequestOptions,
  readDeadline,
  readRequest,
} from '../flags/request-flags.ts';
import type { RunOptions } from '../generate-images.ts';
import { jobsOf } from '../job-names.ts';
import type { Terminal } from '../output/terminal.ts';
import { UsageError } from '../usage-error.ts';
import { addConcurrency, addDrawOptions, readConcurrency } from './generate.ts';

interface BatchOptions extends RequestOptions, RunOptions {
  readonly prompt?: string;
  readonly concurrency?: string;
  readonly redoDoubtful?: boolean;
}

export function addBatch({ program, action }: Commands): void {
  const command = program
    .command('batch')
    .description(
      'draw every row of a file; run again, it goes on where it stopped, and what is done is not bought again',
    )
    .argument('<file>', 'JSON lines (.jsonl) or CSV (.csv); the columns are prompt, variation, out and the flags below')
    .option('--prompt <text>', 'of rows that have none; {{variation}} stands for their variation')
    .option(
      '--redo-doubtful',
      'draws rows again that were begun and may have been charged (default: they are left alone)',
    );
  addConcurrency(addDrawOptions(addRequestOptions(command))).action(action(batch));
}

async function batch(file: string, options: BatchOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd } = context;
  const isJson = options.json === true;
  const settings = { options, deadlineMs: readDeadline(options), concurrency: readConcurrency(options), isJson };
  const rows = toSeries(await readRows(file, cwd), options, context);
  await using bench = await openApp(options, context);
  if (options.plan) {
    await drawSeries(rows, settings, bench, context);
    return 'done';
  }
  await using journal = await openJournal(`${file}.progress`, cwd);
  await settleDoubts(rows, { journal, bench, options, deadlineMs: settings.deadlineMs }, context);
  const known = rows.map(({ key }) => endOf(journal, key, options.redoDoubtful === true));
  const open = rows.flatMap((row, at) => (known[at] === undefined ? [{ row, at }] : []));
  sayKnown(rows, known, isJson, terminal);
  const ends = await drawSeries(
    open.map(({ row }) => row),
    {
      ...settings,
      onStart: (at) => journal.note(open[at]!.row.key, { state: 'started' }), // `at` is one of theirs, here and below
      onJob: (at, job) => noteJob(journal, open[at]!.row.key, job),
      onEnd: (at, end) => noteEnd(journal, open[at]!.row.key, end),
    },
    bench,
    context,
  );
  const all = [...known];
  for (const [index, { at }] of open.entries()) all[at] = ends[index];
  const left = all.filter((end) => end?.state !== 'done').length;
  if (left > 0) terminal.notice(`${left} of ${rows.length} rows are not done; the same command run again goes on`);
  return concludeSeries(rows, all, isJson, context);
}

/** Rows that ask for the same are told apart by how many there were before. */
function toSeries(rows: readonly FileRow[], options: BatchOptions, context: CommandContext): readonly KeyedRow[] {
  const seen = new Map<string, number>();
  return rows.map(({ line, flags }): KeyedRow => {
    const merged: RowFlags = { ...pickFlags(options), ...flags };
    const meaning = rowKey(merged, 0);
    const before = seen.get(meaning) ?? 0;
    seen.set(meaning, before + 1);
    const key = rowKey(merged, before);
    return {
      ...{ label: `line ${line}`, key, meaning, out: merged.out as string | undefined },
      provider: merged.provider as string | undefined,
      load: () => toRequest(merged, key, context),
    };
  });
}

/** What every row has, unless it says something else. */
function pickFlags(options: BatchOptions): RowFlags {
  const named = ['prompt', ...REQUEST_FLAGS] as const;
  return Object.fromEntries(named.map((name) => [name, options[name]])) as RowFlags;
}

const PLACE = '{{variation}}';

async function toRequest(flags: RowFlags, key: string, context: CommandContext): Promise<ManagerRequest> {
  const { prompt, variation, vendorOptions, ...options } = flags;
  const words = String(prompt ?? '').trim();
  if (words === '' && options.operation === undefined) {
    throw new UsageError('the row has no prompt', 'Add the column prompt, or name one for all rows with --prompt.');
  }
  if (variation !== undefined && !words.includes(PLACE)) {
    throw new UsageError(
      `the row has a variation, and its prompt has no ${PLACE}`,
      `Write ${PLACE} where it is to stand.`,
    );
  }
  const whole = words.replaceAll(PLACE, () => String(variation));
  const request = await readRequest(whole === '' ? undefined : whole, options as RequestOptions, context);
  return {
    ...request,
    // What the row says counts more than the flags.
    ...(vendorOptions && { options: { ...request.options, ...vendorOptions } }),
    metadata: { ...request.metadata, [ROW_NOTE]: key },
  } as ManagerRequest;
}

/** @returns `undefined` for a row that is to be drawn */
function endOf(journal: Journal, key: string, redoDoubtful: boolean): RowEnd | undefined {
  const known = journal.of(key);
  const paths = known?.paths ?? [];
  if (known?.state === 'done') return { state: 'done', paths, exit: 'done', document: { paths } };
  return known?.state === 'started' && !redoDoubtful ? { state: 'doubtful' } : undefined;
}

function sayKnown(
  rows: readonly KeyedRow[],
  known: readonly (RowEnd | undefined)[],
  isJson: boolean,
  terminal: Terminal,
): void {
  const done = known.flatMap((end) => (end?.state === 'done' ? [end] : []));
  if (done.length > 0) terminal.notice(`${done.length} of ${rows.length} rows were done before`);
  if (!isJson) for (const { paths } of done) for (const path of paths) terminal.result(path);
  for (const [at, end] of known.entries()) {
    if (end?.state !== 'doubtful') continue;
    terminal.notice(`${rows[at]?.label}: it was begun and may have been charged; --redo-doubtful draws it again`);
  }
}

async function noteJob(journal: Journal, key: string, ...jobs: readonly string[]): Promise<void> {
  const known = journal.of(key)?.jobs ?? [];
  const news = new Set(jobs.filter((job) => !known.includes(job)));
  if (news.size > 0) await journal.note(key, { state: 'started', jobs: [...known, ...news] });
}

/** What may have been charged stays `started`: it is not bought again without being told to. */
async function noteEnd(journal: Journal, key: string, end: RowEnd): Promise<void> {
  if (end.state === 'done') await journal.note(key, { state: 'done', paths: [...end.paths] });
  if (end.state !== 'failed') return;
  if (isFree(end.error)) await journal.note(key, { state: 'failed' });
  // Some jobs are known by the error alone: a vendor that has none answered with links.
  else if (isAiImageError(end.error)) await noteJob(journal, key, ...jobsOf(end.error).map(({ id }) => id));
}

const isFree = (error: unknown): boolean =>
  error instanceof UsageError || (isAiImageError(error) && error.charged === 'no');
