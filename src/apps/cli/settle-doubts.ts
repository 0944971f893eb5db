/** Rows of a batch that were begun and whose end nobody wrote down: what was submitted is fetched, what lies in the store is theirs. Buys nothing. */
import type { Artifact, Store } from '../../store/index.ts';
import type { CommandContext } from './context.ts';
import { type DrawOptions, prepare } from './draw.ts';
import { explain } from './explain.ts';
import { fetchJobs, idOf, managersOf } from './fetch-jobs.ts';
import type { Journal } from './journal.ts';
import { saveImages } from './save-images.ts';
import type { SeriesRow } from './series.ts';
import { UsageError } from './usage-error.ts';
import { usableStore, type Workbench } from './workbench.ts';

export interface KeyedRow extends SeriesRow {
  readonly key: string;
}

/** In the metadata of a request: the key of its row. It comes back in the sidecar. */
export const ROW_NOTE = 'batchRow';

interface Settling {
  readonly journal: Journal;
  readonly bench: Workbench;
  readonly options: DrawOptions;
}

/** Without a store nothing can be found. */
export async function settleDoubts(
  rows: readonly KeyedRow[],
  { journal, bench, options }: Settling,
  context: CommandContext,
): Promise<void> {
  const doubtful = rows.filter(({ key }) => journal.of(key)?.state === 'started');
  if (doubtful.length === 0 || !(await usableStore(bench, context))) return;
  const store = bench.needStore();
  await fetchOpenJobs(doubtful, { journal, bench }, context);
  const found = await findPictures(doubtful, journal, store);
  for (const row of doubtful) {
    const kept = found.get(row.key);
    if (kept === undefined) continue;
    const paths = await give(row, kept, { bench, options }, context);
    await journal.note(row.key, { state: 'done', paths: [...paths] });
  }
}

/** Those that are done already lie in the store. */
async function fetchOpenJobs(
  doubtful: readonly KeyedRow[],
  { journal, bench }: Pick<Settling, 'journal' | 'bench'>,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const store = bench.needStore();
  const ids = doubtful.flatMap(({ key, label }) => (journal.of(key)?.jobs ?? []).map((id) => ({ id, label })));
  const records = await Promise.all(ids.map(async ({ id, label }) => ({ label, job: await store.jobs.find(id) })));
  const open = records.flatMap(({ label, job }) => (job?.handle && job.state !== 'done' ? [{ label, job }] : []));
  for (const { label, job } of open) terminal.notice(`${label}: fetching the job ${idOf(job)}`);
  const jobs = open.map(({ job }) => job);
  const fetched = await fetchJobs(jobs, { store, managerOf: managersOf(bench), signal });
  for (const [at, end] of fetched.entries()) {
    if ('error' in end) terminal.notice(`${open[at]?.label}: ${explain(end.error).lines.join('. ')}`);
  }
}

const PAGE = 200;

/** By the key of the row. */
async function findPictures(
  doubtful: readonly KeyedRow[],
  journal: Journal,
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
      const key = (artifact.job && byJob.get(artifact.job.id)) ?? metadata?.[ROW_NOTE];
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
    const { request, output } = await prepare(await row.load(), place, { bench, isKept: true }, context);
    if (output === undefined) return inStore;
    const store = bench.needStore();
    const images = await Promise.all(
      kept.map(async ({ id, format }) => ({ format, imageBytes: await store.open(id) })),
    );
    return (await saveImages(images, output, request.n ?? 1)).map(({ path }) => path);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.terminal.notice(`${row.label}: ${error.message}; the picture is in the store`);
    return inStore;
  }
}
