/** `imagen batch`: generates every row of a file. Checks all rows before the first call, and continues where it stopped when run again. */
import { isAiImageError, type ManagerRequest } from '../../../index.ts';
import { jobsOfError } from '../../shared/job-names.ts';
import { type FileRow, type RowFlags, readRows } from '../batch/batch-file.ts';
import { concludeRows, generateRows, type RowEnd } from '../batch/batch-runner.ts';
import { type Journal, openJournal, rowKey } from '../batch/journal.ts';
import { type KeyedRow, ROW_NOTE, reconcileRows } from '../batch/reconcile-batch.ts';
import type { CommandContext, CommandSetup } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { addConcurrencyOption, addOutputOptions, readConcurrency } from '../flags/output-flags.ts';
import {
  addRequestOptions,
  REQUEST_FLAGS,
  type RequestOptions,
  readDeadline,
  readRequest,
} from '../flags/request-flags.ts';
import type { RunOptions } from '../generate-images.ts';
import { openCommandApp } from '../open-command-app.ts';
import type { Terminal } from '../output/terminal/terminal.ts';
import { UsageError } from '../usage-error.ts';

interface BatchOptions extends RequestOptions, RunOptions {
  readonly prompt?: string;
  readonly concurrency?: string;
  readonly redoDoubtful?: boolean;
}

export function addBatch({ command, action }: CommandSetup): void {
  command
    .argument('<file>', 'JSON Lines (.jsonl) or CSV (.csv) with the columns prompt, variation, out and the flags below')
    .option('--prompt <text>', 'prompt of rows that have none; {{variation}} is replaced by the variation of the row')
    .option('--redo-doubtful', 'generate rows again that were started and may have been charged (default: skip them)');
  addConcurrencyOption(addOutputOptions(addRequestOptions(command))).action(action(batch));
}

async function batch(file: string, options: BatchOptions, context: CommandContext): Promise<Exit> {
  const { terminal, cwd } = context;
  const isJson = options.json === true;
  const settings = { options, deadlineMs: readDeadline(options), concurrency: readConcurrency(options), isJson };
  const rows = toRows(await readRows(file, cwd), options, context);
  await using app = await openCommandApp(options, context);
  if (options.plan) {
    await generateRows(rows, settings, app, context);
    return 'done';
  }
  await using journal = await openJournal(`${file}.progress`, cwd);
  await reconcileRows(rows, { journal, app, options, deadlineMs: settings.deadlineMs }, context);
  const known = rows.map(({ key }) => endOf(journal, key, options.redoDoubtful === true));
  const open = rows.flatMap((row, rowIndex) => (known[rowIndex] === undefined ? [{ row, rowIndex }] : []));
  reportKnown(rows, known, isJson, terminal);
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

/** Identical rows get different keys, by how many came before. */
function toRows(rows: readonly FileRow[], options: BatchOptions, context: CommandContext): readonly KeyedRow[] {
  const rowsByFingerprint = new Map<string, number>();
  return rows.map(({ line, flags }): KeyedRow => {
    const merged: RowFlags = { ...pickFlags(options), ...flags };
    const fingerprint = rowKey(merged, 0);
    const before = rowsByFingerprint.get(fingerprint) ?? 0;
    rowsByFingerprint.set(fingerprint, before + 1);
    const key = rowKey(merged, before);
    return {
      ...{ label: `line ${line}`, key, fingerprint, out: merged.out as string | undefined },
      provider: merged.provider as string | undefined,
      load: () => toRequest(merged, key, context),
    };
  });
}

/** Flags that apply to every row without a value of its own. */
function pickFlags(options: BatchOptions): RowFlags {
  const named = ['prompt', ...REQUEST_FLAGS] as const;
  return Object.fromEntries(named.map((name) => [name, options[name]])) as RowFlags;
}

const PLACEHOLDER = '{{variation}}';

async function toRequest(flags: RowFlags, key: string, context: CommandContext): Promise<ManagerRequest> {
  const { prompt, variation, vendorOptions, ...options } = flags;
  const text = String(prompt ?? '').trim();
  if (text === '' && options.operation === undefined) {
    throw new UsageError('the row has no prompt', 'Add a prompt column, or use --prompt for all rows.');
  }
  if (variation !== undefined && !text.includes(PLACEHOLDER)) {
    throw new UsageError(
      `the row has a variation, but its prompt has no ${PLACEHOLDER}`,
      `Put ${PLACEHOLDER} into the prompt.`,
    );
  }
  if (variation === undefined && text.includes(PLACEHOLDER)) {
    throw new UsageError(
      `the prompt has ${PLACEHOLDER}, and the row has no variation to replace it`,
      'Add a variation to the row.',
    );
  }
  const composed = text.replaceAll(PLACEHOLDER, () => String(variation));
  const request = await readRequest(composed === '' ? undefined : composed, options as RequestOptions, context);
  return {
    ...request,
    // Options of the row replace those of the flags.
    ...(vendorOptions && { options: { ...request.options, ...vendorOptions } }),
    metadata: { ...request.metadata, [ROW_NOTE]: key },
  } as ManagerRequest;
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
  isJson: boolean,
  terminal: Terminal,
): void {
  const done = known.flatMap((end) => (end?.state === 'done' ? [end] : []));
  if (done.length > 0) terminal.notice(`${done.length} of ${rows.length} rows were already done`);
  if (!isJson) for (const { paths } of done) for (const path of paths) terminal.result(path);
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
