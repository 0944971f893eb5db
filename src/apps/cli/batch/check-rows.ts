/** Checks all rows of a batch before the first call: plans each of them, lists every fault, and shows the plan if it is asked for. */
import { dirname } from 'node:path';
import { AiImageError, type ImageManager, type ManagerPlan, type ManagerRequest } from '../../../index.ts';
import type { CommandContext } from '../context.ts';
import type { PreparedRun, RunOptions } from '../generate-images.ts';
import { explain } from '../output/errors/explain-error.ts';
import { toCommandText } from '../output/errors/to-command-text.ts';
import { pathFor } from '../output/results/output-path.ts';
import { priceOf } from '../output/results/show-plan.ts';
import { dollars } from '../output/tables/align-columns.ts';
import { UsageError } from '../usage-error.ts';
import { faultyRowsError } from './batch-file.ts';

export interface GenerateRow {
  /** Shown before messages about the row, e.g. `line 3`. */
  readonly label: string;
  /** `undefined`: the row names no provider. */
  readonly provider: string | undefined;
  /** Identical rows have the same fingerprint. They run one after the other: at the same time they would share one call. */
  readonly fingerprint: string;
  /** Builds the request and reads its input images, which are released after the row. @throws UsageError */
  readonly load: () => Promise<ManagerRequest>;
  readonly out?: string | undefined;
}

/** Builds the request of a row and decides where its images go. */
export type PrepareRow = (row: GenerateRow) => Promise<PreparedRun>;

interface CheckedRows {
  /** Estimated price of all rows, as text. */
  readonly price: string | undefined;
  /** Directories that images are saved to. */
  readonly directories: readonly string[];
  /** Largest number of images in one row. */
  readonly maxImages: number;
  /** For rows that execute the plan they were checked with. Other rows are planned again. */
  readonly plans: Map<GenerateRow, ManagerPlan>;
  /** The provider that the plan of each row begins with. */
  readonly providers: ReadonlyMap<GenerateRow, string>;
}

/** Limit of candidates in stored plans: a plan takes a few kilobytes for each, and a file may have 100,000 rows. */
const MAX_KEPT_CANDIDATES = 5_000;

/** @throws UsageError that lists every invalid row */
export async function checkRows(
  rows: readonly GenerateRow[],
  prepare: PrepareRow,
  manager: ImageManager,
  { options, isJson }: { readonly options: Pick<RunOptions, 'plan'>; readonly isJson: boolean },
  { terminal, signal }: CommandContext,
): Promise<CheckedRows> {
  const faults: string[] = [];
  const directories = new Set<string>();
  let maxImages = 1;
  const files = new Map<string, string>();
  const planned: unknown[] = [];
  const plans = new Map<GenerateRow, ManagerPlan>();
  const providers = new Map<GenerateRow, string>();
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
      const best = requireCandidate(plan);
      providers.set(row, best.provider);
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
  return {
    price: usd > 0 || unpriced > 0 ? total : undefined,
    directories: [...directories],
    maxImages,
    plans,
    providers,
  };
}

/** @returns the first candidate of a plan @throws UsageError: no provider can do it */
export function requireCandidate({ candidates: [best], refused }: ManagerPlan): ManagerPlan['candidates'][number] {
  if (best !== undefined) return best;
  const [first] = refused.flatMap(({ plan }) => plan.refusals);
  throw new UsageError(
    toCommandText(first?.message ?? 'no provider supports this request'),
    toCommandText(first?.hint ?? ''),
  );
}
