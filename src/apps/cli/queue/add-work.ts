/** Adds requests to a queue. Plans each of them first: what cannot work is refused before it is queued. Sends nothing. */
import { randomUUID } from 'node:crypto';
import { AiImageError, type ImageManager, type ManagerRequest } from '../../../index.ts';
import type { Enqueued, EnqueueOptions, Queue, QueueRequest } from '../../../queue/index.ts';
import type { AppContext } from '../../shared/open-app.ts';
import { openQueue } from '../../shared/open-queue.ts';
import { checkRows, type GenerateRow, requireCandidate } from '../batch/check-rows.ts';
import type { CommandContext } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { type PreparedRun, prepareRun } from '../generate-images.ts';
import { priceOf, showPlan } from '../output/results/show-plan.ts';
import { UsageError } from '../usage-error.ts';

export interface AddSettings<Row extends GenerateRow> {
  /** Shows what would be sent, and adds nothing. */
  readonly isPlan: boolean;
  readonly isJson: boolean;
  /** Options of every piece of work. */
  readonly common: Omit<EnqueueOptions, 'id'>;
  /** The id of a row's work. The same row always has the same id. */
  readonly idOf: (row: Row) => string;
  /** The session that the work belongs to. @default a new one */
  readonly session?: string;
  /** Called after work was added. No further work is added if this throws. */
  readonly onAdded: (added: readonly Added<Row>[]) => Promise<void> | void;
}

export interface Added<Row extends GenerateRow> extends Enqueued {
  readonly row: Row;
}

/** How adding ended. */
export interface AddEnd {
  readonly exit: Exit;
  /** Estimated price of all work, as text; `undefined` if nothing was added or it is free. */
  readonly price?: string | undefined;
}

/** @throws UsageError: a row is invalid, and nothing was added; AiImageError from the queue */
export async function addWork<Row extends GenerateRow>(
  rows: readonly Row[],
  settings: AddSettings<Row>,
  app: AppContext,
  context: CommandContext,
): Promise<AddEnd> {
  const store = app.requireStore();
  app.requireLedger();
  if (!settings.isPlan) await store.preflight();
  const manager = app.manager(
    rows.map(({ provider }) => provider),
    !settings.isPlan,
  );
  const session = manager.session();
  const prepare = async (row: GenerateRow): Promise<PreparedRun> => {
    const { request, output } = await prepareRun(await row.load(), { plan: true }, { app, isStored: true }, context);
    return { request: { ...request, session }, output };
  };
  const checked = await check(rows, prepare, manager, settings, context);
  if (checked.exit !== undefined) return { exit: checked.exit };
  await using opened = openQueue(app);
  const canChoose = Object.keys(app.config.backends).length > 1;
  const load = async (row: Row): Promise<ManagerRequest> => {
    const { request } = await prepare(row);
    // Without several backends to choose from, what was planned is what runs, and a pause of the provider holds it.
    const provider = request.provider ?? (canChoose ? undefined : checked.providers.get(row));
    return provider === undefined ? request : { ...request, provider };
  };
  await enqueueRows(rows, load, opened.queue, settings, context);
  return { exit: 'done', price: checked.price };
}

interface Checked {
  /** Present when only the plan was shown. */
  readonly exit?: Exit;
  readonly price?: string | undefined;
  readonly providers: ReadonlyMap<GenerateRow, string>;
}

async function check(
  rows: readonly GenerateRow[],
  prepare: (row: GenerateRow) => Promise<PreparedRun>,
  manager: ImageManager,
  { isPlan, isJson }: { readonly isPlan: boolean; readonly isJson: boolean },
  context: CommandContext,
): Promise<Checked> {
  const [only, another] = rows;
  if (only === undefined || another !== undefined) {
    const checked = await checkRows(rows, prepare, manager, { options: { plan: isPlan }, isJson }, context);
    checked.plans.clear(); // a worker plans again
    return isPlan ? { ...checked, exit: 'done' } : checked;
  }
  const plan = await manager.plan((await prepare(only)).request);
  if (isPlan) return { exit: showPlan(plan, isJson, context.terminal), providers: new Map() };
  const best = requireCandidate(plan);
  const { usd } = best.plan.price;
  return { providers: new Map([[only, best.provider]]), ...(usd !== 0 && { price: priceOf(usd) }) };
}

/** Work that is added in one transaction. */
const MAX_COUNT = 200;
/** Input images that are in memory at the same time. The last one may exceed it. */
const MAX_INPUT_BYTES = 32_000_000;

async function enqueueRows<Row extends GenerateRow>(
  rows: readonly Row[],
  load: (row: Row) => Promise<ManagerRequest>,
  queue: Queue,
  { idOf, common, session = randomUUID(), onAdded }: AddSettings<Row>,
  { signal, terminal }: CommandContext,
): Promise<void> {
  let [added, bytes] = [0, 0];
  let next: { readonly row: Row; readonly request: QueueRequest; readonly options: EnqueueOptions }[] = [];
  const flush = async () => {
    const ends = await queue.enqueueAll(next);
    const all = ends.map((end, index): Added<Row> => ({ ...end, row: next[index]!.row })); // one end for each
    added += next.length;
    [next, bytes] = [[], 0];
    await onAdded(all);
  };
  const progress = terminal.startProgress('adding');
  try {
    for (const row of rows) {
      if (signal.aborted) throw new AiImageError('aborted', 'cancelled while work was added', { charged: 'no' });
      const request: QueueRequest = { ...(await load(row)), session };
      next.push({ row, request, options: { ...common, id: idOf(row) } });
      bytes += inputBytesOf(request);
      if (next.length >= MAX_COUNT || bytes >= MAX_INPUT_BYTES) await flush();
      progress.update(`${added} of ${rows.length} added`, added / rows.length);
    }
    if (next.length > 0) await flush();
  } catch (error) {
    if (added > 0) terminal.notice(`${added} of ${rows.length} were added before this error`);
    throw error;
  } finally {
    progress.stop();
  }
}

function inputBytesOf(request: QueueRequest): number {
  const { inputImages = [], mask } = request as { readonly inputImages?: readonly unknown[]; readonly mask?: unknown };
  return [...inputImages, mask].reduce<number>((sum, each) => sum + (each instanceof Uint8Array ? each.length : 0), 0);
}

/** @throws UsageError: the images of a queue are in the store, so flags for files do not apply */
export function refuseOutputFlags(
  { out, preview, open }: { readonly out?: string; readonly preview?: boolean; readonly open?: boolean },
  because: string,
): void {
  const flag = out !== undefined ? '--out' : preview ? '--preview' : open ? '--open' : undefined;
  if (flag === undefined) return;
  const hint = `Leave out ${flag}. The images will be in the store: imagen history search`;
  throw new UsageError(`${flag} cannot be used with ${because}`, hint);
}
