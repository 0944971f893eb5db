/** What a server knows of one call. It holds no image bytes, except those that the store could not take. */
import { isAiImageError, type ManagedGeneration, type ManagerEvent, type ManagerRequest } from '../../../index.ts';
import { HttpFault } from '../http/http-fault.ts';
import type { RunState, RunSummary } from './run-list.ts';

/** Longer prompts are cut in lists and events. */
const MAX_PROMPT_LENGTH = 1_000;

/** The attempt that runs now. */
export interface RunningAttempt {
  readonly result: Promise<ManagedGeneration>;
  readonly abort: AbortController;
}

export interface RunEntry {
  /** The call id. */
  readonly id: string;
  /** The name of the token. */
  readonly token: string;
  /** SHA-256 of the request. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly facts: Pick<RunSummary, 'operation' | 'prompt' | 'images'>;
  readonly listeners: Set<(event: ManagerEvent) => void>;
  state: RunState;
  endedAtMs: number | undefined;
  isCancelRequested: boolean;
  /** Another process works on it, and this one only waits. */
  isElsewhere: boolean;
  /** `undefined`: the call has ended. Its images are then only in the store. */
  attempt: RunningAttempt | undefined;
  /** Images that the store could not take, with the rest of the result. */
  unstored: ManagedGeneration | undefined;
  /** When it was first known that the outcome is unknown. Milliseconds since the epoch. */
  unknownSinceMs: number | undefined;
  outcome: RunOutcome;
}

export type RunOutcome = Pick<RunSummary, 'provider' | 'model' | 'costUsd' | 'job' | 'error'> & {
  readonly artifacts: readonly string[];
};

export function factsOf(request: ManagerRequest, keepsPrompts: boolean): RunEntry['facts'] {
  const { prompt = '', n = 1, inputImages } = request;
  return {
    operation: inputImages === undefined ? 'generate' : 'edit',
    prompt: keepsPrompts ? prompt.slice(0, MAX_PROMPT_LENGTH) : '',
    images: n,
  };
}

export function createRunEntry(known: Pick<RunEntry, 'id' | 'token' | 'hash' | 'startedAtMs' | 'facts'>): RunEntry {
  return {
    ...known,
    listeners: new Set(),
    state: 'waiting',
    endedAtMs: undefined,
    isCancelRequested: false,
    isElsewhere: false,
    attempt: undefined,
    unstored: undefined,
    unknownSinceMs: undefined,
    outcome: { artifacts: [] },
  };
}

export const toSummary = ({ id, state, token, startedAtMs, endedAtMs, facts, outcome }: RunEntry): RunSummary => ({
  id,
  state,
  token,
  startedAt: new Date(startedAtMs).toISOString(),
  ...(endedAtMs !== undefined && { endedAt: new Date(endedAtMs).toISOString() }),
  ...facts,
  ...outcome,
});

/** Records what an event says about the call. @returns the type of the event for clients; `undefined`: clients do not need it */
export function noteEvent(
  entry: RunEntry,
  event: ManagerEvent,
): 'queued' | 'submitted' | 'progress' | 'partial' | undefined {
  switch (event.type) {
    case 'planned': {
      const [first] = event.plan.candidates;
      if (first) entry.outcome = { ...entry.outcome, provider: first.provider, model: first.model };
      return undefined;
    }
    case 'submitted':
      if (event.job) entry.outcome = { ...entry.outcome, job: event.job.id };
      return event.type;
    case 'queued':
    case 'progress':
    case 'partial':
      return event.type;
    case 'image':
    case 'done':
      return undefined;
  }
}

/** Records the images of a call that is done. */
export function noteDone(entry: RunEntry, generation: ManagedGeneration, now: number): void {
  const { saved, model, cost, isCached, attempts, job } = generation;
  const provider = attempts.find(({ outcome }) => outcome === 'done')?.provider ?? generation.provider;
  const { job: knownJob, costUsd: knownUsd } = entry.outcome;
  const costUsd = isCached ? knownUsd : cost.usd;
  const jobId = job?.id ?? knownJob;
  entry.outcome = {
    ...{ provider, model, artifacts: saved.map(({ id }) => id) },
    ...(costUsd !== undefined && { costUsd }),
    ...(jobId !== undefined && { job: jobId }),
  };
  entry.state = 'done';
  entry.endedAtMs ??= now;
}

/** Records why a call has no images. */
export function noteFailure(entry: RunEntry, thrown: unknown, now: number): void {
  const error = toRunError(thrown);
  const job = isAiImageError(thrown) ? (thrown.job?.id ?? entry.outcome.job) : entry.outcome.job;
  entry.outcome = { ...entry.outcome, ...(job !== undefined && { job }), error };
  entry.state = entry.isCancelRequested ? 'cancelled' : error.charged === 'unknown' ? 'unknown' : 'failed';
  entry.endedAtMs = now;
  if (entry.state === 'unknown') entry.unknownSinceMs ??= now;
}

function toRunError(thrown: unknown): NonNullable<RunSummary['error']> {
  if (isAiImageError(thrown)) {
    const { code, message, charged } = thrown;
    return { code, message, charged };
  }
  if (thrown instanceof HttpFault) return { code: thrown.code, message: thrown.message, charged: 'no' };
  return { code: 'internal', message: 'The server failed.', charged: 'unknown' };
}

/** Nothing was sent, or nothing was charged: the same call may be sent again. */
export const mayBeSentAgain = ({ state, outcome }: RunEntry): boolean =>
  state !== 'done' && outcome.error?.charged === 'no';
