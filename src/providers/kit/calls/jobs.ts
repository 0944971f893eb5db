/** Submits jobs without waiting for them, and resumes jobs in this or another process. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { type AdapterContext, deliveryOptionsOf, type ProviderParts, toRunContext } from '../adapter/call-context.ts';
import { toHandle, toTicket } from '../adapter/job-handle.ts';
import { promptLabels } from '../prompt-labels.ts';
import { chooseModel } from '../request/choose-model.ts';
import { toOutcome } from '../response/outcome.ts';
import { createReplyHandlers } from '../response/reply-handlers.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toGeneration } from '../response/to-generation.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseSize } from '../sizes.ts';
import { LINKS, prepareInTime, requestedOf, toCall } from './generate.ts';

export async function submit(parts: ProviderParts, input: unknown, given: AdapterContext): Promise<JobHandle> {
  const { definition, transport } = parts;
  const { about } = definition;
  const unsupported = (message: string, hint: string) =>
    new AiImageError('unsupported', `${about.id}: ${message}`, { provider: about.id, hint });
  const { prepared, context: remaining } = await prepareInTime(parts, input, given);
  const { request, calls } = prepared;
  const [args, another] = calls;
  if (args === undefined || another !== undefined)
    throw unsupported(
      `one job generates at most ${args?.n} images`,
      `Submit several jobs, each with n of at most ${args?.n}, or use generate.`,
    );
  const { call, replyState } = await toCall(parts, args, given);
  if (call.job === undefined) {
    const message = definition.job ? 'this request is answered directly, without a job' : 'this vendor has no jobs';
    throw unsupported(message, 'Use generate.');
  }
  const description = { provider: about.id, model: args.model, request: requestedOf(request, args) };
  let job: JobHandle | undefined;
  const context = toRunContext(remaining, async (ticket) => {
    job = toHandle(ticket, description);
    await given.onJob?.(job);
  });
  try {
    return toHandle(await transport.submit({ ...call, job: call.job }, context), description);
  } catch (error) {
    const redact = (text: string) => transport.redact(text, call.confidential);
    throw toAiImageError(error, { about, model: args.model, job, hint: replyState.hint, redact });
  }
}

export async function resume(
  parts: ProviderParts,
  handle: JobHandle,
  context: AdapterContext,
): Promise<ImageGeneration> {
  const { definition, settings, limits, transport } = parts;
  const { about } = definition;
  const startedAt = Date.now();
  checkHandle(handle, about.id);
  const { model, request } = handle;
  const { card } = chooseModel(definition, model, { settings, operation: undefined });
  const replyState = createReplyState();
  const expected = { ...request, model, limits, ...deliveryOptionsOf(context, definition) };
  const { quality, size } = request;
  const args = {
    card,
    firstIndex: 0,
    ...(quality !== undefined && { quality }),
    ...(size !== undefined && { size: parseSize(size) }),
  };
  try {
    const pairs = await fetchPairs(parts, handle, replyState, context);
    const outcome = await toOutcome(pairs, { about, expected, args, replyState, job: handle, emit: context.emit });
    const applied = { model, n: request.n, ...(size !== undefined && { size }) };
    const generation = toGeneration([outcome], { model, n: request.n, applied, warnings: [] }, { about, startedAt });
    context.emit({ type: 'done', generation });
    return generation;
  } catch (error) {
    const redact = (text: string) => transport.redact(text, [request.prompt]);
    throw toAiImageError(error, { about, model, job: handle, hint: replyState.hint, redact });
  }
}

async function fetchPairs(
  { definition, settings, transport, isObserved }: ProviderParts,
  handle: JobHandle,
  replyState: ReplyState,
  context: AdapterContext,
): Promise<readonly BytesWithMetadata[]> {
  const { model, request } = handle;
  const runContext = toRunContext(context);
  if (handle.id === LINKS) {
    const { links } = handle.state as { links: readonly string[] };
    const pairs = await transport.fetchLinks(links, runContext);
    return pairs.map(([bytes, metadata], at) => [bytes, { ...metadata, link: links[at] }]);
  }
  const { job, ...handlers } = createReplyHandlers({
    definition,
    settings,
    model,
    confidential: [request.prompt],
    replyState,
    labels: isObserved ? await promptLabels(request.prompt) : {},
    usualMs: undefined,
    redact: transport.redact,
  });
  if (job === undefined)
    throw new AiImageError('unsupported', `${definition.about.id}: this vendor has no jobs`, {
      provider: definition.about.id,
      hint: 'Pass a handle that this provider returned, in error.job or with onJob.',
    });
  return transport.resume({ ...handlers, job }, toTicket(handle), runContext);
}

function checkHandle(handle: JobHandle, provider: string): void {
  const isOwnHandle =
    handle?.version === 1 &&
    handle.provider === provider &&
    typeof handle.id === 'string' &&
    typeof handle.request?.prompt === 'string';
  if (isOwnHandle) return;
  const hint = 'Pass the handle from submit, onJob or error.job to the provider that returned it.';
  throw new AiImageError('invalid_request', `${provider}: this is not a job handle of this provider`, {
    provider,
    hint,
  });
}
