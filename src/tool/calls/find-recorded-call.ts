/** Finds a call that this process does not know: by its record, and by its stored images. */

import type { CallRecord } from '../../manager/interfaces/call-record.ts';
import type { ManagedGeneration } from '../../manager/interfaces/generation.ts';
import type { ImageManager } from '../../manager/interfaces/image-manager.ts';
import {
  AiImageError,
  type AiImageErrorCode,
  type Charged,
  ERROR_CODES,
  isAiImageError,
  type JobHandle,
} from '../../providers/protocol/index.ts';
import { callIdFault } from '../../providers/protocol/input/call-id-fault.ts';
import type { LoadedCall } from '../../store/interfaces.ts';
import type { Store } from '../../store/store.ts';
import type { FoundToolCall } from './call-runner.ts';

export interface RecordedCalls {
  readonly manager: Pick<ImageManager, 'findCall' | 'resume'>;
  readonly store: Pick<Store, 'loadCall'>;
}

/** A call whose jobs can be fetched. */
export interface OpenCall {
  readonly state: 'open';
  readonly jobs: readonly JobHandle[];
}

/** @returns `undefined`: no such call is on record @throws AiImageError `storage_failed` */
export async function findRecordedCall(
  id: string,
  { manager, store }: RecordedCalls,
): Promise<FoundToolCall | OpenCall | undefined> {
  if (callIdFault(id, 'job_id') !== undefined) return undefined;
  const call = await manager.findCall(id);
  if (call === undefined) return toDone(await store.loadCall(id, []));
  switch (call.state) {
    case 'running': {
      if (call.isHeld) return { state: 'running' };
      const jobs = call.records.flatMap(({ state, handle }) =>
        handle !== undefined && (state === 'running' || state === 'expired') ? [handle] : [],
      );
      return { state: 'open', jobs };
    }
    case 'submitting':
      if (call.isHeld) return { state: 'running' };
      break;
    case 'failed':
      return toFailed(call, call.charged ?? 'unknown');
    case 'done':
    case 'unknown':
      break;
    default:
      call.state satisfies never;
  }
  // A process can die after it has stored the images, and before it has recorded that.
  const done = toDone(await store.loadCall(id, call.artifacts));
  if (done !== undefined) return done;
  return call.state === 'done' ? { state: 'failed', error: goneError() } : toFailed(call, 'unknown');
}

const toDone = (loaded: LoadedCall | undefined): FoundToolCall | undefined => loaded && { state: 'done', ...loaded };

function toFailed({ lastAttempt }: CallRecord, charged: Charged): FoundToolCall {
  const message = lastAttempt?.message ?? 'the process that made the call ended before the answer arrived';
  return { state: 'failed', error: new AiImageError(codeOf(lastAttempt?.code, charged), message, { charged }) };
}

/** The code of the last attempt, unless it contradicts what is known now: a person may have settled the call. */
function codeOf(given: string | undefined, charged: Charged): AiImageErrorCode {
  const code = ERROR_CODES.find((each) => each === given) ?? 'outcome_unknown';
  if (charged !== 'unknown') return code === 'outcome_unknown' ? 'no_image' : code;
  return code === 'timeout' || code === 'unavailable' ? 'outcome_unknown' : code;
}

const goneError = (): AiImageError =>
  new AiImageError('no_image', 'the call is done, and its images were deleted since', { charged: 'yes' });

/** Fetches the images of the open jobs of a call. Does not generate or charge anything. @throws AiImageError */
export async function fetchJobs(
  id: string,
  jobs: readonly JobHandle[],
  signal: AbortSignal,
  { manager, store }: RecordedCalls,
): Promise<ManagedGeneration> {
  const fetched = await Promise.allSettled(jobs.map((job) => manager.resume(job, { signal })));
  const errors = fetched.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const loaded = await store.loadCall(id, []);
  if (loaded === undefined) throw errors[0] === undefined ? goneError() : asUncertain(errors[0]);
  const { generation, notes } = loaded;
  return {
    ...generation,
    composed: { own: '', prompt: generation.images[0].promptUsed, parts: [], notes: [] },
    attempts: [],
    reasons: ['the images of an open job were fetched'],
    notes: [...notes, ...errors.map(noteOf)],
    isCached: true,
  };
}

/** The job was submitted: an error of fetching it cannot say that nothing was charged, except that the job itself has failed. */
function asUncertain(error: unknown): unknown {
  if (!isAiImageError(error) || error.charged !== 'no' || error.endsJob) return error;
  const { code, message, provider, model, cause } = error;
  return new AiImageError(code, message, { provider, model, cause, charged: 'unknown' });
}

const noteOf = (error: unknown): string =>
  `a job of the call could not be fetched: ${isAiImageError(error) ? error.code : 'internal'}`;
