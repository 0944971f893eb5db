/** Submits a job without waiting for it. */
import { AiImageError } from '../../protocol/errors.ts';
import type { JobHandle } from '../../protocol/job.ts';
import { type AdapterContext, type ProviderParts, toRunContext } from '../adapter/call-context.ts';
import { toHandle } from '../adapter/job-handle.ts';
import { toAiImageError } from '../response/translate-error.ts';
import { prepareInTime, requestedOf, toCall } from './generate.ts';

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
    throw unsupported('this request is answered directly, without a job', 'Use generate.');
  }
  const description = { provider: about.id, model: args.model, request: requestedOf(request, args) };
  let job: JobHandle | undefined;
  const context = toRunContext(remaining, async (ticket) => {
    job = toHandle(ticket, description);
    await given.onJob?.(job);
  });
  try {
    return toHandle(await transport.submitJob({ ...call, job: call.job }, context), description);
  } catch (error) {
    const redact = (text: string) => transport.redact(text, call.confidential);
    throw toAiImageError(error, { about, model: args.model, job, hint: replyState.hint, redact });
  }
}
