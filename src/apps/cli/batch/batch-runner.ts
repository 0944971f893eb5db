/** Generates many rows: checks all of them before the first call, then runs a few at a time. A failed row does not stop the others. */
import { dirname } from 'node:path';
import {
  AiImageError,
  type AiImageErrorCode,
  type ImageManager,
  isAiImageError,
  type JobHandle,
  type ManagerPlan,
  type ManagerRequest,
} from '../../../index.ts';
import { withPlan } from '../../../providers/protocol/shared/planned-calls.ts';
import { withJobIds } from '../../shared/job-names.ts';
import { type AppContext, isStoreUsable } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { type PreparedRun, prepareRun, type RunOptions } from '../generate-images.ts';
import { explain } from '../output/errors/explain-error.ts';
import { pathFor } from '../output/results/output-path.ts';
import { priceOf } from '../output/results/show-plan.ts';
import { toDocument, writeResults } from '../output/results/write-results.ts';
import { dollars } from '../output/tables/align-columns.ts';
import { requireResources } from '../system/require-resources.ts';
import { rescueReceivedBytes } from '../system/rescue.ts';
import { UsageError } from '../usage-error.ts';
import { faultyRowsError } from './batch-file.ts';

export interface GenerateRow {
  /** Shown before messages about the row, e.g. `line 3`. */
  readonly label: string;
  /** `undefined`: the row names no provider. */
  readonly provider: string | undefined;
  /** Identical rows have the same meaning. They run one after the other: at the same time they would share one call. */
  readonly meaning: string;
  /** Builds the request and reads its input images, which are released after the row. @throws UsageError */
  readonly load: () => Promise<ManagerRequest>;
  readonly out?: string | undefined;
}

export interface RowSettings {
  readonly options: RunOptions;
  readonly deadlineMs?: number | undefined;
  /** Rows at the same time. */
  readonly concurrency: number;
  /** Called before a row is sent. The row is not sent if this throws. */
  readonly onStart?: (at: number) => Promise<void>;
  /** Called when a job was submitted for a row. */
  readonly onJob?: (at: number, job: string) => Promise<void>;
  /** Called when a row has ended. No further row is started if this throws. */
  readonly onEnd?: (at: number, end: RowEnd) => Promise<void>;
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
  | { readonly state: 'doubtful' };

/** Errors that every further row would have, too. */
const FATAL_CODES: readonly AiImageErrorCode[] = [
  ...(['authentication', 'permission', 'quota_exhausted', 'budget_exceeded', 'not_configured', 'aborted'] as const),
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
  const { price, directories, maxImages, plans } = await checkAll(rows, prepare, manager, settings, context);
  const ends: (RowEnd | undefined)[] = rows.map(() => undefined);
  if (options.plan || rows.length === 0) return ends;
  const store = isStored ? app.store : undefined;
  const concurrentImages = Math.min(concurrency, rows.length) * maxImages;
  await requireResources({ concurrentImages, directories }, { ...context, store });
  if (price) terminal.notice(`${rows.length} rows, ${price}`);
  const progress = terminal.startProgress('generating');
  let finished = 0;
  let isStopped = false;
  const lastByMeaning = new Map<string, Promise<void>>();
  const runRow = async (at: number) => {
    const row = rows[at]!; // `at` is an index of `rows`
    const plan = plans.get(row);
    plans.delete(row);
    const end = await generateRow(row, at, { prepare, manager, settings, app, isStored, plan }, context);
    ends[at] = end;
    if (end.state === 'failed' && isAiImageError(end.error) && FATAL_CODES.includes(end.error.code)) isStopped = true;
    progress.update(`${++finished} of ${rows.length}`, finished / rows.length);
    await settings.onEnd?.(at, end).catch((error: unknown) => {
      isStopped = true;
      terminal.notice(`${row.label}: cannot record how it ended: ${explain(error).lines.join('. ')}`);
    });
  };
  const waiting = [...rows.keys()];
  const work = async () => {
    for (let at = waiting.shift(); at !== undefined && !isStopped && !signal.aborted; at = waiting.shift()) {
      const { meaning } = rows[at]!; // as above
      const now = at;
      const running = (lastByMeaning.get(meaning) ?? Promise.resolve()).then(() => runRow(now));
      lastByMeaning.set(meaning, running);
      await running;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, work)).finally(progress.stop);
  return ends;
}

type PrepareRow = (row: GenerateRow) => Promise<PreparedRun>;

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

interface CheckedRows {
  /** Estimated price of all rows, as text. */
  readonly price: string | undefined;
  /** Directories that images are saved to. */
  readonly directories: readonly string[];
  /** Largest number of images in one row. */
  readonly maxImages: number;
  /** For rows that execute the plan they were checked with. Other rows are planned again. */
  readonly plans: Map<GenerateRow, ManagerPlan>;
}

/** Limit of candidates in stored plans: a plan takes a few kilobytes for each, and a file may have 100,000 rows. */
const MAX_KEPT_CANDIDATES = 5_000;

/** @throws UsageError that lists every invalid row */
async function checkAll(
  rows: readonly GenerateRow[],
  prepare: PrepareRow,
  manager: ImageManager,
  { options, isJson }: RowSettings,
  { terminal, signal }: CommandContext,
): Promise<CheckedRows> {
  const faults: string[] = [];
  const directories = new Set<string>();
  let maxImages = 1;
  const files = new Map<string, string>();
  const planned: unknown[] = [];
  const plans = new Map<GenerateRow, ManagerPlan>();
  let keptCandidates = 0;
  let usd = 0;
  let unpriced = 0;
  for (const row of rows) {
    if (signal.aborted) throw new AiImageError('aborted', 'cancelled while the rows were checked', { charged: 'no' });
    try {
      const { request, output } = await prepare(row);
      maxImages = Math.max(maxImages, request.n ?? 1);
      if (output?.base !== undefined) directories.add(dirname(output.base));
      if (output?.isExact) {
        const path = pathFor(output, { index: 0, n: 1, format: output.format ?? '' });
        const other = files.get(path);
        if (other !== undefined)
          throw new UsageError(`${other} has the same file, ${path}`, 'Give each row another file name.');
        files.set(path, row.label);
      }
      const plan = await manager.plan(request);
      const { candidates, refused } = plan;
      const [best] = candidates;
      if (best === undefined) {
        const [first] = refused.flatMap(({ plan }) => plan.refusals);
        throw new UsageError(first?.message ?? 'no provider supports this request', first?.hint ?? '');
      }
      const { price } = best.plan;
      if (price.usd === undefined) unpriced++;
      else usd += price.usd;
      if (!options.plan) {
        // A plan would hold the input images until its row runs. Such a row loads them again, and is planned with what was loaded.
        const isSmall = request.inputImages === undefined && request.mask === undefined;
        const count = candidates.length + refused.length;
        if (!isSmall || keptCandidates + count > MAX_KEPT_CANDIDATES) continue;
        keptCandidates += count;
        plans.set(row, plan);
        continue;
      }
      const { provider, model } = best;
      planned.push({ row: row.label, provider, model, price, prompt: best.composed.prompt });
      if (!isJson) terminal.result(`${row.label}: ${provider} ${model}, ${priceOf(price.usd)}`);
    } catch (error) {
      const { lines } = explain(error);
      faults.push(`${row.label}: ${lines.join('. ')}`);
    }
  }
  if (faults.length > 0) throw faultyRowsError(faults, rows.length);
  const total = unpriced === 0 ? `about ${dollars(usd)}` : `at least ${dollars(usd)}, ${unpriced} without a price`;
  if (options.plan) {
    if (isJson) terminal.document({ rows: planned, usd, unpriced });
    else terminal.result(`${rows.length} rows, ${total}`);
  }
  return { price: usd > 0 || unpriced > 0 ? total : undefined, directories: [...directories], maxImages, plans };
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
  at: number,
  { prepare, manager, settings, app, isStored, plan }: RowRun,
  context: CommandContext,
): Promise<RowEnd> {
  const { options, deadlineMs, isJson, onStart, onJob: onRowJob } = settings;
  const { terminal, signal } = context;
  const label = `${row.label}: `;
  const store = isStored ? app.store : undefined;
  try {
    const { request, output } = await prepare(row);
    await onStart?.(at);
    const onJob = async ({ id }: JobHandle) => onRowJob?.(at, id);
    const call = { signal, onJob, ...(deadlineMs !== undefined && { deadlineMs }) };
    const generation = await manager.generate(request, plan ? withPlan(call, plan) : call);
    const n = request.n ?? 1;
    const delivered = await writeResults(generation, { output, n, store, options, label }, context);
    const { paths, exit, saved } = delivered;
    if (saved.some(({ path, fault }) => path === undefined && fault !== undefined)) {
      // It was charged but not saved: the row is not done, and must not run again without --redo-doubtful.
      const lost = new AiImageError('internal', 'the image could not be saved anywhere', {
        charged: 'yes',
        job: generation.job,
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
    const all = rows.map((row, at) => {
      const end = ends[at];
      const more = end?.state === 'failed' ? { error: explain(end.error).document } : undefined;
      const document = end?.state === 'done' ? end.document : more;
      return { row: row.label, status: end?.state ?? 'waiting', ...document };
    });
    terminal.document(
      { rows: all },
      ends.flatMap((end) => (end?.state === 'done' ? end.paths : [])),
    );
  }
  const done = ends.filter((end) => end?.state === 'done');
  if (done.length === rows.length) return done.find(({ exit }) => exit !== 'done')?.exit ?? 'done';
  if (done.length > 0) return 'partial';
  const failed = ends.find((end) => end?.state === 'failed');
  return failed?.exit ?? (ends.some((end) => end?.state === 'doubtful') ? 'doubtful' : 'interrupted');
}
