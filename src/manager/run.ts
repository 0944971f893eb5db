/** Steps 7 to 9: asks one candidate after the other until a picture is there, pays for what was drawn, and writes down what happened. */

import type { ImageGeneration, JobHandle } from '../providers/protocol/index.ts';
import { AiImageError, ERROR_RULES, isAiImageError } from '../providers/protocol/index.ts';
import type { Breaker } from './breaker.ts';
import { type Budget, type Reservation, reserve } from './budget.ts';
import type { Words } from './compose.ts';
import type { JobRecords } from './jobs.ts';
import { type Providers, toVendor } from './plan.ts';
import type { Attempt, Candidate, ManagerContext, ManagerRequest } from './types.ts';

export interface Running {
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
      const generation = await ask(candidate, request, context, running);
      attempts.push({
        provider,
        model,
        outcome: 'done',
        reason: at === 0 ? 'the first choice' : 'the next that could',
      });
      return { generation, candidate, attempts };
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
  { onEvent, onJob, ...context }: ManagerContext,
  { providers, words, breaker, budget, records }: Running,
): Promise<ImageGeneration> {
  const { provider: name, model, composed } = candidate;
  const provider = providers[name]!; // it was planned
  const promised = await reserve(budget, candidate, request);
  if (!breaker.admit(name)) {
    await promised.release();
    const hint = 'Wait a while, or name another provider in fallback.';
    throw new AiImageError('circuit_open', `${name} failed too often and is left alone for a while`, {
      provider: name,
      model,
      charged: 'no',
      hint,
    });
  }
  let job: JobHandle | undefined;
  const wanted = toVendor(request, composed, model, words);
  try {
    const inner = {
      ...context,
      async onJob(handle: JobHandle) {
        job = handle;
        await records.put(handle, name);
        await onJob?.(handle);
      },
      onEvent(event: Parameters<NonNullable<Parameters<typeof provider.generate>[1]>['onEvent'] & object>[0]) {
        if (event.type !== 'done') onEvent?.(event);
      },
    };
    const generation =
      'inputImages' in wanted && wanted.inputImages !== undefined
        ? await provider.edit({ ...wanted, inputImages: wanted.inputImages }, inner)
        : await provider.generate(wanted as Parameters<typeof provider.generate>[0], inner);
    breaker.report(name);
    await promised.settle(generation.cost.usd);
    if (job) await records.end(job, 'done');
    return generation;
  } catch (error) {
    const known = asError(error, candidate);
    breaker.report(name, known.code);
    await settleFailure(promised, known);
    // What can still be fetched stays on record as under way.
    if (job && known.code !== 'timeout' && known.code !== 'aborted') await records.end(job, 'failed');
    throw known;
  }
}

/** Doubt counts as spent: better a picture too few than money twice. */
function settleFailure(promised: Reservation, { charged }: AiImageError): Promise<void> {
  return charged === 'no' ? promised.release() : promised.settle(undefined);
}

function asError(error: unknown, { provider, model }: Candidate): AiImageError {
  if (isAiImageError(error)) return error;
  return new AiImageError('internal', `${provider}: the provider failed`, { provider, model, cause: error });
}
