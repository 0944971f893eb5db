/** Many requests: all of them checked before the first is paid for, then a few at a time; what failed does not take the others with it. */
import { dirname } from 'node:path';
import {
  AiImageError,
  type AiImageErrorCode,
  type ImageManager,
  isAiImageError,
  type JobHandle,
  type ManagerRequest,
} from '../../../index.ts';
import { type AppContext, usableStore } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { type PreparedRun, prepareRun, type RunOptions } from '../generate-images.ts';
import { nameJobs } from '../job-names.ts';
import { explain } from '../output/explain-error.ts';
import { pathFor } from '../output/output-path.ts';
import { priceOf } from '../output/show-plan.ts';
import { dollars } from '../output/table.ts';
import { toDocument, writeResults } from '../output/write-results.ts';
import { requireResources } from '../system/require-resources.ts';
import { keepWhatCame } from '../system/rescue.ts';
import { UsageError } from '../usage-error.ts';
import { faultyRows } from './batch-file.ts';

export interface SeriesRow {
  /** For people, e.g. `line 3`. */
  readonly label: string;
  /** Who is asked; `undefined` where the row leaves it open. */
  readonly provider: string | undefined;
  /** Rows with the same meaning are drawn one after the other: at the same time they would be one picture. */
  readonly meaning: string;
  /** Reads the pictures it starts from; they are not held longer than they are needed. @throws UsageError */
  readonly load: () => Promise<ManagerRequest>;
  readonly out?: string | undefined;
}

export interface SeriesSettings {
  readonly options: RunOptions;
  readonly deadlineMs?: number | undefined;
  /** Rows at once. */
  readonly concurrency: number;
  /** Before a row is sent; it is not sent when this throws. */
  readonly onStart?: (at: number) => Promise<void>;
  /** A job was submitted for it. */
  readonly onJob?: (at: number, job: string) => Promise<void>;
  /** When this throws, no further row is begun. */
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
  /** It was begun at another time, and nobody knows how that ended. */
  | { readonly state: 'doubtful' };

/** After these no row can do better. */
const HOPELESS: readonly AiImageErrorCode[] = [
  ...(['authentication', 'permission', 'quota_exhausted', 'budget_exceeded', 'not_configured', 'aborted'] as const),
];

/** @returns how each row ended; `undefined` for one that was not begun @throws UsageError before anything is drawn */
export async function drawSeries(
  rows: readonly SeriesRow[],
  settings: SeriesSettings,
  bench: AppContext,
  context: CommandContext,
): Promise<readonly (RowEnd | undefined)[]> {
  const { options, concurrency } = settings;
  const { terminal, signal } = context;
  const isKept = !options.plan && (await usableStore(bench, context));
  const providers = rows.length === 0 ? [undefined] : rows.map(({ provider }) => provider);
  const manager = bench.manager(providers, isKept);
  // All rows of one run are one session.
  const session = manager.session();
  const ready = async (row: SeriesRow): Promise<PreparedRun> => {
    const prepared = await prepareRow(row, options, { bench, isKept }, context);
    return { ...prepared, request: { ...prepared.request, session } };
  };
  const { price, folders, most } = await checkAll(rows, ready, manager, settings, context);
  const ends: (RowEnd | undefined)[] = rows.map(() => undefined);
  if (options.plan || rows.length === 0) return ends;
  const store = isKept ? bench.store : undefined;
  const atOnce = Math.min(concurrency, rows.length) * most;
  await requireResources({ atOnce, folders }, { ...context, store });
  if (price) terminal.notice(`${rows.length} rows, ${price}`);
  const progress = terminal.working('drawing');
  let finished = 0;
  let isHopeless = false;
  const drawing = new Map<string, Promise<void>>();
  const one = async (at: number) => {
    const row = rows[at]!; // `at` is one of theirs
    const end = await drawRow(row, at, { ready, manager, settings, bench, isKept }, context);
    ends[at] = end;
    if (end.state === 'failed' && isAiImageError(end.error) && HOPELESS.includes(end.error.code)) isHopeless = true;
    progress.update(`${++finished} of ${rows.length}`, finished / rows.length);
    await settings.onEnd?.(at, end).catch((error: unknown) => {
      isHopeless = true;
      terminal.notice(`${row.label}: how it ended could not be written down: ${explain(error).lines.join('. ')}`);
    });
  };
  const todo = [...rows.keys()];
  const work = async () => {
    for (let at = todo.shift(); at !== undefined && !isHopeless && !signal.aborted; at = todo.shift()) {
      const { meaning } = rows[at]!; // as above
      const now = at;
      const turn = (drawing.get(meaning) ?? Promise.resolve()).then(() => one(now));
      drawing.set(meaning, turn);
      await turn;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, todo.length) }, work)).finally(progress.stop);
  return ends;
}

type Ready = (row: SeriesRow) => Promise<PreparedRun>;

async function prepareRow(
  row: SeriesRow,
  options: RunOptions,
  where: { readonly bench: AppContext; readonly isKept: boolean },
  context: CommandContext,
): Promise<PreparedRun> {
  const out = row.out ?? options.out;
  if (out === '-') throw new UsageError('standard output takes one picture', 'Name a directory with --out.');
  return prepareRun(await row.load(), { ...options, ...(out !== undefined && { out }) }, where, context);
}

interface Checked {
  /** What all of it will cost, in words. */
  readonly price: string | undefined;
  /** Where images are to be saved. */
  readonly folders: readonly string[];
  /** How many images one row asks for at most. */
  readonly most: number;
}

/** @throws UsageError with every row that cannot be drawn */
async function checkAll(
  rows: readonly SeriesRow[],
  ready: Ready,
  manager: ImageManager,
  { options, isJson }: SeriesSettings,
  { terminal, signal }: CommandContext,
): Promise<Checked> {
  const faults: string[] = [];
  const folders = new Set<string>();
  let most = 1;
  const files = new Map<string, string>();
  const planned: unknown[] = [];
  let usd = 0;
  let unpriced = 0;
  for (const row of rows) {
    if (signal.aborted) throw new AiImageError('aborted', 'stopped while the rows were checked', { charged: 'no' });
    try {
      const { request, output } = await ready(row);
      most = Math.max(most, request.n ?? 1);
      if (output?.base !== undefined) folders.add(dirname(output.base));
      if (output?.isExact) {
        const path = pathFor(output, { index: 0, n: 1, format: output.format ?? '' });
        const other = files.get(path);
        if (other !== undefined) throw new UsageError(`${other} names ${path} too`, 'Give each row a name of its own.');
        files.set(path, row.label);
      }
      const { candidates, refused } = await manager.plan(request);
      const [best] = candidates;
      if (best === undefined) {
        const [first] = refused.flatMap(({ plan }) => plan.refusals);
        throw new UsageError(first?.message ?? 'nobody can draw it', first?.hint ?? '');
      }
      const { price } = best.plan;
      if (price.usd === undefined) unpriced++;
      else usd += price.usd;
      if (!options.plan) continue;
      const { provider, model } = best;
      planned.push({ row: row.label, provider, model, price, prompt: best.composed.prompt });
      if (!isJson) terminal.result(`${row.label}: ${provider} ${model}, ${priceOf(price.usd)}`);
    } catch (error) {
      const { lines } = explain(error);
      faults.push(`${row.label}: ${lines.join('. ')}`);
    }
  }
  if (faults.length > 0) throw faultyRows(faults, rows.length);
  const total = unpriced === 0 ? `about ${dollars(usd)}` : `at least ${dollars(usd)}, ${unpriced} without a price`;
  if (options.plan) {
    if (isJson) terminal.document({ rows: planned, usd, unpriced });
    else terminal.result(`${rows.length} rows, ${total}`);
  }
  return { price: usd > 0 || unpriced > 0 ? total : undefined, folders: [...folders], most };
}

interface Drawing {
  readonly ready: Ready;
  readonly manager: ImageManager;
  readonly settings: SeriesSettings;
  readonly bench: AppContext;
  readonly isKept: boolean;
}

async function drawRow(
  row: SeriesRow,
  at: number,
  { ready, manager, settings, bench, isKept }: Drawing,
  context: CommandContext,
): Promise<RowEnd> {
  const { options, deadlineMs, isJson, onStart, onJob: onRowJob } = settings;
  const { terminal, signal } = context;
  const label = `${row.label}: `;
  const store = isKept ? bench.store : undefined;
  try {
    const { request, output } = await ready(row);
    await onStart?.(at);
    const onJob = async ({ id }: JobHandle) => onRowJob?.(at, id);
    const generation = await manager.generate(request, {
      signal,
      onJob,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    const n = request.n ?? 1;
    const delivered = await writeResults(generation, { output, n, store, options, label }, context);
    const { paths, exit, saved } = delivered;
    if (saved.some(({ path, fault }) => path === undefined && fault !== undefined)) {
      // Paid for and nowhere: it is not done, and must not be bought again unasked.
      const lost = new AiImageError('internal', 'no place took the image', { charged: 'yes', job: generation.job });
      return { state: 'failed', error: lost, exit };
    }
    if (isJson) return { state: 'done', paths, exit, document: toDocument(generation, delivered) };
    return { state: 'done', paths, exit };
  } catch (thrown) {
    const error = await nameJobs(await keepWhatCame(thrown, { ...context, store }), store);
    const { lines, exit, isUrgent } = explain(error);
    for (const line of lines) terminal[isUrgent ? 'alert' : 'notice'](`${label}${line}`);
    return { state: 'failed', error, exit };
  }
}

/** How the whole ended, and with `--json` its one document. */
export function concludeSeries(
  rows: readonly SeriesRow[],
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
