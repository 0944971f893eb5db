/** Polls a job until it is done. */
import type { JobProtocol, JobState, ReplyHandling, ResultLocation, RunContext } from '../../call.ts';
import { notifyHook, type TransportContext } from '../../context.ts';
import { type JobTicket, TransportError, transportError, withDetails } from '../../errors.ts';
import type { CallScope } from '../../flow/scope.ts';
import { sleep } from '../../flow/wait.ts';
import { readRetryAfter, toDelayMs } from '../../net/retry-after.ts';
import { sendFree } from '../free-request.ts';
import { jobFailed, jobName, withTicket } from './job-error.ts';
import type { JobSocket } from './job-socket.ts';
import { type PollTimes, pollIntervalMs } from './poll-interval.ts';

/** The interval while a socket reports the job's state: polls are then only a safety net. */
const SOCKET_POLL_INTERVAL_MS = 10_000;
/** A job submitted longer ago than this is a resumed one, so its duration cannot be measured. */
const NEW_JOB_MS = 1_000;

export interface FollowedJob {
  readonly context: TransportContext;
  readonly scope: CallScope;
  readonly handling: ReplyHandling;
  readonly job: JobProtocol;
  readonly ticket: JobTicket;
  readonly onState: RunContext['onState'];
  readonly socket?: JobSocket | undefined;
}

/**
 * Polls until the job is done.
 * @returns where the results are
 * @throws TransportError with the ticket
 */
export async function awaitJob(followed: FollowedJob): Promise<readonly ResultLocation[]> {
  const { context, scope, handling, ticket, socket } = followed;
  const { clock, jobDurations, limits } = context;
  const { kind = '' } = handling;
  const startedAt = clock.now();
  // Another machine's clock may have written the ticket. A wrong age only changes the poll interval.
  const ageMs = Math.max(clock.wallNow() - ticket.submittedAt, 0);
  const elapsedMs = () => clock.now() - startedAt + ageMs;
  let pending: PendingJob | undefined;
  try {
    for (let polls = 0; polls < limits.maxPolls; polls++) {
      const isResumed = polls === 0 && ageMs > NEW_JOB_MS;
      const waitMs = isResumed ? 0 : pollIntervalMs(pollTimes(pending));
      await (socket?.isLive()
        ? socket.wait(Math.max(waitMs, SOCKET_POLL_INTERVAL_MS), scope.signal)
        : sleep(waitMs, scope.signal));
      const answer = await pollJob(followed).catch((error: unknown) => {
        throw withLastState(error, pending);
      });
      if ('results' in answer) {
        if (kind !== '' && ageMs <= NEW_JOB_MS) jobDurations.record(kind, elapsedMs());
        return answer.results;
      }
      pending = answer;
      notifyHook(followed.onState, () => answer.state);
      if (answer.state.kind === 'queued' && elapsedMs() > limits.maxQueueMs) {
        throw timedOut(`is still queued after ${limits.maxQueueMs} ms`);
      }
    }
    throw timedOut(`is not done after ${limits.maxPolls} polls`);
  } catch (error) {
    throw withTicket(error, followed, describeState(pending));
  }

  function pollTimes(last: PendingJob | undefined): PollTimes {
    const requestedMs = last?.retryAfterMs;
    const minMs = limits.minPollIntervalMs;
    // After the socket reported the end, the result is available within moments.
    if (socket?.hasEnded()) return { elapsedMs: 0, requestedMs, minMs };
    const usualMs = jobDurations.typicalMs(kind) ?? handling.usualMs;
    return { elapsedMs: elapsedMs(), requestedMs, minMs, usualMs };
  }

  function timedOut(how: string) {
    return transportError(`${jobName(context, ticket, handling.confidential)} ${how}`, {
      fault: 'timeout',
      step: 'poll',
    });
  }
}

interface PendingJob {
  readonly state: Extract<JobState, { kind: 'queued' | 'running' }>;
  /** The wait that the server asked for. */
  readonly retryAfterMs: number | undefined;
}

/** Polls once. If the reply says that the result is at another address, that address is requested too. */
export async function pollJob(
  followed: FollowedJob,
): Promise<PendingJob | { readonly results: readonly ResultLocation[] }> {
  const { context, scope, handling, job, ticket } = followed;
  const reply = await sendFree(context, scope, handling, job.poll(ticket), { rate: context.pollRate });
  const state = job.read(reply, ticket);
  switch (state.kind) {
    case 'done':
      return { results: handling.locate(reply) };
    case 'ready':
      return { results: handling.locate(await sendFree(context, scope, handling, state.request)) };
    case 'failed':
      throw jobFailed(state, context, handling, ticket);
    default: {
      const headerMs = readRetryAfter(reply.headers, context.clock.wallNow());
      return { state, retryAfterMs: toDelayMs(state.retryAfterMs) ?? headerMs };
    }
  }
}

/** Adds the last known state to the error of a poll that timed out or was aborted. */
function withLastState(error: unknown, pending: PendingJob | undefined): unknown {
  const isCutShort = error instanceof TransportError && (error.fault === 'timeout' || error.fault === 'aborted');
  return isCutShort ? withDetails(error, {}, `${error.message}${describeState(pending)}`) : error;
}

function describeState(pending: PendingJob | undefined): string {
  return pending === undefined ? '' : ` (last known job state: ${pending.state.kind})`;
}
