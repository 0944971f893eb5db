/** The way of a request: prepared, sent (as often as its number of pictures needs), followed, checked, filled. */
import { nextTurn, type TransportCall } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { Refusal } from '../../protocol/plan.ts';
import type { ProviderAbout } from '../adapter/about.ts';
import { type AdapterContext, type ProviderParts, toRunContext, wishesOf } from '../adapter/call-context.ts';
import { bySettings } from '../adapter/definition.ts';
import { toHandle } from '../adapter/job-handle.ts';
import { expectFormat, gateFor } from '../image/lazy-gate.ts';
import { promptLabels } from '../prompt-hash.ts';
import { random } from '../random.ts';
import { type Args, type Prepared, prepare, pricedArgs, toHttpRequest } from '../request/prepare.ts';
import { type Outcome, toFailedOutcome, toGeneration, toOutcome } from '../response/outcome.ts';
import { privateWords } from '../response/private-words.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { type Asked, randomId, toImages } from '../response/to-images.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { sizeText } from '../sizes.ts';

/** The id of a handle that stands for result links of a vendor without jobs. */
export const LINKS = 'result-links';

const LARGE_BYTES = 1_000_000;

export async function generate(
  parts: ProviderParts,
  input: unknown,
  running: AdapterContext,
): Promise<ImageGeneration> {
  const { about } = parts.definition;
  const startedAt = Date.now();
  const { prepared, left } = await prepareInTime(parts, input, running);
  const outcomes = await Promise.all(
    prepared.calls.map((args) =>
      runOne(parts, args, prepared, left).catch((error: unknown) => toFailedOutcome(error, args, about)),
    ),
  );
  const generation = toGeneration(outcomes, prepared.resolution, { about, startedAt });
  running.emit({ type: 'done', generation });
  return generation;
}

/** Fetching inputs that are links, looking things up and handing files over take their time from the same deadline as all that follows. */
export async function prepareInTime(
  parts: ProviderParts,
  input: unknown,
  running: AdapterContext,
): Promise<{ prepared: Prepared; left: AdapterContext }> {
  const startedAt = performance.now();
  const prepared = await prepareOrThrow(parts, input, running);
  const { inputImages = [], mask } = prepared.request;
  const hasLinks = [...inputImages, mask].some((each) => typeof each === 'string');
  const { lookup, upload } = parts.definition;
  if (!hasLinks && lookup === undefined && upload === undefined) return { prepared, left: running };
  const { deadlineMs = parts.deadlineMs } = running;
  const left = () => {
    const leftMs = Math.max(Math.round(deadlineMs - (performance.now() - startedAt)), 1);
    return { ...running, deadlineMs: leftMs };
  };
  const found = await lookUpAll(parts, prepared, left());
  return { prepared: await uploadAll(parts, found, left()), left: left() };
}

async function uploadAll(parts: ProviderParts, prepared: Prepared, running: AdapterContext): Promise<Prepared> {
  if (parts.definition.upload === undefined || prepared.resolution.operation === undefined) return prepared;
  const { uploadFiles } = await import('./upload-files.ts'); // few vendors need it
  return { ...prepared, calls: await uploadFiles(parts, prepared.calls, running) };
}

async function lookUpAll(parts: ProviderParts, prepared: Prepared, running: AdapterContext): Promise<Prepared> {
  if (parts.definition.lookup === undefined) return prepared;
  const { lookUp } = await import('./lookup.ts'); // few vendors need it
  const calls: Args[] = [];
  // One after the other: the first answer serves all that ask the same.
  for (const args of prepared.calls) {
    const found = await lookUp(parts, args, running);
    if ('refusal' in found) throw refused(parts, prepared, [found.refusal]);
    calls.push(found);
  }
  return { ...prepared, calls };
}

/** Everything that can be refused is refused here. @throws AiImageError; nothing was sent but requests for inputs given as links */
async function prepareOrThrow(
  parts: ProviderParts,
  input: unknown,
  { signal, deadlineMs, isStreaming }: AdapterContext,
): Promise<Prepared> {
  const { about } = parts.definition;
  if (signal?.aborted) {
    throw new AiImageError('aborted', `${about.id}: aborted before anything was sent`, {
      provider: about.id,
      charged: 'no',
    });
  }
  const prepared = await prepare(parts, input, {
    fetchLink: parts.transport.fetchLink,
    signal,
    deadlineMs,
    isStreaming,
    random,
  });
  if (prepared.refusals.length === 0) return prepared;
  throw refused(parts, prepared, prepared.refusals);
}

function refused(
  { definition: { about } }: ProviderParts,
  { resolution }: Prepared,
  [first, ...others]: readonly Refusal[],
): AiImageError {
  const rest =
    others.length === 0 ? '' : ` (and ${others.length} more: ${others.map(({ field }) => field).join(', ')})`;
  return new AiImageError(first!.code, first!.message + rest, {
    provider: about.id,
    model: resolution.model,
    hint: first!.hint,
  });
}

async function runOne(
  parts: ProviderParts,
  args: Args,
  { request }: Prepared,
  running: AdapterContext,
): Promise<Outcome> {
  const { definition, transport, limits } = parts;
  const { about } = definition;
  const { emit } = running;
  const { call, seen } = await toCall(parts, args, running);
  const requested = requestedOf(request, args);
  const asked: Asked = { ...requested, model: args.model, limits, ...wishesOf(running, definition) };
  let job: JobHandle | undefined;
  const context = toRunContext(running, async (ticket) => {
    job = toHandle(ticket, { provider: about.id, model: args.model, request: requested });
    await running.onJob?.(job);
    emit({ type: 'submitted', job });
  });
  await expectFormat(requested.format).catch((cause: unknown) => {
    const message = `${about.id}: the checks of ${requested.format} could not be loaded`;
    const hint = 'Nothing was sent. In a browser, load the page again: its server may have a newer version.';
    throw new AiImageError('internal', message, { provider: about.id, model: args.model, charged: 'no', hint, cause });
  });
  if (call.job === undefined) emit({ type: 'submitted' });
  let told = Promise.resolve();
  try {
    const pairs =
      args.isStreaming && definition.stream
        ? await transport.stream(call, keepOrder, context).finally(() => told)
        : await transport
            .generateImageBytes(call, { ...context, ...(args.isStreaming && { onPartial: keepOrder }) })
            .finally(() => told);
    // Joining a large picture has just held the loop; looking at it comes in a turn of its own.
    if (pairs.some(([bytes]) => bytes.length > LARGE_BYTES)) await nextTurn();
    const jobOfLink = (link: string) => linksHandle([link], about, { model: args.model, request: requested });
    const priced = pricedArgs(definition, args);
    return await toOutcome(pairs, { about, asked, args: priced, seen, job, jobOfLink, emit });
  } catch (error) {
    /** The answer named images by links, and they could not be fetched. */
    const isLinkDead = !(error instanceof AiImageError) && seen.links.length > 0;
    const way =
      job ?? (isLinkDead ? linksHandle(seen.links, about, { model: args.model, request: requested }) : undefined);
    const redact = (text: string) => transport.redact(text, call.confidential);
    const hint = (isLinkDead ? bySettings(definition.linkHint, args.settings) : undefined) ?? seen.hint;
    throw toAiImageError(error, {
      about,
      model: args.model,
      hint,
      charged: isLinkDead ? undefined : seen.charged,
      job: way,
      redact,
    });
  }

  /** Looking at one may have to wait for code; the next one waits for it. None of them is worth an error: the finished one is under way. */
  function keepOrder(bytes: Uint8Array, { index }: Readonly<Record<string, unknown>>): void {
    told = told.then(() => emitPartial(bytes, Number(index))).catch(() => undefined);
  }

  async function emitPartial(bytes: Uint8Array, index: number): Promise<void> {
    const checkImage = await gateFor([bytes]);
    const { images } = toImages([[bytes, {}]], { ...asked, onMismatch: 'warn' }, index, { about, checkImage });
    for (const { image } of images) emit({ type: 'partial', index, imageBytes: bytes, format: image.format });
  }
}

/** One request as the transport takes it. */
export async function toCall(
  { definition, settings, transport, isObserved }: ProviderParts,
  args: Args,
  { idempotencyKey }: AdapterContext,
): Promise<{ call: TransportCall; seen: ReplyState }> {
  const { model, card } = args;
  const words = privateWords(args);
  const { idempotencyHeader } = definition;
  const seen = createReplyState();
  const { job, ...reading } = toReading({
    definition,
    settings,
    model,
    words,
    seen,
    labels: isObserved ? await promptLabels(args.prompt) : {},
    usualMs: card.usualMs,
    redact: transport.redact,
    news: args,
  });
  // One key is for one submit: where a call needs several, each further one has its own.
  const given = idempotencyKey && (args.firstIndex === 0 ? idempotencyKey : `${idempotencyKey}-${args.firstIndex}`);
  const idempotency = idempotencyHeader && { header: idempotencyHeader, key: given ?? randomId() };
  const request = toHttpRequest(definition, args);
  const isJob = job !== undefined && (definition.job?.isJob?.(args) ?? true);
  return { seen, call: { ...reading, request, ...(isJob && { job }), ...(idempotency && { idempotency }) } };
}

/** What the result will be held against, here or in another process. */
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

/** A vendor without jobs that answers with links has been paid once it answered: the links are then the way back. */
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
