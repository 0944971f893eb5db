/** Completes rows that an earlier run started but did not finish: fetches their jobs and finds their images in the store. Never starts a new generation. */
import { isAiImageError } from '../../../index.ts';
import type { Artifact, Store } from '../../../store/index.ts';
import { fetchJobs, managersByProvider } from '../../shared/fetch-jobs.ts';
import { jobIdOf, RESULT_LINKS_ID } from '../../shared/job-names.ts';
import { type AppContext, isStoreUsable } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import { type PreparedRun, prepareRun, type RunOptions } from '../generate-images.ts';
import { explain } from '../output/errors/explain-error.ts';
import { saveImages } from '../output/results/save-images.ts';
import { jobSaving, unsavedMessages, warnUnsynced } from '../output/results/write-results.ts';
import { UsageError } from '../usage-error.ts';
import type { GenerateRow } from './check-rows.ts';
import type { Journal } from './journal.ts';

export interface KeyedRow extends GenerateRow {
  readonly key: string;
}

/** Key in the metadata of a request, with the key of its row. The sidecar stores it. */
export const ROW_NOTE = 'batchRow';

interface ReconcileSettings {
  readonly journal: Journal;
  readonly app: AppContext;
  readonly options: RunOptions;
  /** Time limit for each job of an earlier run. */
  readonly deadlineMs?: number | undefined;
}

/** Does nothing without a store. */
export async function reconcileRows(
  rows: readonly KeyedRow[],
  { journal, app, options, deadlineMs }: ReconcileSettings,
  context: CommandContext,
): Promise<void> {
  const doubtful = rows.filter(({ key }) => journal.of(key)?.state === 'started');
  if (doubtful.length === 0 || !(await isStoreUsable(app))) return;
  const store = app.requireStore();
  const rowOf = await fetchOpenJobs(doubtful, { journal, app, deadlineMs }, context);
  const found = await findStoredImages(doubtful, { journal, rowOf }, store);
  for (const row of doubtful) {
    const images = found.get(row.key);
    if (images === undefined) continue;
    const paths = await saveToPlace(row, images, { app, options }, context);
    await journal.record(row.key, { state: 'done', paths: [...paths] });
  }
}

/**
 * Fetches the unfinished jobs. Images of finished jobs are in the store. Images behind links are fetched again, because nothing in the
 * store tells which row they belong to.
 * @returns the row's key for each fetched image, by the image's id
 */
async function fetchOpenJobs(
  doubtful: readonly KeyedRow[],
  { journal, app, deadlineMs }: Omit<ReconcileSettings, 'options'>,
  context: CommandContext,
): Promise<ReadonlyMap<string, string>> {
  const { terminal, signal } = context;
  const store = app.requireStore();
  const ids = doubtful.flatMap(({ key, label }) => (journal.of(key)?.jobs ?? []).map((id) => ({ id, key, label })));
  const records = await Promise.all(ids.map(async ({ id, ...row }) => ({ ...row, job: await store.jobs.find(id) })));
  const open = records.flatMap(({ job, ...row }) =>
    job?.handle && (job.state !== 'done' || job.handle.id === RESULT_LINKS_ID) ? [{ ...row, job }] : [],
  );
  for (const { label, job } of open) terminal.notice(`${label}: fetching the job ${jobIdOf(job)}`);
  const jobs = open.map(({ job }) => job);
  const fetched = await fetchJobs(jobs, {
    store,
    managerOf: managersByProvider(app),
    signal,
    deadlineMs,
    ...jobSaving(store, context),
  });
  const rowOf = new Map<string, string>();
  for (const [index, end] of fetched.entries()) {
    const lines = 'error' in end ? [explain(end.error).lines.join('. ')] : unsavedMessages(end.saved, end.generation);
    const { key, label } = open[index]!; // in the same order
    for (const line of lines) terminal.alert(`${label}: ${line}`);
    if ('generation' in end) for (const { id } of end.generation.saved) rowOf.set(id, key);
  }
  return rowOf;
}

const PAGE_SIZE = 200;

/** @returns the stored images of each row, by the row's key */
async function findStoredImages(
  doubtful: readonly KeyedRow[],
  { journal, rowOf }: { readonly journal: Journal; readonly rowOf: ReadonlyMap<string, string> },
  store: Store,
): Promise<ReadonlyMap<string, readonly Artifact[]>> {
  const entries = doubtful.map(({ key }) => ({ key, ...journal.of(key) }));
  const byJob = new Map(entries.flatMap(({ key, jobs = [] }) => jobs.map((job) => [job, key] as const)));
  const since = entries.map(({ at = '' }) => at).sort()[0] ?? '';
  const found = new Map<string, Artifact[]>();
  for (let after: { createdAt: string; id: string } | undefined; ; ) {
    const page = await store.search({ since, limit: PAGE_SIZE, ...(after && { after }) });
    for (const { id } of page) {
      const artifact = await store.get(id);
      const { metadata } = artifact.request as { readonly metadata?: Readonly<Record<string, unknown>> };
      const key = rowOf.get(id) ?? (artifact.job && byJob.get(artifact.job.id)) ?? metadata?.[ROW_NOTE];
      if (typeof key !== 'string') continue;
      found.set(key, [...(found.get(key) ?? []), artifact]);
    }
    after = page.at(-1);
    if (page.length < PAGE_SIZE) break;
  }
  for (const artifacts of found.values()) artifacts.sort((one, other) => one.index - other.index);
  return found;
}

/** Saves a row's images to their place. @returns their paths; those in the store if the file name is taken by now, or nothing can be written there */
async function saveToPlace(
  row: KeyedRow,
  images: readonly Artifact[],
  { app, options }: Pick<ReconcileSettings, 'app' | 'options'>,
  context: CommandContext,
): Promise<readonly string[]> {
  const inStore = images.map(({ path }) => path);
  const { out = options.out } = row;
  let prepared: PreparedRun;
  try {
    const outputOptions = { ...options, ...(out !== undefined && { out }) };
    prepared = await prepareRun(await row.load(), outputOptions, { app, isStored: true }, context);
  } catch (error) {
    const isOfPlace = error instanceof UsageError || (isAiImageError(error) && error.code === 'storage_failed');
    if (!isOfPlace) throw error;
    context.terminal.notice(`${row.label}: ${error.message}; the image is in the store`);
    return inStore;
  }
  const { request, output } = prepared;
  if (output === undefined) return inStore;
  const store = app.requireStore();
  const files = await Promise.all(
    images.map(async ({ id, format, path }) => ({ format, imageBytes: await store.open(id), storedPath: path })),
  );
  const saved = await saveImages(files, output, request.n ?? 1, { ...context, store });
  for (const line of unsavedMessages(saved, {})) context.terminal.alert(`${row.label}: ${line}`);
  warnUnsynced(saved, context);
  return saved.flatMap(({ path }) => path ?? []);
}
