/** Combines the outcomes of all requests of one call into its result. */
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { Cost, ImageGeneration, Usage, Warning } from '../../protocol/generation.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import type { ReportedUsage } from '../adapter/reply-types.ts';
import { combineErrors } from '../combine-errors.ts';
import type { Resolution } from '../request/resolve-request.ts';
import type { Outcome } from './outcome.ts';
import { sumCosts } from './pricing.ts';

/** @throws AiImageError if there is no image: the most severe failure, with all others in `failures` */
export function toGeneration(
  outcomes: readonly Outcome[],
  { model, n, applied, warnings }: Pick<Resolution, 'model' | 'n' | 'applied' | 'warnings'>,
  { about, startedAt }: { readonly about: ProviderAbout; readonly startedAt: number },
): ImageGeneration {
  const images = outcomes.flatMap((outcome) => outcome.images).sort((a, b) => a.index - b.index);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const [first, ...others] = images.map(({ image }) => image);
  if (first === undefined) throw combineErrors(failures, about.id);
  const { cost, warnings: costWarnings } = totalCost(outcomes, about.id);
  const usage = sumUsage(outcomes.flatMap((outcome) => outcome.usage ?? []));
  const job = outcomes.find((outcome) => outcome.job)?.job;
  const requestId = outcomes.find((outcome) => outcome.requestId)?.requestId;
  return {
    images: [first, ...others],
    failures: [...failures, ...missingImages(n - images.length - failures.length, images.length + failures.length)],
    provider: about.id,
    model,
    warnings: [...warnings, ...outcomes.flatMap((outcome) => outcome.warnings), ...wrongCount(), ...costWarnings],
    applied,
    ...(usage && { usage }),
    cost,
    timing: { startedAt, durationMs: Date.now() - startedAt },
    ...(job && { job }),
    ...(requestId !== undefined && { requestId }),
  };

  /** Failures for images that are neither in a reply nor refused by one. */
  function missingImages(count: number, from: number): readonly ImageFailure[] {
    const quarantine = count > 0 ? outcomes.flatMap(({ partialReply }) => partialReply?.() ?? []) : [];
    return Array.from({ length: Math.max(count, 0) }, (_, at) => {
      const message = `${about.id}: the vendor returned fewer images than requested`;
      return {
        index: from + at,
        error: new AiImageError('no_image', message, { provider: about.id, model, quarantine }),
      };
    });
  }

  function wrongCount(): readonly Warning[] {
    if (images.length === n) return [];
    const code = images.length < n ? 'fewer_images' : 'surplus_images';
    return [{ code, field: 'n', message: `${about.id}: requested ${n} images, received ${images.length}` }];
  }
}

/** If only some requests have a known cost, their sum counts, so that the ledger never records less than the vendor bills. */
function totalCost(
  outcomes: readonly Outcome[],
  provider: string,
): { readonly cost: Cost; readonly warnings: readonly Warning[] } {
  const costs = outcomes.flatMap((outcome) => outcome.cost ?? []);
  const known = costs.filter(({ usd }) => usd !== undefined && usd > 0);
  const isPartlyKnown = known.length > 0 && costs.some(({ usd }) => usd === undefined);
  if (!isPartlyKnown) return { cost: sumCosts(costs), warnings: [] };
  const message = `${provider}: the cost is known for only ${known.length} of ${costs.length} requests, so the total may be higher`;
  return { cost: { ...sumCosts(known), basis: 'estimated' }, warnings: [{ code: 'vendor_warning', message }] };
}

function sumUsage(reports: readonly ReportedUsage[]): Usage | undefined {
  const sum = (name: keyof Usage) => {
    const values = reports.flatMap((report) => report[name] ?? []);
    return values.length === 0 ? {} : { [name]: values.reduce((total, value) => total + value, 0) };
  };
  const usage = { ...sum('inputTokens'), ...sum('outputTokens'), ...sum('totalTokens') };
  return Object.keys(usage).length === 0 ? undefined : usage;
}
