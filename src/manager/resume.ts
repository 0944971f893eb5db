/** Brings submitted jobs home. Buys nothing. */
import { AiImageError, ERROR_RULES, isAiImageError, type JobHandle } from '../providers/protocol/index.ts';
import type { JobRecord, JobRecords, KeptGeneration, ManagerStore } from '../store/ports.ts';
import type { Budget } from './budget.ts';
import { circumstancesOf } from './circumstances.ts';
import { toMicros } from './ledger.ts';
import type { Providers } from './plan.ts';
import { quietly } from './steps.ts';
import type { ManagerContext, ResumeOutcome } from './types.ts';

export interface Resuming {
  readonly providers: Providers;
  readonly records: JobRecords;
  readonly store: ManagerStore | undefined;
  readonly budget: Budget;
  readonly underWay: ReadonlySet<string>;
}

/** @throws AiImageError `invalid_request`: there is no such job; `not_configured`: its provider is not here; else the provider's */
export async function resume(
  asked: string | JobHandle,
  { onEvent, ...context }: ManagerContext,
  { providers, records, store, budget }: Resuming,
): Promise<KeptGeneration> {
  const record = await records.find(typeof asked === 'string' ? asked : asked.id);
  const handle = typeof asked === 'string' ? record?.handle : asked;
  if (handle === undefined) {
    throw new AiImageError('invalid_request', 'there is no such job on record', { hint: 'images.jobs() lists them.' });
  }
  const [name, provider] =
    Object.entries(providers).find(([each]) => each === record?.provider) ??
    Object.entries(providers).find(([, { id }]) => id === handle.provider) ??
    [];
  if (name === undefined || provider === undefined) {
    const message = `the job is one of ${handle.provider}, which is not among the providers`;
    throw new AiImageError('not_configured', message, { hint: 'Make the manager with that provider.' });
  }
  try {
    const generation = await provider.resume(handle, {
      ...context,
      onEvent(event) {
        if (event.type !== 'done') quietly(() => onEvent?.(event));
      },
    });
    const circumstances = await circumstancesOf({ ...handle.request } as never, name, generation.applied);
    const kept = (await store?.save(generation, circumstances)) ?? [];
    if (record) {
      const { usd } = generation.cost;
      const conclude = async () => {
        if (usd !== undefined) await budget.ledger.settle(record.reservation, toMicros(usd));
        await records.end(record.id, 'done');
      };
      // What cannot be written down now must not lose the picture. The job stays on record, and the next time it is written down.
      await conclude().catch(() => undefined);
    }
    return { ...generation, kept };
  } catch (error) {
    if (record && isAiImageError(error) && isOver(error)) {
      if (error.charged === 'no') await budget.ledger.release(record.reservation);
      await records.end(record.id, 'failed');
    }
    throw error;
  }
}

/** Whether asking again cannot help. */
const isOver = ({ code }: AiImageError): boolean =>
  !ERROR_RULES[code].mayRetry &&
  ['content_refused', 'no_image', 'invalid_request', 'unsupported', 'model_retired', 'bad_response'].includes(code);

/** One after the other is slow, all at once is rude: a few. */
const AT_ONCE = 8;

export async function resumeAll(context: ManagerContext, resuming: Resuming): Promise<readonly ResumeOutcome[]> {
  const open = (await resuming.records.list()).filter(
    ({ id, state, handle, isHeld }) =>
      state === 'running' && handle !== undefined && !isHeld && !resuming.underWay.has(id),
  );
  const outcomes: ResumeOutcome[] = [];
  const todo = [...open];
  const work = async () => {
    for (let job = todo.shift(); job !== undefined; job = todo.shift()) {
      if (await resuming.records.claim(job.id)) outcomes.push(await outcomeOf(job, context, resuming));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, todo.length) }, work));
  return outcomes;
}

async function outcomeOf(job: JobRecord, context: ManagerContext, resuming: Resuming): Promise<ResumeOutcome> {
  try {
    return { job, generation: await resume(job.handle!, context, resuming) };
  } catch (error) {
    const known = isAiImageError(error) ? error : undefined;
    return { job, error: known ?? new AiImageError('internal', 'the job could not be fetched', { cause: error }) };
  }
}
