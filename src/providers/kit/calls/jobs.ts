/** Jobs apart from `generate`: handed in without waiting, and fetched in this process or another. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { type AdapterContext, type ProviderParts, toRunContext, wishesOf } from '../adapter/call-context.ts';
import { toHandle, toTicket } from '../adapter/job-handle.ts';
import { promptLabels } from '../prompt-hash.ts';
import { chooseModel } from '../request/cards.ts';
import { toGeneration, toOutcome } from '../response/outcome.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toReading } from '../response/run-call.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseSize } from '../sizes.ts';
import { LINKS, prepareInTime, requestedOf, toCall } from './generate.ts';

export async function submit(parts: ProviderParts, input: unknown, running: AdapterContext): Promise<JobHandle> {
  const { definition, transport } = parts;
  const { about } = definition;
  const unsupported = (message: string, hint: string) =>
    new AiImageError('unsupported', `${about.id}: ${message}`, { provider: about.id, hint });
  const { prepared, left } = await prepareInTime(parts, input, running);
  const { request, calls } = prepared;
  const [args, another] = calls;
  if (args === undefined || another !== undefined)
    throw unsupported(`one job makes at most ${args?.n} pictures`, 'Submit one job for each.');
  const { call, seen } = await toCall(parts, args, running);
  if (call.job === undefined) {
    const message = definition.job ? 'this is answered at once and is no job' : 'this vendor has no jobs';
    throw unsupported(message, 'Use generate.');
  }
  const describe = { provider: about.id, model: args.model, request: requestedOf(request, args) };
  let job: JobHandle | undefined;
  const context = toRunContext(left, async (ticket) => {
    job = toHandle(ticket, describe);
    await running.onJob?.(job);
  });
  try {
    return toHandle(await transport.submit({ ...call, job: call.job }, context), describe);
  } catch (error) {
    const redact = (text: string) => transport.redact(text, call.confidential);
    throw toAiImageError(error, { about, model: args.model, job, hint: seen.hint, redact });
  }
}

export async function resume(
  parts: ProviderParts,
  handle: JobHandle,
  running: AdapterContext,
): Promise<ImageGeneration> {
  const { definition, settings, limits, transport } = parts;
  const { about } = definition;
  const startedAt = Date.now();
  checkHandle(handle, about.id);
  const { model, request } = handle;
  const { card } = chooseModel(definition, model, { settings, operation: undefined });
  const seen = createReplyState();
  const asked = { ...request, model, limits, ...wishesOf(running, definition) };
  const { quality, size } = request;
  const args = {
    card,
    firstIndex: 0,
    ...(quality !== undefined && { quality }),
    ...(size !== undefined && { size: parseSize(size) }),
  };
  try {
    const pairs = await fetchPairs(parts, handle, seen, running);
    const outcome = await toOutcome(pairs, { about, asked, args, seen, job: handle, emit: running.emit });
    const applied = { model, n: request.n, ...(size !== undefined && { size }) };
    const generation = toGeneration([outcome], { model, n: request.n, applied, warnings: [] }, { about, startedAt });
    running.emit({ type: 'done', generation });
    return generation;
  } catch (error) {
    const redact = (text: string) => transport.redact(text, [request.prompt]);
    throw toAiImageError(error, { about, model, job: handle, hint: seen.hint, redact });
  }
}

async function fetchPairs(
  { definition, settings, transport, isObserved }: ProviderParts,
  handle: JobHandle,
  seen: ReplyState,
  running: AdapterContext,
): Promise<readonly BytesWithMetadata[]> {
  const { model, request } = handle;
  const context = toRunContext(running);
  if (handle.id === LINKS) {
    const { links } = handle.state as { links: readonly string[] };
    const pairs = await transport.fetchLinks(links, context);
    return pairs.map(([bytes, metadata], at) => [bytes, { ...metadata, link: links[at] }]);
  }
  const labels = isObserved ? await promptLabels(request.prompt) : {};
  const { job, ...reading } = toReading({
    definition,
    settings,
    model,
    words: [request.prompt],
    seen,
    labels,
    usualMs: undefined,
    redact: transport.redact,
  });
  if (job === undefined)
    throw new AiImageError('unsupported', `${definition.about.id}: this vendor has no jobs`, {
      provider: definition.about.id,
    });
  return transport.resume({ ...reading, job }, toTicket(handle), context);
}

function checkHandle(handle: JobHandle, provider: string): void {
  const isOurs =
    handle?.version === 1 &&
    handle.provider === provider &&
    typeof handle.id === 'string' &&
    typeof handle.request?.prompt === 'string';
  if (isOurs) return;
  const hint = 'Pass the handle that submit or onJob gave, or error.job, to the same provider.';
  throw new AiImageError('invalid_request', `${provider}: this is no job handle of this provider`, { provider, hint });
}
