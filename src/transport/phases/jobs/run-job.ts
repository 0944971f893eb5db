/** Calls that start a job: submit it, poll it, fetch its results, and cancel it when the caller aborts. */
import type { BytesWithMetadata, JobProtocol, Reply, ReplyHandling, RunContext, TransportCall } from '../../call.ts';
import type { TransportContext } from '../../context.ts';
import { type JobTicket, TransportError, transportError } from '../../errors.ts';
import { type CallScope, ScopeEnd } from '../../flow/scope.ts';
import { untilAborted } from '../../flow/wait.ts';
import { fetchResults } from '../fetch-results.ts';
import { submitAndRead } from '../submit.ts';
import { awaitJob, type FollowedJob, pollJob } from './await-job.ts';
import { cancelJob } from './cancel-job.ts';
import { withTicket } from './job-error.ts';
import type { openJobSocket } from './job-socket.ts';

type WithJob = ReplyHandling & { readonly job: JobProtocol };

/** One run of a call that starts a job. */
export interface JobRun {
  readonly context: TransportContext;
  readonly scope: CallScope;
  readonly runContext: RunContext;
  /** Cancellations in progress; `close` waits for them. */
  readonly cancelling: Set<Promise<void>>;
  /** Loads the code of WebSockets, which few servers have. Without it, jobs are only polled. */
  readonly loadSocket?: (() => Promise<{ readonly openJobSocket: typeof openJobSocket }>) | undefined;
}

/** Submits the job and follows it to its results. **Costs money.** */
export async function runJob(run: JobRun, call: TransportCall & WithJob): Promise<readonly BytesWithMetadata[]> {
  const { context, scope, runContext, loadSocket } = run;
  // Opened before the submit, because the first message can arrive before the submit's reply.
  const socket = call.job.socket && (await (await loadSocket?.())?.openJobSocket(context, scope, call.job.socket));
  try {
    const reply = await submitAndRead(context, scope, call);
    const opened = openJob(run, call, reply);
    if (opened === undefined) return await fetchResults(context, scope, call.locate(reply), call);
    const { ticket, isDone } = opened;
    return await withTicketOnError(run, call, ticket, async () => {
      await notifyTicket(run, ticket);
      socket?.follow(ticket, runContext);
      return followToResults({ ...toFollowedJob(run, call, ticket), socket }, isDone ? reply : undefined);
    });
  } finally {
    socket?.close();
  }
}

/** Submits the job and returns its ticket. **Costs money.** */
export async function submitJob(run: JobRun, call: TransportCall & WithJob): Promise<JobTicket> {
  const reply = await submitAndRead(run.context, run.scope, call);
  const opened = openJob(run, call, reply);
  if (opened === undefined) {
    throw transportError('the server replied without starting a job', {
      fault: 'unreadable',
      step: 'submit',
      outcome: 'unknown',
      status: reply.status,
      requestId: reply.requestId,
      received: reply.received(),
    });
  }
  const { ticket } = opened;
  return withTicketOnError(run, call, ticket, async () => {
    await notifyTicket(run, ticket);
    return ticket;
  });
}

/** Follows a job from its ticket to its results. Free. */
export function resumeJob(run: JobRun, handling: WithJob, ticket: JobTicket): Promise<readonly BytesWithMetadata[]> {
  return withTicketOnError(run, handling, ticket, () => followToResults(toFollowedJob(run, handling, ticket)));
}

/** Reads the job that the submit started. `isDone`: the same reply already holds the results. */
function openJob(
  { context }: JobRun,
  { job }: WithJob,
  reply: Reply,
): { readonly ticket: JobTicket; readonly isDone: boolean } | undefined {
  const known = job.open(reply);
  if (known === undefined) return undefined;
  const { isDone = false, ...opened } = known;
  return { isDone, ticket: { ...opened, submittedAt: context.clock.wallNow() } };
}

/** Runs `work`. Its errors carry the ticket; when the caller aborts, the job is cancelled on the server. */
async function withTicketOnError<T>(
  { context, scope, cancelling }: JobRun,
  handling: WithJob,
  ticket: JobTicket,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = withTicket(error, { context, handling, ticket });
    const { reason } = scope.signal;
    const isKept = reason instanceof ScopeEnd && reason.keepsJob;
    if (known instanceof TransportError && known.fault === 'aborted' && !isKept) {
      const cancellation = cancelJob(context, handling, handling.job, ticket).finally(() =>
        cancelling.delete(cancellation),
      );
      cancelling.add(cancellation);
    }
    throw known;
  }
}

/** Waits for `onTicket`, but never longer than the call's own deadline. */
async function notifyTicket({ scope, runContext: { onTicket } }: JobRun, ticket: JobTicket): Promise<void> {
  const notified = (async () => onTicket?.(ticket))();
  await untilAborted(notified, scope.signal);
}

function toFollowedJob({ context, scope, runContext }: JobRun, handling: WithJob, ticket: JobTicket): FollowedJob {
  return { context, scope, handling, job: handling.job, ticket, onState: runContext.onState };
}

/**
 * Waits for the job and fetches its results. If a result link has expired, polls once more for fresh links.
 * @param done the reply to the submit, if it already held the results
 */
async function followToResults(followed: FollowedJob, done?: Reply): Promise<readonly BytesWithMetadata[]> {
  const { context, scope, handling } = followed;
  const refresh = async () => {
    const answer = await pollJob(followed);
    return 'results' in answer ? answer.results : undefined;
  };
  const results = done === undefined ? await awaitJob(followed) : handling.locate(done);
  return fetchResults(context, scope, results, handling, refresh);
}
