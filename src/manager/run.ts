/** Steps 7 to 9: asks one candidate after the other until a picture is there, pays for what was drawn, and writes down what happened. */

import {
  AiImageError,
  type CallContext,
  type EditRequest,
  ERROR_RULES,
  type ImageGeneration,
  type ImageRequest,
  isAiImageError,
  type JobHandle,
} from '../providers/protocol/index.ts';
import type { Admission } from './admission.ts';
import type { Breaker } from './breaker.ts';
import { type Budget, type Reservation, reserve } from './budget.ts';
import type { Words } from './compose.ts';
import type { JobRecords } from './jobs.ts';
import { type Providers, toVendor } from './plan.ts';
import { quietly, type Tracer } from './steps.ts';
import type { Attempt, Candidate, ManagerContext, ManagerRequest } from './types.ts';

export interface Running {
  readonly admission: Admission;
  readonly tracer: Tracer;
  readonly providers: Providers;
  readonly words: Words;
  readonly breaker: Breaker;
  readonly budget: Budget;
  readonly records: JobRecords;
}

export interface Ran {
  readonly generation: ImageGeneration;
  readonly candidate: Candidate;
  readonly attempts: readonly Attempt[];
  /** What went wrong afterwards, in words for a person. */
  readonly notes: readonly string[];
}

/** @throws AiImageError the last one's, when nobody could; its message says who else was asked */
export async function run(
  candidates: readonly Candidate[],
  request: ManagerRequest,
  context: ManagerContext,
  running: Running,
): Promise<Ran> {
  const attempts: Attempt[] = [];
  let last: AiImageError | undefined;
  for (const [at, candidate] of candidates.entries()) {
    const { provider, model } = candidate;
    try {
      const { generation, notes } = await ask(candidate, request, context, running);
      attempts.push({
        provider,
        model,
        outcome: 'done',
        reason: at === 0 ? 'the first choice' : 'the next that could',
      });
      return { generation, candidate, attempts, notes };
    } catch (error) {
      last = asError(error, candidate);
      const wasSent = !['circuit_open', 'budget_exceeded'].includes(last.code);
      attempts.push({
        provider,
        model,
        outcome: wasSent ? 'failed' : 'skipped',
        code: last.code,
        reason: last.message,
      });
      if (!mayAskNext(last)) break;
    }
  }
  throw last ?? new AiImageError('internal', 'there was nobody to ask');
}

/** Only where the table allows it, and never when the first may have been paid. */
function mayAskNext({ code, charged }: AiImageError): boolean {
  return code === 'budget_exceeded' || (ERROR_RULES[code].mayFailOver && charged === 'no');
}

async function ask(
  candidate: Candidate,
  request: ManagerRequest,
  context: ManagerContext,
  running: Running,
): Promise<Pick<Ran, 'generation' | 'notes'>> {
  const { provider, model } = candidate;
  const { breaker, budget, tracer } = running;
  const promised = await tracer.step(
    'budget',
    () => reserve(budget, candidate, request),
    ({ estimateMicros }) => ({
      estimateMicros,
    }),
  );
  if (!breaker.admit(provider)) {
    await promised.release();
    throw new AiImageError('circuit_open', `${provider} failed too often and is left alone for a while`, {
      provider,
      model,
      charged: 'no',
      hint: 'Wait a while, or name another provider in fallback.',
    });
  }
  let job: JobHandle | undefined;
  const noteJob = async (handle: JobHandle) => {
    job = handle;
    await running.records.put(handle, provider);
    await context.onJob?.(handle);
  };
  try {
    const generation = await tracer.step(
      'generate',
      () => draw(candidate, request, { ...context, onJob: noteJob }, running),
      factsOf,
    );
    breaker.report(provider);
    // It is drawn and paid for: what cannot be written down now must not lose it.
    const notes = await tracer.step('keep', () =>
      failuresOf([
        ['the cost could not be written down', promised.settle(generation.cost.usd)],
        ['the job could not be marked as done', job && running.records.end(job, 'done')],
      ]),
    );
    return { generation, notes };
  } catch (error) {
    const known = asError(error, candidate);
    breaker.report(provider, known.code);
    await settleFailure(promised, known);
    // What can still be fetched stays on record as under way.
    if (job && known.code !== 'timeout' && known.code !== 'aborted') await running.records.end(job, 'failed');
    throw known;
  }
}

async function draw(
  { provider: name, model, composed }: Candidate,
  request: ManagerRequest,
  { onEvent, ...context }: ManagerContext,
  { providers, words, admission }: Running,
): Promise<ImageGeneration> {
  const provider = providers[name]!; // it was planned
  const wanted = toVendor(request, composed, model, words);
  const inner: CallContext = {
    ...context,
    onEvent(event) {
      if (event.type !== 'done') quietly(() => onEvent?.(event));
    },
  };
  const startedAt = performance.now();
  const leave = await admission.enter(name, context);
  try {
    const { deadlineMs } = context;
    const leftMs = deadlineMs === undefined ? undefined : Math.max(deadlineMs - (performance.now() - startedAt), 1);
    const own = { ...inner, ...(leftMs !== undefined && { deadlineMs: leftMs }) };
    return isEdit(wanted) ? await provider.edit(wanted, own) : await provider.generate(wanted, own);
  } finally {
    leave();
  }
}

const isEdit = (request: ImageRequest | EditRequest): request is EditRequest => request.inputImages !== undefined;

const factsOf = ({ provider, model, images, failures, cost }: ImageGeneration) => ({
  provider,
  model,
  images: images.length,
  failures: failures.length,
  ...(cost.usd !== undefined && { usd: cost.usd }),
});

/** Waits for all; none of them stops another. */
async function failuresOf(
  works: readonly (readonly [failure: string, work: Promise<void> | undefined])[],
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(works.map(([, work]) => work));
  return works.flatMap(([failure], at) => (settled[at]?.status === 'rejected' ? [failure] : []));
}

/** Doubt counts as spent: better a picture too few than money twice. */
function settleFailure(promised: Reservation, { charged }: AiImageError): Promise<void> {
  return charged === 'no' ? promised.release() : promised.settle(undefined);
}

function asError(error: unknown, { provider, model }: Candidate): AiImageError {
  if (isAiImageError(error)) return error;
  return new AiImageError('internal', `${provider}: the provider failed`, { provider, model, cause: error });
}
