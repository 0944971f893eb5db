/** `imagen batch`: generates every row of a file. Checks all rows before the first call, and continues where it stopped when run again. */
import { isAiImageError } from '../../../index.ts';
import type { EnqueueOptions } from '../../../queue/index.ts';
import { jobsOfError } from '../../shared/job-names.ts';
import { readRows } from '../batch/batch-file.ts';
import { concludeRows, generateRows, type RowEnd } from '../batch/batch-runner.ts';
import { toRows } from '../batch/file-rows.ts';
import { type Journal, openJournal } from '../batch/journal.ts';
import { addRows, concludeQueuedRows, readQueuedRows } from '../batch/queue-batch.ts';
import { type KeyedRow, reconcileRows } from '../batch/reconcile-batch.ts';
import type { CommandContext, CommandSetup } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { addConcurrencyOption, addOutputOptions, readConcurrency } from '../flags/output-flags.ts';
import { addQueueOptions, type QueueFlags, readQueueFlags } from '../flags/queue-flags.ts';
import { addRequestOptions, type RequestOptions, readDeadline } from '../flags/request-flags.ts';
import type { RunOptions } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import type { Terminal } from '../output/terminal/terminal.ts';
import { refuseOutputFlags } from '../queue/add-work.ts';
import { UsageError } from '../usage-error.ts';

interface BatchOptions extends RequestOptions, RunOptions, QueueFlags {
  readonly prompt?: string;
  /** `true`: the default queue. */
  readonly queue?: string | true;
  readonly concurrency?: string;
  readonly redoDoubtful?: boolean;
}

export function addBatch({ command, action }: CommandSetup): void {
  command
    .argument('[file]', 'JSON Lines (.jsonl) or CSV (.csv) with the columns prompt, variation, out and the flags below')
    .option('--prompt <text>', 'prompt of rows that have none; {{variation}} is replaced by the variation of the row')
    .option('--redo-doubtful', 'generate rows again that were started and may have been charged (default: skip them)');
  command.option('--queue [name]', 'add the rows to the queue instead of generating them; workers do it');
  addConcurrencyOption(addOutputOptions(addRequestOptions(addQueueOptions(command)))).action(action(batch));
}

async function batch(named: string | undefined, given: BatchOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd } = context;
  const { file, options } = withFile(named, given);
  const isJson = options.json === true;
  const queue = readQueueing(options);
  const settings = { options, deadlineMs: readDeadline(options), concurrency: readConcurrency(options), isJson };
  const rows = toRows(await readRows(file, cwd), options, context);
  await using app = await openCommandApp(options, context);
  if (options.plan) {
    if (queue) await addRows(rows, { file, isPlan: true, isJson, common: queue }, undefined, app, context);
    else await generateRows(rows, settings, app, context);
    return 'done';
  }
  await using journal = await openJournal(`${file}.progress`, cwd);
  await reconcileRows(rows, { journal, app, options, deadlineMs: settings.deadlineMs }, context);
  const queued = await readQueuedRows(rows, journal, app);
  const known = rows.map(({ key }) => queued.get(key) ?? endOf(journal, key, options.redoDoubtful === true));
  const open = rows.flatMap((row, rowIndex) => (known[rowIndex] === undefined ? [{ row, rowIndex }] : []));
  // With a queue, the paths are printed at the end, among the ids.
  reportKnown(rows, known, isJson || queue !== undefined, terminal);
  if (queue) {
    const openRows = open.map(({ row }) => row);
    const added = await addRows(openRows, { file, isPlan: false, isJson, common: queue }, journal, app, context);
    // Some may have been added by a run whose journal is lost, and may be done.
    const found = await readQueuedRows(openRows, journal, app);
    const all = rows.map(({ key }, rowIndex) =>
      added.has(key) ? (found.get(key) ?? endOf(journal, key, false)) : known[rowIndex],
    );
    return concludeQueuedRows(rows, all, isJson, context);
  }
  if (queued.size > 0) {
    terminal.notice(`${queued.size} rows are in the queue, and a worker generates them: imagen queue list`);
  }
  const ends = await generateRows(
    open.map(({ row }) => row),
    {
      ...settings,
      // These get the index of a row of `open`.
      onStart: (index) => journal.record(open[index]!.row.key, { state: 'started' }),
      onJob: (index, job) => recordJobs(journal, open[index]!.row.key, job),
      onEnd: (index, end) => recordEnd(journal, open[index]!.row.key, end),
    },
    app,
    context,
  );
  const all = [...known];
  for (const [index, { rowIndex }] of open.entries()) all[rowIndex] = ends[index];
  const left = all.filter((end) => end?.state !== 'done').length;
  if (left > 0)
    terminal.notice(`${left} of ${rows.length} rows are not done. To continue, run the same command again.`);
  return concludeRows(rows, all, isJson, context);
}

/** `--queue rows.csv` names the file, because a batch needs one. @throws UsageError */
function withFile(
  file: string | undefined,
  options: BatchOptions,
): { readonly file: string; readonly options: BatchOptions } {
  if (file !== undefined) return { file, options };
  if (typeof options.queue === 'string') return { file: options.queue, options: { ...options, queue: true } };
  throw new UsageError('the file is missing', 'Name a JSON Lines or CSV file: imagen batch rows.csv');
}

/** @returns `undefined` without `--queue` @throws UsageError */
function readQueueing(options: BatchOptions): Omit<EnqueueOptions, 'id'> | undefined {
  const { queue, priority, runAt, concurrency } = options;
  if (queue === undefined) {
    const flag = priority !== undefined ? '--priority' : runAt !== undefined ? '--run-at' : undefined;
    if (flag === undefined) return undefined;
    throw new UsageError(`${flag} needs --queue`, `Add --queue, or leave out ${flag}.`);
  }
  refuseOutputFlags(options, '--queue');
  if (concurrency !== undefined) {
    throw new UsageError('--concurrency cannot be used with --queue', 'Pass it to imagen worker.');
  }
  return readQueueFlags(queue === true ? undefined : queue, options, readDeadline(options));
}

/** @returns `undefined` for a row to generate */
function endOf(journal: Journal, key: string, redoDoubtful: boolean): RowEnd | undefined {
  const known = journal.of(key);
  const paths = known?.paths ?? [];
  if (known?.state === 'done') return { state: 'done', paths, exit: 'done', document: { paths } };
  return known?.state === 'started' && !redoDoubtful ? { state: 'doubtful' } : undefined;
}

function reportKnown(
  rows: readonly KeyedRow[],
  known: readonly (RowEnd | undefined)[],
  isQuiet: boolean,
  terminal: Terminal,
): void {
  const done = known.flatMap((end) => (end?.state === 'done' ? [end] : []));
  if (done.length > 0) terminal.notice(`${done.length} of ${rows.length} rows were already done`);
  if (!isQuiet) for (const { paths } of done) for (const path of paths) terminal.result(path);
  for (const [rowIndex, end] of known.entries()) {
    if (end?.state !== 'doubtful') continue;
    terminal.notice(
      `${rows[rowIndex]?.label}: started earlier and may have been charged. To generate it again: --redo-doubtful`,
    );
  }
}

async function recordJobs(journal: Journal, key: string, ...jobs: readonly string[]): Promise<void> {
  const known = journal.of(key)?.jobs ?? [];
  const added = new Set(jobs.filter((job) => !known.includes(job)));
  if (added.size > 0) await journal.record(key, { state: 'started', jobs: [...known, ...added] });
}

/** A row that may have been charged stays `started`, so that it is not generated again without `--redo-doubtful`. */
async function recordEnd(journal: Journal, key: string, end: RowEnd): Promise<void> {
  if (end.state === 'done') await journal.record(key, { state: 'done', paths: [...end.paths] });
  if (end.state !== 'failed') return;
  if (isUncharged(end.error)) await journal.record(key, { state: 'failed' });
  // A vendor without jobs may have answered with links; only the error has them.
  else if (isAiImageError(end.error)) await recordJobs(journal, key, ...jobsOfError(end.error).map(({ id }) => id));
}

const isUncharged = (error: unknown): boolean =>
  error instanceof UsageError || (isAiImageError(error) && error.charged === 'no');
