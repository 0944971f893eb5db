/** From what came back to what is handed out: pictures, failures, warnings and cost of one request, and of all of them together. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { Cost, ImageGeneration, Usage, Warning } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import type { AdapterContext } from '../adapter/call-context.ts';
import type { ReportedUsage } from '../adapter/definition.ts';
import { toOneError } from '../combine-errors.ts';
import { gateFor } from '../image/lazy-gate.ts';
import type { Args } from '../request/prepare.ts';
import type { Resolution } from '../request/resolve.ts';
import { costOfUsage, estimateCost, type Priced, sumCosts } from './pricing.ts';
import { type ReplyState, requireSome } from './reply-state.ts';
import { type Asked, ignoredField, toImages } from './to-images.ts';
import { toAiImageError } from './translate-error.ts';

/** What one request brought. */
export interface Outcome {
  readonly images: ReturnType<typeof toImages>['images'];
  readonly failures: readonly ImageFailure[];
  readonly warnings: readonly Warning[];
  readonly usage?: ReportedUsage | undefined;
  readonly cost?: Cost | undefined;
  readonly requestId?: string | undefined;
  readonly job?: JobHandle | undefined;
  /** The whole answer, where a part of it could not be read: an image may be in it. */
  readonly partly?: (() => Uint8Array) | undefined;
}

export interface Came {
  readonly about: ProviderAbout;
  readonly asked: Asked;
  readonly args: Pick<Args, 'card' | 'firstIndex'> & Priced;
  readonly seen: ReplyState;
  readonly job: JobHandle | undefined;
  readonly jobOfLink?: ((link: string) => JobHandle) | undefined;
  readonly emit: AdapterContext['emit'];
}

/** @throws AiImageError `content_refused`, `no_image`: nothing came at all */
export async function toOutcome(
  pairs: readonly BytesWithMetadata[],
  { about, asked, args, seen, job, jobOfLink, emit }: Came,
): Promise<Outcome> {
  const { firstIndex } = args;
  const { model } = asked;
  const checkImage = await gateFor(pairs.map(([bytes]) => bytes));
  const came = requireSome(pairs, seen, about.id, model);
  const checked = toImages(came, asked, firstIndex, { about, model, job, jobOfLink, checkImage });
  for (const { index, image } of checked.images) emit({ type: 'image', index, image });
  const refusals = seen.refused.map((reason, at): ImageFailure => {
    const message = `${about.id}: the vendor refused one of the pictures: ${reason}`;
    return {
      index: firstIndex + pairs.length + at,
      error: new AiImageError('content_refused', message, { provider: about.id, model }),
    };
  });
  const cost = costOf(pairs.length, args, seen);
  return {
    ...checked,
    warnings: [...checked.warnings, ...remarksOf(seen, about.id)],
    failures: [...checked.failures, ...refusals],
    usage: seen.usage,
    cost,
    requestId: seen.requestId,
    job,
    partly: seen.partly,
  };
}

/** The usage in the reply counts, unless a part of it could not be read and the price table says more: the ledger must not say less than the vendor. */
function costOf(images: number, args: Came['args'], { usage, ignored }: ReplyState): Cost {
  const estimated = estimateCost(args.card, images, args);
  const used = usage && costOfUsage(args.card, usage);
  if (used === undefined) return estimated;
  return ignored.size > 0 && (estimated.usd ?? 0) > (used.usd ?? 0) ? estimated : used;
}

/** What is worth saying about the replies themselves. */
function remarksOf({ ignored, remarks, text }: ReplyState, provider: string): readonly Warning[] {
  return [
    ...(text === ''
      ? []
      : [{ code: 'vendor_warning' as const, message: `${provider}: the model wrote beside the image: ${text}` }]),
    ...[...ignored].map((field) => ignoredField(provider, field)),
    ...remarks.map(
      (remark): Warning => ({ code: 'vendor_warning', message: `${provider}: the vendor warns: ${remark}` }),
    ),
  ];
}

/** A request that brought nothing: all its pictures failed for the same reason. */
export function toFailedOutcome(error: unknown, { n, model, firstIndex }: Args, about: ProviderAbout): Outcome {
  const known = toAiImageError(error, { about, model });
  const failures = Array.from({ length: n }, (_, at): ImageFailure => ({ index: firstIndex + at, error: known }));
  return { images: [], failures, warnings: [], job: known.job, requestId: known.requestId };
}

/**
 * All requests of one call together.
 * @throws AiImageError when no picture came: the failure that weighs most, with all of them in it
 */
export function toGeneration(
  outcomes: readonly Outcome[],
  { model, n, applied, warnings }: Pick<Resolution, 'model' | 'n' | 'applied' | 'warnings'>,
  { about, startedAt }: { readonly about: ProviderAbout; readonly startedAt: number },
): ImageGeneration {
  const images = outcomes.flatMap((outcome) => outcome.images).sort((a, b) => a.index - b.index);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const [first, ...others] = images.map(({ image }) => image);
  if (first === undefined) throw toOneError(failures, about.id);
  const costs = outcomes.flatMap((outcome) => outcome.cost ?? []);
  const known = costs.filter(({ usd }) => usd !== undefined && usd > 0);
  const isPartly = known.length > 0 && costs.some(({ usd }) => usd === undefined);
  // What some requests told counts, though the others told nothing: the ledger must not say less than the vendor.
  const cost: Cost = isPartly ? { ...sumCosts(known), basis: 'estimated' } : sumCosts(costs);
  const usage = sumUsage(outcomes.flatMap((outcome) => outcome.usage ?? []));
  const job = outcomes.find((outcome) => outcome.job)?.job;
  const requestId = outcomes.find((outcome) => outcome.requestId)?.requestId;
  return {
    images: [first, ...others],
    failures: [...failures, ...missing(n - images.length - failures.length, images.length + failures.length)],
    provider: about.id,
    model,
    warnings: [...warnings, ...outcomes.flatMap((outcome) => outcome.warnings), ...miscounted(), ...untold()],
    applied,
    ...(usage && { usage }),
    cost,
    timing: { startedAt, durationMs: Date.now() - startedAt },
    ...(job && { job }),
    ...(requestId !== undefined && { requestId }),
  };

  /** Pictures nobody said a word about. */
  function missing(count: number, from: number): readonly ImageFailure[] {
    const quarantine = count > 0 ? outcomes.flatMap(({ partly }) => partly?.() ?? []) : [];
    return Array.from({ length: Math.max(count, 0) }, (_, at) => {
      const message = `${about.id}: the vendor sent fewer pictures than asked for`;
      return {
        index: from + at,
        error: new AiImageError('no_image', message, { provider: about.id, model, quarantine }),
      };
    });
  }

  function untold(): readonly Warning[] {
    if (!isPartly) return [];
    const told = `${known.length} of ${costs.length} requests`;
    return [
      { code: 'vendor_warning', message: `${about.id}: only ${told} have a known cost; the cost is at least theirs` },
    ];
  }

  function miscounted(): readonly Warning[] {
    if (images.length === n) return [];
    const code = images.length < n ? 'fewer_images' : 'surplus_images';
    return [{ code, field: 'n', message: `${about.id}: asked for ${n} pictures, ${images.length} came` }];
  }
}

function sumUsage(reports: readonly ReportedUsage[]): Usage | undefined {
  const sum = (name: keyof Usage) => {
    const values = reports.flatMap((report) => report[name] ?? []);
    return values.length === 0 ? {} : { [name]: values.reduce((total, value) => total + value, 0) };
  };
  const usage = { ...sum('inputTokens'), ...sum('outputTokens'), ...sum('totalTokens') };
  return Object.keys(usage).length === 0 ? undefined : usage;
}
