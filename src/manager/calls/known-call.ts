/**
 * Decides what a call id means that was used before. A call that is done returns its images, a call with a job fetches them, and a call that
 * may have been charged is never sent again.
 */

import {
  AiImageError,
  type AiImageErrorCode,
  ERROR_RULES,
  type ImageGeneration,
} from '../../providers/protocol/index.ts';
import { IMAGES_GONE, inUseError, submitOf, USED_BY_ANOTHER } from '../../providers/protocol/shared/call-ids.ts';
import type { JobRecord, LoadedCall, ResultCache, StoredGeneration } from '../../store/interfaces.ts';
import { amountOf } from '../accounting/amount-of.ts';
import { requestKey } from '../cache/request-key.ts';
import type { CallRecord } from '../interfaces/call-record.ts';
import type { ManagerContext } from '../interfaces/generation.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { toCallRecord } from '../jobs/call-record.ts';
import type { CallsInProgress } from '../jobs/calls-in-progress.ts';
import { fetchJob, type ResumeContext } from '../jobs/resume.ts';

export interface KnownCallContext extends ResumeContext {
  /** Results of calls whose images no store has. */
  readonly results: ResultCache;
  readonly unrecordedJobs: CallsInProgress['unrecordedJobs'];
}

export type KnownCall =
  /** It was not sent, or failed without a charge. `submits` is the number of its earlier submits. */
  | { readonly kind: 'new'; readonly submits: number }
  | { readonly kind: 'done'; readonly loaded: LoadedCall }
  /** Its images were fetched just now. */
  | { readonly kind: 'fetched'; readonly loaded: LoadedCall };

/**
 * @param request what `hashRequest` returned
 * @throws AiImageError `invalid_request`: the id was used for another request, or its images are gone; `unavailable`: another process is
 *   working on it; `outcome_unknown`: it may have been charged; else why its job could not be fetched, or why it failed
 */
export async function findKnownCall(
  id: string,
  request: string,
  context: ManagerContext,
  known: KnownCallContext,
): Promise<KnownCall> {
  const found = await known.records.findCall(id);
  const records = (await recordLateJobs(found, known)) ? await known.records.findCall(id) : found;
  const call = toCallRecord(id, records);
  if (call === undefined) return findImages(id, known);
  if (records.some((record) => record.request !== undefined && record.request !== request)) throw otherRequestError();
  switch (call.state) {
    case 'done':
      return { kind: 'done', loaded: await loadDone(call, known) };
    case 'running':
      return { kind: 'fetched', loaded: await fetchOpen(call, context, known) };
    case 'submitting':
    case 'unknown': {
      if (isInUse(call, known)) throw inUseError(call.id);
      const saved = await recover(call, known);
      if (saved) return { kind: 'done', loaded: saved };
      // No process works on it: its outcome could not be written down.
      throw unknownError(call);
    }
    case 'failed':
      if (call.charged !== 'no') throw failedError(call);
      return { kind: 'new', submits: Math.max(...records.map((record) => submitOf(record.id))) };
  }
}

/** Records jobs that could not be recorded when the vendor reported them. @returns whether there were any */
async function recordLateJobs(
  records: readonly JobRecord[],
  { records: jobs, unrecordedJobs }: KnownCallContext,
): Promise<boolean> {
  const late = records.filter(({ id }) => unrecordedJobs.has(id));
  for (const { id, state } of late) {
    const job = unrecordedJobs.get(id);
    if (job !== undefined && state !== 'done' && state !== 'failed') await jobs.submitted(id, job);
    unrecordedJobs.delete(id);
  }
  return late.length > 0;
}

/** The record of a call is removed some time after its end, or because a clock was wrong. Its images still say that it was paid for. */
async function findImages(id: string, { store }: KnownCallContext): Promise<KnownCall> {
  const loaded = await store?.loadCall?.(id, []);
  if (loaded === undefined) return { kind: 'new', submits: 0 };
  return { kind: 'done', loaded: { ...loaded, notes: [...loaded.notes, NO_RECORD_NOTE] } };
}

const NO_RECORD_NOTE =
  'the images of this call id are in the store, and its record is no longer kept: the requests were not compared';

/**
 * Returns a SHA-256 over everything that changes the image.
 * @param session the name of the session @returns `undefined` for a request that cannot be sent
 */
export async function hashRequest(
  { session: _, parents: __, ...request }: ManagerRequest,
  session: string | undefined,
): Promise<string | undefined> {
  const { provider = '', model = '', output } = request;
  try {
    return await requestKey(request, { provider, model, tenant: session ?? '', links: output === 'url' });
  } catch {
    return undefined; // a value that JSON cannot hold; the checks of the request name it
  }
}

const isInUse = ({ isHeld, records }: CallRecord, { activeCalls, fetching }: KnownCallContext): boolean =>
  isHeld || records.some(({ id }) => activeCalls.has(id) || fetching.has(id));

async function loadDone(call: CallRecord, { store, results }: KnownCallContext): Promise<LoadedCall> {
  const loaded = await store?.loadCall?.(call.id, call.artifacts);
  if (loaded) return loaded;
  const generation = await results.get(call.id);
  if (generation) return { generation, notes: [] };
  throw new AiImageError('invalid_request', `this call is done, and ${IMAGES_GONE}`, {
    charged: 'no',
    hint: 'Nothing was sent. Use a new call id to generate new images.',
  });
}

/** Fetches the images of all open jobs, then returns those of the whole call. */
async function fetchOpen(call: CallRecord, context: ManagerContext, known: KnownCallContext): Promise<LoadedCall> {
  if (isInUse(call, known)) throw inUseError(call.id);
  const { store, results, records } = known;
  const earlier =
    call.artifacts.length > 0
      ? await store?.loadCall?.(call.id, call.artifacts)
      : await results.get(call.id).then((found) => found && { generation: found, notes: [] });
  const fetched: StoredGeneration[] = [];
  const errors: unknown[] = [];
  for (const record of call.records.filter(isFetchable)) {
    try {
      if (!(await records.claim(record.id))) throw inUseError(call.id);
      fetched.push(await fetchJob(record.handle!, record, context, known)); // a fetchable record has a handle
    } catch (error) {
      // The images of the other jobs are paid for too.
      errors.push(error);
    }
  }
  const parts = [...(earlier ? [earlier.generation] : []), ...fetched];
  const [first, ...others] = parts;
  if (first === undefined) throw errors[0] ?? inUseError(call.id); // its jobs ended in the meantime
  const merged = others.length === 0 ? first : merge(first, others);
  const generation = earlier && fetched.length > 0 ? await withoutRepeats(merged, call, known) : merged;
  // A store returns them again; a long-running process need not hold their bytes.
  if (store?.loadCall === undefined) await results.put(call.id, generation);
  return { generation, notes: [...(earlier?.notes ?? []), ...errors.map(noteOf)] };
}

/** An image of a job can be in the store already: its process died after it had saved it. Each image is returned once. */
async function withoutRepeats(
  merged: StoredGeneration,
  { id, artifacts }: CallRecord,
  { store }: KnownCallContext,
): Promise<StoredGeneration> {
  const ids = [...new Set([...artifacts, ...merged.saved.map((saved) => saved.id)])];
  if (ids.length === merged.saved.length) return merged;
  const loaded = await store?.loadCall?.(id, ids);
  if (loaded === undefined) return merged;
  const { images, saved, cost } = loaded.generation;
  return { ...merged, images, saved, cost };
}

const noteOf = (error: unknown): string =>
  `a job of the call could not be fetched: ${error instanceof Error ? error.message : 'unknown reason'}`;

const isFetchable = ({ state, handle }: JobRecord): boolean =>
  handle !== undefined && (state === 'running' || state === 'expired');

function merge(first: StoredGeneration, others: readonly StoredGeneration[]): StoredGeneration {
  const all = [first, ...others];
  const costs = all.map(({ cost }) => cost);
  const isKnown = costs.every(({ usd }) => usd !== undefined);
  const usd = costs.reduce((sum, each) => sum + (each.usd ?? 0), 0);
  return {
    ...first,
    images: [...first.images, ...others.flatMap(({ images }) => images)],
    failures: all.flatMap(({ failures }) => failures),
    warnings: all.flatMap(({ warnings }) => warnings),
    saved: all.flatMap(({ saved }) => saved),
    cost: isKnown ? { ...first.cost, usd: Math.round(usd * 1e6) / 1e6 } : { basis: 'unknown' },
  };
}

/** Finds the images of a call whose process died after it had saved them, and records its end. */
async function recover(
  call: CallRecord,
  { store, records, budget }: KnownCallContext,
): Promise<LoadedCall | undefined> {
  const loaded = await store?.loadCall?.(call.id, call.artifacts);
  if (loaded === undefined) return undefined;
  const { generation } = loaded;
  const open = call.records.filter(({ state }) => state === 'submitting' || state === 'unknown');
  for (const [index, { id, reservation }] of open.entries()) {
    const { micros, basis } = amountOf(index === 0 ? generation.cost : NO_COST);
    await budget.ledger.recordCost(reservation, micros, micros === undefined ? 'estimated' : basis);
    await records.end(id, 'done', index === 0 ? { artifacts: generation.saved.map((saved) => saved.id) } : {});
  }
  return loaded;
}

const NO_COST: ImageGeneration['cost'] = { usd: 0, basis: 'estimated' };

const otherRequestError = () =>
  new AiImageError('invalid_request', `this call id ${USED_BY_ANOTHER}`, {
    charged: 'no',
    hint: 'Nothing was sent. Use a new random id for each request, for example crypto.randomUUID().',
  });

function unknownError({ id, lastAttempt }: CallRecord): AiImageError {
  const why = lastAttempt ? `: ${lastAttempt.message}` : '';
  return new AiImageError(
    endedCode(lastAttempt?.code) ?? 'outcome_unknown',
    `the call ${id} may have been charged${why}`,
    {
      charged: 'unknown',
      hint: 'Nothing was sent. Look at the usage page of the vendor, then settle the call with settle(id, { charged }). If it was not charged, the same call id can be used again.',
    },
  );
}

function failedError({ id, charged = 'unknown', lastAttempt }: CallRecord): AiImageError {
  const why = lastAttempt ? `: ${lastAttempt.message}` : '';
  return new AiImageError(endedCode(lastAttempt?.code) ?? 'no_image', `the call ${id} failed before${why}`, {
    charged,
    hint: 'Nothing was sent. To try again, use a new call id. That may be charged again.',
  });
}

/** Returns the code if the vendor said that there is no image. Any other code could suggest to send the call again. */
function endedCode(code: string | undefined): AiImageErrorCode | undefined {
  const known = Object.hasOwn(ERROR_RULES, code ?? '') ? (code as AiImageErrorCode) : undefined;
  return known !== undefined && ERROR_RULES[known].endsJob ? known : undefined;
}
