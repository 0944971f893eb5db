/** Resumes jobs in this or another process, and fetches result links of vendors without jobs. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ImageGeneration } from '../../protocol/generation.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { type AdapterContext, deliveryOptionsOf, type ProviderParts, toRunContext } from '../adapter/call-context.ts';
import { toTicket } from '../adapter/job-handle.ts';
import { loadFeature } from '../features/load-feature.ts';
import { hookLabels } from '../hook-labels.ts';
import { createImageChecks } from '../image/load-image-check.ts';
import { chooseModel } from '../request/choose-model.ts';
import { toOutcome } from '../response/outcome.ts';
import { createReplyHandlers } from '../response/reply-handlers.ts';
import { createReplyState, type ReplyState } from '../response/reply-state.ts';
import { toGeneration } from '../response/to-generation.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { parseSize } from '../sizes.ts';
import { LINKS } from './generate.ts';

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
    const imageChecks = createImageChecks(request.format, definition.svg);
    const outcome = await toOutcome(pairs, {
      about,
      expected,
      imageChecks,
      args,
      replyState,
      job: handle,
      emit: context.emit,
    });
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
  parts: ProviderParts,
  handle: JobHandle,
  replyState: ReplyState,
  context: AdapterContext,
): Promise<readonly BytesWithMetadata[]> {
  const { definition, settings, transport } = parts;
  const { model, request } = handle;
  const runContext = toRunContext(context);
  const labels = await hookLabels(parts, context, { model, prompt: request.prompt });
  if (handle.id === LINKS) {
    const { links } = handle.state as { links: readonly string[] };
    const pairs = await transport.fetchLinks(links, { ...runContext, labels });
    return pairs.map(([bytes, metadata], at) => [bytes, { ...metadata, link: links[at] }]);
  }
  const { about } = definition;
  if (definition.job === undefined)
    throw new AiImageError('unsupported', `${about.id}: this vendor has no jobs`, {
      provider: about.id,
      hint: 'Pass a handle that this provider returned, in error.job or with onJob.',
    });
  const { job, ...handlers } = createReplyHandlers({
    definition,
    settings,
    model,
    confidential: [request.prompt],
    replyState,
    labels,
    usualMs: undefined,
    redact: transport.redact,
    code: { jobs: await loadFeature(about, definition.job.feature, 'unknown') },
  });
  if (job === undefined) throw new Error('the code for jobs was loaded, but made no job handlers');
  return transport.resumeJob({ ...handlers, job }, toTicket(handle), runContext);
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
