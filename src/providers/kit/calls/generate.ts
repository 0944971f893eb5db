/** Runs a call: prepares the request, sends one or more vendor requests, checks the images and builds the result. */
import { ownTurn } from '../../../transport/flow/wait.ts';
import type { TransportCall } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { Refusal } from '../../protocol/plan.ts';
import { planOf } from '../../protocol/shared/planned-calls.ts';
import { randomId } from '../../protocol/shared/random-id.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { type AdapterContext, deliveryOptionsOf, type ProviderParts, toRunContext } from '../adapter/call-context.ts';
import { toHandle } from '../adapter/job-handle.ts';
import { bySettings, type ProviderDefinition } from '../adapter/provider-definition.ts';
import type { Features } from '../features/features.ts';
import { loadFeature } from '../features/load-feature.ts';
import { hookLabels } from '../hook-labels.ts';
import { createImageChecks } from '../image/load-image-check.ts';
import { LOAD_FAILURE_HINT } from '../load-failure-hint.ts';
import { random } from '../random.ts';
import { type Args, type Prepared, prepare, pricedArgs, toHttpRequest } from '../request/prepare.ts';
import { confidentialTexts } from '../response/confidential-texts.ts';
import { type Outcome, toFailedOutcome, toOutcome } from '../response/outcome.ts';
import { createReplyHandlers } from '../response/reply-handlers.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toGeneration } from '../response/to-generation.ts';
import { type ExpectedImage, toImages } from '../response/to-images.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { sizeText } from '../sizes.ts';

/** The id of a job handle that holds result links of a vendor without jobs. */
export const LINKS = 'result-links';

const LARGE_BYTES = 1_000_000;

export async function generate(
  parts: ProviderParts,
  input: unknown,
  context: AdapterContext,
): Promise<ImageGeneration> {
  const { about } = parts.definition;
  const startedAt = Date.now();
  const { prepared, context: remaining } = await prepareInTime(parts, input, context);
  const outcomes = await Promise.all(
    prepared.calls.map((args) =>
      runOne(parts, args, prepared, remaining).catch((error: unknown) => toFailedOutcome(error, args, about)),
    ),
  );
  const generation = toGeneration(outcomes, prepared.resolution, { about, startedAt });
  context.emit({ type: 'done', generation });
  return generation;
}

/**
 * Prepares the request, and runs the vendor's lookups and uploads.
 * @returns the prepared call, and the context with the time that is left until the deadline
 */
export async function prepareInTime(
  parts: ProviderParts,
  input: unknown,
  context: AdapterContext,
): Promise<{ prepared: Prepared; context: AdapterContext }> {
  const startedAt = performance.now();
  const prepared = await prepareOrThrow(parts, input, context);
  const { inputImages = [], mask } = prepared.request;
  const hasLinks = [...inputImages, mask].some((each) => typeof each === 'string');
  const { lookup, upload } = parts.definition;
  if (!hasLinks && lookup === undefined && upload === undefined) return { prepared, context };
  const { deadlineMs = parts.deadlineMs } = context;
  const withTimeLeft = () => {
    const leftMs = Math.max(Math.round(deadlineMs - (performance.now() - startedAt)), 1);
    return { ...context, deadlineMs: leftMs };
  };
  const found = await lookUpAll(parts, prepared, withTimeLeft());
  return { prepared: await uploadAll(parts, found, withTimeLeft()), context: withTimeLeft() };
}

async function uploadAll(parts: ProviderParts, prepared: Prepared, context: AdapterContext): Promise<Prepared> {
  const { about, upload } = parts.definition;
  if (upload === undefined || prepared.resolution.operation === undefined) return prepared;
  const { uploadFiles } = await loadFeature(about, upload.feature);
  return { ...prepared, calls: await uploadFiles(parts, prepared.calls, context) };
}

async function lookUpAll(parts: ProviderParts, prepared: Prepared, context: AdapterContext): Promise<Prepared> {
  const { about, lookup } = parts.definition;
  if (lookup === undefined) return prepared;
  const { lookUp } = await loadFeature(about, lookup.feature);
  const calls: Args[] = [];
  // One after the other, so that later calls find the first answer in the cache.
  for (const args of prepared.calls) {
    const found = await lookUp(parts, args, context);
    if ('refusal' in found) throw refusalError(parts, prepared, [found.refusal]);
    calls.push(found);
  }
  return { ...prepared, calls };
}

/** @throws AiImageError the first refusal. Only input images given as links were requested; nothing was sent to the vendor */
async function prepareOrThrow(parts: ProviderParts, input: unknown, context: AdapterContext): Promise<Prepared> {
  const { signal, deadlineMs, isStreaming, partialImages } = context;
  const { about } = parts.definition;
  if (signal?.aborted) {
    throw new AiImageError('aborted', `${about.id}: aborted before anything was sent`, {
      provider: about.id,
      charged: 'no',
    });
  }
  const prepared = await prepare(parts, input, {
    fetchLink: async (link, run) =>
      parts.transport.fetchLink(link, { ...run, labels: await hookLabels(parts, context) }),
    signal,
    deadlineMs,
    isStreaming,
    partialImages,
    random,
    plan: planOf(context),
  });
  if (prepared.refusals.length === 0) return prepared;
  throw refusalError(parts, prepared, prepared.refusals);
}

function refusalError(
  { definition: { about } }: ProviderParts,
  { resolution }: Prepared,
  [first, ...others]: readonly Refusal[],
): AiImageError {
  const rest =
    others.length === 0 ? '' : ` (and ${others.length} more: ${others.map(({ field }) => field).join(', ')})`;
  return new AiImageError(first!.code, first!.message + rest, {
    provider: about.id,
    model: resolution.model,
    field: first!.field,
    hint: first!.hint,
  });
}

async function runOne(
  parts: ProviderParts,
  args: Args,
  { request }: Prepared,
  callContext: AdapterContext,
): Promise<Outcome> {
  const { definition, transport, limits } = parts;
  const { about } = definition;
  const { emit } = callContext;
  const { call, replyState } = await toCall(parts, args, callContext);
  const requested = requestedOf(request, args);
  const expected: ExpectedImage = {
    ...requested,
    model: args.model,
    limits,
    ...deliveryOptionsOf(callContext, definition),
  };
  let job: JobHandle | undefined;
  const runContext = toRunContext(callContext, async (ticket) => {
    job = toHandle(ticket, { provider: about.id, model: args.model, request: requested });
    await callContext.onJob?.(job);
    emit({ type: 'submitted', job });
  });
  const imageChecks = createImageChecks(requested.format, definition.svg);
  await imageChecks.preload(expectedFormats(requested.format, args)).catch((cause: unknown) => {
    const message = `${about.id}: the checks of the image could not be loaded`;
    const hint = `Nothing was sent. ${LOAD_FAILURE_HINT}`;
    throw new AiImageError('internal', message, { provider: about.id, model: args.model, charged: 'no', hint, cause });
  });
  if (call.job === undefined) emit({ type: 'submitted' });
  let partialsEmitted = Promise.resolve();
  try {
    const pairs =
      args.isStreaming && definition.stream
        ? await transport.stream(call, queuePartial, runContext).finally(() => partialsEmitted)
        : await transport
            .generateImageBytes(call, { ...runContext, ...(args.isStreaming && { onPartial: queuePartial }) })
            .finally(() => partialsEmitted);
    // Concatenating a large image has just blocked the event loop, so the loop runs once before the image is checked.
    if (pairs.some(([bytes]) => bytes.length > LARGE_BYTES)) await ownTurn();
    const jobOfLink = (link: string) => linksHandle([link], about, { model: args.model, request: requested });
    const priced = pricedArgs(definition, args);
    return await toOutcome(pairs, { about, expected, imageChecks, args: priced, replyState, job, jobOfLink, emit });
  } catch (error) {
    /** The reply had links to images, and they could not be fetched. */
    const isLinkDead = !(error instanceof AiImageError) && replyState.links.length > 0;
    const resumable =
      job ?? (isLinkDead ? linksHandle(replyState.links, about, { model: args.model, request: requested }) : undefined);
    const redact = (text: string) => transport.redact(text, call.confidential);
    const hint = (isLinkDead ? bySettings(definition.linkHint, args.settings) : undefined) ?? replyState.hint;
    throw toAiImageError(error, {
      about,
      model: args.model,
      hint,
      charged: isLinkDead ? undefined : replyState.charged,
      job: resumable,
      redact,
    });
  }

  /**
   * Checks partial images one after the other, so that their events keep their order: a check may first have to load code. An invalid
   * partial image is ignored, because the final image follows.
   */
  function queuePartial(bytes: Uint8Array, { index }: Readonly<Record<string, unknown>>): void {
    partialsEmitted = partialsEmitted.then(() => emitPartial(bytes, Number(index))).catch(() => undefined);
  }

  async function emitPartial(bytes: Uint8Array, index: number): Promise<void> {
    const checkImage = await imageChecks.load([bytes]);
    const { images } = toImages([[bytes, {}]], { ...expected, onMismatch: 'warn' }, index, { about, checkImage });
    for (const { image } of images)
      emit({ type: 'partial', index, imageBytes: image.imageBytes, format: image.format });
  }
}

/** Returns the formats in which the image may arrive: the requested one, else the vendor's default, else those it chooses from. */
function expectedFormats(requested: string | undefined, { card, ...args }: Args): readonly string[] {
  if (requested !== undefined && !card.formatIsFixed) return [requested];
  const formats = ('operation' in args ? card.edit?.formats : undefined) ?? card.formats;
  return card.formatIsFixed ? formats : formats.slice(0, 1);
}

/** Builds the call that the transport runs for one vendor request. */
export async function toCall(
  parts: ProviderParts,
  args: Args,
  context: AdapterContext,
): Promise<{ call: TransportCall; replyState: ReplyState }> {
  const { definition, settings, transport } = parts;
  const { idempotencyKey } = context;
  const { model, card } = args;
  const { idempotencyHeader, repliesHoldImages = false } = definition;
  // Other servers of the same API may answer with links.
  const holdsResults = repliesHoldImages && parts.isVendorUrl;
  const replyState = createReplyState();
  const { job, ...handlers } = createReplyHandlers({
    definition,
    settings,
    model,
    confidential: confidentialTexts(args),
    replyState,
    labels: await hookLabels(parts, context, args),
    usualMs: card.usualMs,
    redact: transport.redact,
    jobWebSocketArgs: args,
    code: await loadCode(definition, args),
  });
  // A key is for one submit: if a call needs several submits, each further one gets its own key.
  const given = idempotencyKey && (args.firstIndex === 0 ? idempotencyKey : `${idempotencyKey}-${args.firstIndex}`);
  const idempotency = idempotencyHeader && { header: idempotencyHeader, key: given ?? randomId() };
  const request = toHttpRequest(definition, args);
  return {
    replyState,
    call: { ...handlers, request, holdsResults, ...(job && { job }), ...(idempotency && { idempotency }) },
  };
}

/** Loads the code of the features that this request uses. */
async function loadCode(
  { about, job, jobWebSocket, stream }: ProviderDefinition,
  args: Args,
): Promise<Partial<Pick<Features, 'jobs' | 'jobWebSocket' | 'stream'>>> {
  const isJob = job !== undefined && (job.isJob?.(args) ?? true);
  return {
    ...(isJob && { jobs: await loadFeature(about, job.feature) }),
    ...(isJob && jobWebSocket && { jobWebSocket: await loadFeature(about, jobWebSocket.feature) }),
    ...(args.isStreaming && stream && { stream: await loadFeature(about, stream.feature) }),
  };
}

/** Returns the properties that the result is checked against, in this process or in another one that resumes the job. */
export function requestedOf(
  { format }: Prepared['request'],
  { prompt, n, format: sent = format, size, quality, seed, card: { sizes } }: Args,
): JobHandle['request'] {
  const isPromised = !(sizes.kind === 'ratios' && sizes.areNominal);
  return {
    prompt,
    n,
    ...(sent !== undefined && { format: sent }),
    ...(size && isPromised && { size: sizeText(size) }),
    ...(quality !== undefined && { quality }),
    ...(seed !== undefined && { seed }),
  };
}

/** A vendor without jobs that replied with links has charged for the images. The handle holds the links, so that `resume` can fetch them. */
function linksHandle(
  links: readonly string[],
  about: ProviderAbout,
  known: Pick<JobHandle, 'model' | 'request'>,
): JobHandle {
  return {
    version: 1,
    provider: about.id,
    id: LINKS,
    submittedAt: new Date().toISOString(),
    state: { links },
    ...known,
    request: { ...known.request, n: links.length },
  };
}
