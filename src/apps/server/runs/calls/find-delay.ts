/** Finds out whether queued work waits longer than a client can. */
import { AiImageError } from '../../../../index.ts';
import { ERROR_CODES, ERROR_RULES } from '../../../../providers/protocol/errors.ts';
import type { Pause, QueuedWork } from '../../../../queue/index.ts';

/** A client waits this long for further attempts, and for the end of a pause. */
const MAX_DELAY_MS = 60_000;

/** Work that may start sooner than this is left alone: a worker may take it at any moment. */
const SOON_MS = 500;

/** Waiting does not end them: a person has to act, or the period of a budget has to end. */
const LASTING: readonly string[] = [
  'authentication',
  'quota_exhausted',
  'not_configured',
  'budget_exceeded',
  'storage_failed',
  'circuit_open',
];

export interface DelayParams {
  readonly work: QueuedWork;
  /** Those of the queue that have not ended. */
  readonly pauses: readonly Pause[];
  /** When the client sent its request, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** @param work in the state `waiting` @returns why the work does not run in time; `undefined`: it may */
export function findDelay({ work, pauses, startedAtMs, nowMs }: DelayParams): AiImageError | undefined {
  const { error, provider, runAt } = work;
  const pause = pauses.filter((each) => holds(each, work)).reduce(laterOf, undefined);
  if (error === undefined && pause === undefined) return undefined;
  const nextAtMs = Math.max(runAt.getTime(), endOf(pause));
  if (nextAtMs <= nowMs + SOON_MS) return undefined;
  if (!LASTING.includes(error?.code ?? '') && nextAtMs <= startedAtMs + MAX_DELAY_MS) return undefined;
  // The reason of a pause that a worker made begins with the code of its error.
  const given = error?.code ?? pause?.reason.split(':', 1)[0];
  const code = ERROR_CODES.find((each) => each === given) ?? 'unavailable';
  const { message = `the ${pause?.kind} ${pause?.name} is paused`, hint, field } = error ?? {};
  const retryAfterMs = ERROR_RULES[code].mayRetry ? nextAtMs - nowMs : undefined;
  return new AiImageError(code, message, { ...{ provider, hint, field, retryAfterMs }, charged: 'no' });
}

const holds = ({ kind, name }: Pause, { queue, provider }: QueuedWork): boolean =>
  name === (kind === 'queue' ? queue : provider);

/** A pause without an end is the latest. */
const endOf = (pause: Pause | undefined): number =>
  pause === undefined ? 0 : (pause.untilMs ?? Number.POSITIVE_INFINITY);

const laterOf = (one: Pause | undefined, other: Pause): Pause => (one && endOf(one) >= endOf(other) ? one : other);
