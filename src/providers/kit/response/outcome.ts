/** The result of one vendor request: images, failures, warnings, usage and cost. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError, type ImageFailure } from '../../protocol/errors.ts';
import type { Cost, Warning } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import type { AdapterContext } from '../adapter/call-context.ts';
import type { ReportedUsage } from '../adapter/reply-types.ts';
import type { ImageChecks } from '../image/load-image-check.ts';
import type { Args } from '../request/prepare.ts';
import { costOfUsage, estimateCost, type Priced } from './pricing.ts';
import { type ReplyState, requireImages } from './reply-state.ts';
import { type ExpectedImage, ignoredField, toImages } from './to-images.ts';
import { toAiImageError } from './translate-error.ts';

export interface Outcome {
  readonly images: ReturnType<typeof toImages>['images'];
  readonly failures: readonly ImageFailure[];
  readonly warnings: readonly Warning[];
  readonly usage?: ReportedUsage | undefined;
  readonly cost?: Cost | undefined;
  readonly requestId?: string | undefined;
  readonly job?: JobHandle | undefined;
  /** Returns the raw reply, if a part of it could not be read: an image may be in it. */
  readonly partialReply?: (() => Uint8Array) | undefined;
}

export interface OutcomeContext {
  readonly about: ProviderAbout;
  readonly expected: ExpectedImage;
  readonly imageChecks: ImageChecks;
  readonly args: Pick<Args, 'card' | 'firstIndex'> & Priced;
  readonly replyState: ReplyState;
  readonly job: JobHandle | undefined;
  readonly jobOfLink?: ((link: string) => JobHandle) | undefined;
  readonly emit: AdapterContext['emit'];
}

/** @throws AiImageError `content_refused`, `no_image` or `bad_response`: there is no image at all */
export async function toOutcome(
  pairs: readonly BytesWithMetadata[],
  { about, expected, imageChecks, args, replyState, job, jobOfLink, emit }: OutcomeContext,
): Promise<Outcome> {
  const { firstIndex } = args;
  const { model } = expected;
  const checkImage = await imageChecks.load(pairs.map(([bytes]) => bytes));
  const found = requireImages(pairs, replyState, about.id, model);
  const checked = toImages(found, expected, firstIndex, { about, model, job, jobOfLink, checkImage });
  for (const { index, image } of checked.images) emit({ type: 'image', index, image });
  const refusals = replyState.refused.map((reason, at): ImageFailure => {
    const message = `${about.id}: the vendor refused one of the images: ${reason}`;
    return {
      index: firstIndex + pairs.length + at,
      error: new AiImageError('content_refused', message, {
        provider: about.id,
        model,
        hint: 'Change the prompt or the inputs.',
      }),
    };
  });
  return {
    ...checked,
    warnings: [...checked.warnings, ...replyWarnings(replyState, about.id)],
    failures: [...checked.failures, ...refusals],
    usage: replyState.usage,
    cost: costOf(pairs.length, args, replyState),
    requestId: replyState.requestId,
    job,
    partialReply: replyState.partialReply,
  };
}

/**
 * Computes the cost from the usage in the reply. If a part of the usage could not be read, the price table is used where it says more, so
 * that the ledger never records less than the vendor bills.
 */
function costOf(images: number, args: OutcomeContext['args'], { usage, ignored }: ReplyState): Cost {
  const estimated = estimateCost(args.card, images, args);
  const used = usage && costOfUsage(args.card, usage);
  if (used === undefined) return estimated;
  return ignored.size > 0 && (estimated.usd ?? 0) > (used.usd ?? 0) ? estimated : used;
}

const REDIRECTED =
  'your fetch followed a redirect and may have sent the request twice, so it may be charged twice. Pass init.redirect on to fetch.';

function replyWarnings({ ignored, remarks, text, wasRedirected }: ReplyState, provider: string): readonly Warning[] {
  const vendorWarning = (message: string): Warning => ({ code: 'vendor_warning', message: `${provider}: ${message}` });
  return [
    ...(wasRedirected ? [vendorWarning(REDIRECTED)] : []),
    ...(text === '' ? [] : [vendorWarning(`the model also returned text: ${text}`)]),
    ...[...ignored].map((field) => ignoredField(provider, field)),
    ...remarks.map((remark) => vendorWarning(`the vendor warns: ${remark}`)),
  ];
}

/** The outcome of a request that failed: all its images have the same error. */
export function toFailedOutcome(error: unknown, { n, model, firstIndex }: Args, about: ProviderAbout): Outcome {
  const known = toAiImageError(error, { about, model });
  const failures = Array.from({ length: n }, (_, at): ImageFailure => ({ index: firstIndex + at, error: known }));
  return { images: [], failures, warnings: [], job: known.job, requestId: known.requestId };
}
