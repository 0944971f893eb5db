/** Rows of a batch that were begun and whose end nobody wrote down: what was submitted is fetched, what lies in the store is theirs. Buys nothing. */
import type { Artifact, Store } from '../../../store/index.ts';
import { fetchJobs, managersOf } from '../../shared/jobs.ts';
import { type AppContext, usableStore } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import { prepareRun, type RunOptions } from '../generate-images.ts';
import { idOf, LINKS } from '../job-names.ts';
import { explain } from '../output/explain-error.ts';
import { saveImages } from '../output/save-images.ts';
import { faultsOf, tellUnsynced } from '../output/write-results.ts';
import { UsageError } from '../usage-error.ts';
import type { SeriesRow } from './batch-runner.ts';
import type { Journal } from './journal.ts';

export interface KeyedRow extends SeriesRow {
  readonly key: string;
}

/** In the metadata of a request: the key of its row. It comes back in the sidecar. */
export const ROW_NOTE = 'batchRow';

interface Settling {
  readonly journal: Journal;
  readonly bench: AppContext;
  readonly options: RunOptions;
  /** For each job of an earlier run. */
  readonly deadlineMs?: number | undefined;
}

/** Without a store nothing can be found. */
export async function settleDoubts(
  rows: readonly KeyedRow[],
  { journal, bench, options, deadlineMs }: Settling,
  context: CommandContext,
): Promise<void> {
  const doubtful = rows.filter(({ key }) => journal.of(key)?.state === 'started');
  if (doubtful.length === 0 || !(await usableStore(bench, context))) return;
  const store = bench.needStore();
  const rowOf = await fetchOpenJobs(doubtful, { journal, bench, deadlineMs }, context);
  const found = await findPictures(doubtful, { journal, rowOf }, store);
  for (const row of doubtful) {
    const kept = found.get(row.key);
    if (kept === undefined) continue;
    const paths = await give(row, kept, { bench, options }, context);
    await journal.note(row.key, { state: 'done', paths: [...paths] });
  }
}

/**
 * Those that are done already lie in the store. Images behind links are fetched again: in the store no id tells whose they are.
 * @returns the key of the row by the id of each image that was fetched
 */
async function fetchOpenJobs(
  doubtful: readonly KeyedRow[],
  { journal, bench, deadlineMs }: Omit<Settling, 'options'>,
  context: CommandContext,
): Promise<ReadonlyMap<string, string>> {
  const { terminal, signal } = context;
  const store = bench.needStore();
  const ids = doubtful.flatMap(({ key, label }) => (journal.of(key)?.jobs ?? []).map((id) => ({ id, key, label })));
  const records = await Promise.all(ids.map(async ({ id, ...row }) => ({ ...row, job: await store.jobs.find(id) })));
  const open = records.flatMap(({ job, ...row }) =>
    job?.handle && (job.state !== 'done' || job.handle.id === LINKS) ? [{ ...row, job }] : [],
  );
  for (const { label, job } of open) terminal.notice(`${label}: fetching the job ${idOf(job)}`);
  const jobs = open.map(({ job }) => job);
  const fetched = await fetchJobs(jobs, { store, managerOf: managersOf(bench), signal, deadlineMs, refuge: context });
  const rowOf = new Map<string, string>();
  for (const [at, end] of fetched.entries()) {
    const lines = 'error' in end ? [explain(end.error).lines.join('. ')] : faultsOf(end.saved, end.generation);
    const { key, label } = open[at]!; // they are in the same order
    for (const line of lines) terminal.alert(`${label}: ${line}`);
    if ('generation' in end) for (const { id } of end.generation.kept) rowOf.set(id, key);
  }
  return rowOf;
}

const PAGE = 200;

/** @returns the images of each row, by its key */
async function findPictures(
  doubtful: readonly KeyedRow[],
  { journal, rowOf }: { readonly journal: Journal; readonly rowOf: ReadonlyMap<string, string> },
  store: Store,
): Promise<ReadonlyMap<string, readonly Artifact[]>> {
  const entries = doubtful.map(({ key }) => ({ key, ...journal.of(key) }));
  const byJob = new Map(entries.flatMap(({ key, jobs = [] }) => jobs.map((job) => [job, key] as const)));
  const since = entries.map(({ at = '' }) => at).sort()[0] ?? '';
  const found = new Map<string, Artifact[]>();
  for (let after: { createdAt: string; id: string } | undefined; ; ) {
    const page = await store.search({ since, limit: PAGE, ...(after && { after }) });
    for (const { id } of page) {
      const artifact = await store.get(id);
      const { metadata } = artifact.request as { readonly metadata?: Readonly<Record<string, unknown>> };
      const key = rowOf.get(id) ?? (artifact.job && byJob.get(artifact.job.id)) ?? metadata?.[ROW_NOTE];
      if (typeof key !== 'string') continue;
      found.set(key, [...(found.get(key) ?? []), artifact]);
    }
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  for (const artifacts of found.values()) artifacts.sort((one, other) => one.index - other.index);
  return found;
}

/** @returns where they are; in the store alone where their place is taken by now */
async function give(
  row: KeyedRow,
  kept: readonly Artifact[],
  { bench, options }: Pick<Settling, 'bench' | 'options'>,
  context: CommandContext,
): Promise<readonly string[]> {
  const inStore = kept.map(({ path }) => path);
  const { out = options.out } = row;
  try {
    const place = { ...options, ...(out !== undefined && { out }) };
    const { request, output } = await prepareRun(await row.load(), place, { bench, isKept: true }, context);
    if (output === undefined) return inStore;
    const store = bench.needStore();
    const images = await Promise.all(
      kept.map(async ({ id, format, path }) => ({ format, imageBytes: await store.open(id), kept: path })),
    );
    const saved = await saveImages(images, output, request.n ?? 1, { ...context, store });
    for (const line of faultsOf(saved, {})) context.terminal.alert(`${row.label}: ${line}`);
    tellUnsynced(saved, context);
    return saved.flatMap(({ path }) => path ?? []);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.terminal.notice(`${row.label}: ${error.message}; the picture is in the store`);
    return inStore;
  }
}
