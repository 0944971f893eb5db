/** Runs one claim to its end: generates its images, and writes to the queue what became of it. */
import type { ImageManager, ManagedGeneration, ManagerRequest } from '../../manager/index.ts';
import { AiImageError, isAiImageError } from '../../providers/protocol/errors.ts';
import { isClosedError } from '../../providers/protocol/shared/closed-error.ts';
import type { Claim, QueueEngine, WorkError, WorkResult } from '../queue-engine.ts';
import type { WorkerEvent, WorkerSettings, WorkerTotals } from '../worker.ts';
import { decideNextStep, type NextStep, type RecordedCall } from './decide-next-step.ts';
import type { WorkLease } from './keep-lease.ts';
import { doubled, type Pace, spread } from './pace.ts';
import { type Persistently, sleep } from './persistent-writer.ts';
import type { ProviderPauses } from './provider-pauses.ts';

/** A request as it is passed to the manager. */
export interface ReadyRequest {
  readonly request: ManagerRequest;
  /** Time limit of the call, in milliseconds. */
  readonly deadlineMs?: number | undefined;
}

export interface WorkContext {
  readonly engine: QueueEngine;
  readonly manager: Pick<ImageManager, 'generate' | 'findCall' | 'resume'>;
  /** Loads the request and its inputs. @throws AiImageError `invalid_request`: an input is gone; `storage_failed` */
  readonly readRequest: (claim: Claim) => Promise<ReadyRequest>;
  readonly maxFailures: number;
  readonly pace: Pace;
  readonly pauses: ProviderPauses;
  readonly persistently: Persistently;
  /** Fires when the worker gives up. */
  readonly givenUp: AbortSignal;
  readonly emit: (event: WorkerEvent) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly onUnstored: WorkerSettings['onUnstored'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
}

export interface WorkOutcome {
  /** How the work ended. Absent: another worker has it, or nothing could be written before this worker had to stop. */
  readonly total?: keyof WorkerTotals;
  /** The worker's own store failed. */
  readonly isOwnTrouble?: boolean;
  /** The manager is closed: the worker can do no work. */
  readonly closedError?: AiImageError;
}

export async function performWork(claim: Claim, lease: WorkLease, context: WorkContext): Promise<WorkOutcome> {
  const { id, queue, attempt, provider } = claim;
  context.emit({ type: 'started', id, queue, attempt, ...(provider !== undefined && { provider }) });
  const startedAt = context.now();
  let generation: ManagedGeneration;
  try {
    generation = await generate(claim, lease, context);
  } catch (thrown) {
    return concludeError(toAiImageError(thrown), claim, lease, context, startedAt);
  }
  await handOverUnstored(generation, claim, context);
  if (generation.saved.length === 0) return concludeError(notStoredError(generation), claim, lease, context, startedAt);
  context.pauses.noteSuccess(provider);
  const notes = notesOf(generation);
  // Only a call with a gap can have a job that still brings an image.
  if (notes.length > 0 && lease.interruption() !== 'cancel') {
    const call = await context.persistently(() => context.manager.findCall(id));
    if (call === undefined) return {};
    if (call.value?.records.some((record) => record.state === 'running')) return waitForJobs(notes, claim, context);
  }
  const { usd: costUsd } = generation.cost;
  return complete({ artifacts: generation.saved.map((each) => each.id), notes }, claim, context, {
    durationMs: context.now() - startedAt,
    ...(costUsd !== undefined && { costUsd }),
  });
}

/** Hands images over that exist in memory only. */
async function handOverUnstored(
  { images, saved, job }: ManagedGeneration,
  { id, queue }: Claim,
  { onUnstored, onTrouble }: WorkContext,
): Promise<void> {
  const stored = new Set(saved.map((each) => each.id));
  const unstored = images.filter((image) => !stored.has(image.id));
  if (onUnstored === undefined || job !== undefined || unstored.length === 0) return;
  try {
    await onUnstored(unstored, { id, queue });
  } catch (error) {
    onTrouble(error);
  }
}

async function generate(claim: Claim, lease: WorkLease, context: WorkContext): Promise<ManagedGeneration> {
  const { manager, readRequest } = context;
  const { signal, noteJob: onJob } = lease;
  const { request, deadlineMs } = await readRequest(claim).catch(async (error: unknown) => {
    await fetchOpenJobs(claim, lease, context);
    throw error;
  });
  return manager.generate(request, {
    callId: claim.id,
    signal,
    onJob,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
}

/** An input can be deleted after the request was sent. Its job needs no input; the record of the call then says that it is done. */
async function fetchOpenJobs({ id, attempt }: Claim, { signal, noteJob }: WorkLease, { manager }: WorkContext) {
  const call = attempt > 1 ? await manager.findCall(id) : undefined;
  if (call === undefined || call.isHeld) return;
  noteJob();
  for (const { state, handle } of call.records) {
    if (state === 'running' && handle) await manager.resume(handle, { signal });
  }
}

async function concludeError(
  error: AiImageError,
  claim: Claim,
  lease: WorkLease,
  context: WorkContext,
  startedAt: number,
): Promise<WorkOutcome> {
  const { maxFailures, pace, random, pauses, persistently, engine, emit } = context;
  const call = await findSettledCall(claim, error, context);
  if (call === undefined) return {};
  const why = lease.interruption();
  if (why === 'lost' && call.value?.state !== 'done') return lost(claim, context);
  const abortedBy = why === 'lost' ? undefined : why;
  const facts = { claim, maxFailures, error, call: call.value, abortedBy, chance: random(), pace };
  const step = decideNextStep(facts);
  if (step.kind === 'complete')
    return complete({ artifacts: step.artifacts }, claim, context, { durationMs: context.now() - startedAt });
  if (step.kind === 'release' && step.pause) {
    const { pause } = step;
    const paused = await persistently(() => pauses.pause(pause, step.error));
    if (paused?.value !== undefined)
      emit({ type: 'paused', provider: pause.provider, untilMs: paused.value, error: step.error });
  }
  const written = await persistently(() => write(step, claim, engine));
  if (written === undefined) return {};
  if (!written.value) return lost(claim, context);
  const { id, queue, attempt } = claim;
  if (step.kind === 'release') {
    emit({ type: 'waiting', id, queue, attempt, error: step.error, delayMs: step.delayMs });
    return {
      total: 'released',
      isOwnTrouble: step.isOwnTrouble ?? false,
      ...(isClosedError(error) && { closedError: error }),
    };
  }
  emit({ type: step.state, id, queue, attempt, error: step.error });
  return { total: step.state };
}

/** Some images are stored, and an open job has others, which are paid for: the work waits, and the next attempt fetches them. */
async function waitForJobs(
  notes: readonly string[],
  claim: Claim,
  { engine, persistently, pace, random, emit, ...context }: WorkContext,
): Promise<WorkOutcome> {
  const { id, queue, attempt } = claim;
  const message = `a job of the call is still open: ${notes.join('; ')}`.slice(0, MAX_MESSAGE_LENGTH);
  const hint = 'Its images are fetched by the next attempt. The others are stored.';
  const error: WorkError = { code: 'unavailable', message, hint, charged: 'unknown' };
  const delayMs = spread(doubled(pace.retryMs, attempt - 1, pace.maxRetryMs), random());
  const written = await persistently(() => engine.release(claim, { delayMs, error }));
  if (written === undefined) return {};
  if (!written.value) return lost(claim, { engine, persistently, pace, random, emit, ...context });
  emit({ type: 'waiting', id, queue, attempt, error, delayMs });
  return { total: 'released' };
}

const MAX_MESSAGE_LENGTH = 500;

function write(step: Exclude<NextStep, { kind: 'complete' }>, claim: Claim, engine: QueueEngine): Promise<boolean> {
  if (step.kind === 'fail') return engine.fail(claim, step.error, step.state);
  const { delayMs, countsAsFailure, error } = step;
  return engine.release(claim, { delayMs, countsAsFailure, error });
}

async function complete(
  result: WorkResult,
  claim: Claim,
  { engine, persistently, emit, ...context }: WorkContext,
  facts: { readonly durationMs: number; readonly costUsd?: number },
): Promise<WorkOutcome> {
  const { id, queue, attempt } = claim;
  const { artifacts, notes = [] } = result;
  const kept: WorkResult = { artifacts, ...(notes.length > 0 && { notes }) };
  const written = await persistently(() => engine.complete(claim, kept));
  if (written === undefined) return {};
  if (!written.value) return lost(claim, { engine, persistently, emit, ...context });
  emit({ type: 'done', id, queue, attempt, ...kept, ...facts });
  return { total: 'done' };
}

function lost({ id, queue, attempt }: Claim, { emit }: WorkContext): WorkOutcome {
  emit({ type: 'lost', id, queue, attempt });
  return {};
}

/** Reads the record of the call. An abort can end before the call has written its outcome. */
async function findSettledCall(
  { id }: Claim,
  { code }: AiImageError,
  { manager, persistently, pace, givenUp }: WorkContext,
): Promise<{ readonly value: RecordedCall | undefined } | undefined> {
  const stepMs = Math.max(pace.settleMs / 20, 1);
  for (let waitedMs = 0; ; waitedMs += stepMs) {
    const call = await persistently(() => manager.findCall(id));
    const isSettling = code === 'aborted' && call?.value?.state === 'submitting' && !call.value.isHeld;
    if (!isSettling || waitedMs >= pace.settleMs || givenUp.aborted) return call;
    await sleep(stepMs, givenUp);
  }
}

const MAX_NOTES = 20;

/** Problems that did not stop the images: notes of the manager, and images that failed beside others that came. */
function notesOf({ notes, failures }: ManagedGeneration): readonly string[] {
  const failed = failures.map(({ index, error }) => `image ${index + 1} failed: ${error.code}`);
  return [...notes, ...failed].slice(0, MAX_NOTES);
}

/** The vendor was paid, and the images are not in the store. A job can be fetched again; else the bytes are in the store's quarantine. */
function notStoredError({ provider, model, job, notes }: ManagedGeneration): AiImageError {
  const [reason = 'the manager has no store'] = notes;
  return new AiImageError('storage_failed', `the images came, but are not stored: ${reason}`, {
    provider,
    model,
    job,
    charged: 'yes',
    hint: job
      ? 'They are fetched again when the store can be written.'
      : "Their bytes are in the store's quarantine. Check its disk or bucket, and pass the manager the store of the queue.",
  });
}

function toAiImageError(thrown: unknown): AiImageError {
  if (isAiImageError(thrown)) return thrown;
  return new AiImageError('internal', 'the manager threw an error that is not an AiImageError', {
    hint: 'This is a bug. See error.cause.',
    cause: thrown,
  });
}
