/** What becomes of work whose call ended without images: one table of the error codes, and the rules that come before it. */
import type { CallRecord } from '../../manager/index.ts';
import { isFreeToRepeat } from '../../providers/protocol/error-rules.ts';
import type { AiImageError, AiImageErrorCode } from '../../providers/protocol/errors.ts';
import { isClosedError } from '../../providers/protocol/shared/closed-error.ts';
import type { Claim, WorkError } from '../queue-engine.ts';
import { doubled, PACE, type Pace, spread } from './pace.ts';
import { toWorkError } from './to-work-error.ts';

/** What is recorded about a call, over all its submits. */
export type RecordedCall = Pick<CallRecord, 'state' | 'isHeld' | 'artifacts' | 'charged'> & {
  readonly records: readonly Pick<CallRecord['records'][number], 'state' | 'provider' | 'lastAttempt'>[];
};

export interface AttemptFacts {
  readonly claim: Pick<Claim, 'provider' | 'attempt' | 'failures'>;
  readonly maxFailures: number;
  /** What `manager.generate` threw. */
  readonly error: AiImageError;
  /** What `manager.findCall` returned afterwards; `undefined`: no request was recorded. */
  readonly call: RecordedCall | undefined;
  /** Why the worker aborted the call, if it did. */
  readonly abortedBy?: 'cancel' | 'stop' | undefined;
  /** 0 to 1. */
  readonly chance: number;
  readonly pace?: Pace;
}

export type NextStep =
  | { readonly kind: 'complete'; readonly artifacts: readonly string[] }
  | { readonly kind: 'fail'; readonly state: 'dead' | 'unknown' | 'cancelled'; readonly error: WorkError }
  | {
      readonly kind: 'release';
      readonly delayMs: number;
      readonly countsAsFailure: boolean;
      readonly error: WorkError;
      /** Pause this provider first. */
      readonly pause?: ProviderPause;
      /** The fault is the worker's own, not the work's: the worker rests before it takes more. */
      readonly isOwnTrouble?: boolean;
    };

export interface ProviderPause {
  readonly provider: string;
  /** `load`: it wants fewer requests. `account`: its account cannot pay, or its credential is refused. Account pauses get longer. */
  readonly kind: 'load' | 'account';
  /** How long, if the vendor says so. */
  readonly retryAfterMs?: number;
}

/**
 * What is done after a certainly uncharged attempt:
 * - `dead`: the same request would fail again.
 * - `repeat`: tried again; `maxFailures` attempts in all.
 * - `wait`: tried again without a limit, because the request is not at fault.
 * - `load`, `account`: the provider is paused if the work names it, and the work waits.
 * - `budget`: waits if the budget says when it is renewed; else dead.
 * - `storage`: waits, and the worker rests.
 */
type Treatment = 'dead' | 'repeat' | 'wait' | 'load' | 'account' | 'budget' | 'storage';

export const TREATMENTS: { readonly [Code in AiImageErrorCode]?: Treatment } = {
  invalid_request: 'dead',
  unsupported: 'dead',
  // A wrong or revoked key would otherwise end all work of the provider within seconds.
  authentication: 'account',
  permission: 'dead',
  quota_exhausted: 'account',
  rate_limited: 'load',
  content_refused: 'dead',
  no_image: 'dead',
  model_retired: 'dead',
  unavailable: 'repeat',
  // Not charged: the call waited for a free slot of the manager, and its time ran out.
  timeout: 'wait',
  // Never certainly uncharged, see `AiImageError`.
  outcome_unknown: 'dead',
  bad_response: 'dead',
  too_large: 'dead',
  unsafe_url: 'dead',
  budget_exceeded: 'budget',
  policy_denied: 'dead',
  circuit_open: 'load',
  // Not charged and not aborted by this worker: the host closed the manager, or aborted a call that this one shared.
  aborted: 'wait',
  // Another worker may have the setting that this one lacks.
  not_configured: 'repeat',
  internal: 'dead',
  storage_failed: 'storage',
};

/** Decides by records first, then by the table. Nothing that may have been charged is repeated. */
export function decideNextStep(facts: AttemptFacts): NextStep {
  const { claim, error, call, abortedBy, chance, pace = PACE } = facts;
  const workError = toWorkError(error);
  const fail = (state: 'dead' | 'unknown' | 'cancelled', more: Partial<WorkError> = {}): NextStep => ({
    kind: 'fail',
    state,
    error: { ...workError, ...more },
  });
  const release = (delayMs: number): NextStep => ({
    kind: 'release',
    delayMs,
    countsAsFailure: false,
    error: workError,
  });
  const waitForRecord = () => release(spread(doubled(pace.retryMs, claim.attempt - 1, pace.maxRetryMs), chance));

  // Without a stored image, the error says why the paid images are not there.
  const isStored = call?.artifacts.length !== 0 || error.charged !== 'yes';
  if (call?.state === 'done' && isStored) return { kind: 'complete', artifacts: call.artifacts };
  if (call?.isHeld) return abortedBy === 'stop' ? release(0) : release(spread(pace.heldMs, chance));
  // The database failed before the job was recorded. The manager of this process knows it, and the next attempt records and fetches it.
  const isUnrecorded = call?.state === 'unknown' || call?.state === 'submitting';
  if (isUnrecorded && error.job !== undefined && !error.endsJob && abortedBy !== 'cancel')
    return abortedBy === 'stop' ? release(0) : waitForRecord();
  // That there is no image is certain when the vendor said so; only the charge is not.
  if (call?.state === 'unknown') return error.endsJob ? fail('dead') : fail('unknown', UNKNOWN);
  if (call?.state === 'running') {
    if (abortedBy === 'cancel') return fail('cancelled', { charged: 'unknown' });
    if (abortedBy === 'stop') return release(0);
    if (!call.records.some(({ state }) => state === 'running')) return fail('unknown', EXPIRED);
    return waitForRecord();
  }
  if (call?.state === 'submitting') {
    // Another manager of this process is sending it.
    if (error.code === 'unavailable' && error.charged !== 'no') return waitForRecord();
    // The end of the call could not be written, or its reply is lost.
    if (!isFree(facts)) return error.charged === 'yes' ? fail('dead') : fail('unknown', UNKNOWN);
  }
  if (abortedBy === 'cancel') return fail('cancelled');
  if (!isFree(facts)) return fail('dead');
  // The host closed the manager before it stopped the worker: the work is not at fault.
  if (abortedBy === 'stop' || isClosedError(error)) return release(0);
  return decideByCode(facts, workError, pace);
}

/**
 * Certainly nothing was charged. A request is recorded before it is sent, so nothing was sent without a record. An error can come before
 * the call itself ends, so the record of an ended call counts, and not the error.
 */
function isFree({ call, error }: AttemptFacts): boolean {
  if (call === undefined) return true;
  return call.state === 'failed' ? call.charged === 'no' : isFreeToRepeat(error);
}

/** A certainly uncharged attempt. */
function decideByCode(
  { claim, maxFailures, error, call, chance }: AttemptFacts,
  workError: WorkError,
  pace: Pace,
): NextStep {
  const { retryAfterMs } = error;
  const again = { kind: 'release', countsAsFailure: false, error: workError } as const;
  const wait = (times: number) =>
    retryAfterMs === undefined
      ? spread(doubled(pace.retryMs, times, pace.maxRetryMs), chance)
      : spread(Math.min(retryAfterMs, pace.maxPauseMs), chance);
  // A newer copy of this package may have thrown a code that this one does not know.
  const treatment: Treatment = TREATMENTS[error.code] ?? 'dead';
  switch (treatment) {
    case 'dead':
      return { kind: 'fail', state: 'dead', error: workError };
    case 'repeat':
      return claim.failures + 1 >= maxFailures
        ? { kind: 'fail', state: 'dead', error: workError }
        : { ...again, delayMs: wait(claim.failures), countsAsFailure: true };
    case 'wait':
      return { ...again, delayMs: wait(claim.attempt - 1) };
    case 'storage':
      return { ...again, delayMs: wait(claim.attempt - 1), isOwnTrouble: true };
    case 'budget':
      return retryAfterMs === undefined
        ? { kind: 'fail', state: 'dead', error: workError }
        : { ...again, delayMs: wait(0) };
    case 'load':
    case 'account': {
      if (claim.provider === undefined || !isOf(claim.provider, error, call))
        return { ...again, delayMs: wait(claim.attempt - 1) };
      const pause = {
        provider: claim.provider,
        kind: treatment,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
      return { ...again, delayMs: 0, pause };
    }
  }
}

/**
 * Whether the error is one of this provider: that of a fallback says nothing about it. Errors name the vendor, or the provider if nothing
 * was sent; records name the provider.
 */
function isOf(provider: string, { code, provider: named }: AiImageError, call: RecordedCall | undefined): boolean {
  const last = call?.records.at(-1);
  return last?.lastAttempt?.code === code ? last.provider === provider : named === provider;
}

const UNKNOWN = {
  charged: 'unknown',
  hint: "It is never sent again by itself. Look at the vendor's usage page, then call manager.settle, or enqueue the request under a new id.",
} as const satisfies Partial<WorkError>;

const EXPIRED = {
  charged: 'unknown',
  hint: 'Its job was not fetched while jobs are kept open. Call manager.resume with the id of the job to fetch its images.',
} as const satisfies Partial<WorkError>;
