/** Calls whose work goes on after the answer: handed in, followed to their end, cancelled when nobody waits any more. */
import type { BytesWithMetadata, Following, JobProtocol, Reply, RunContext, TransportCall } from '../call.ts';
import type { TransportContext } from '../context.ts';
import { type JobTicket, TransportError, transportError } from '../errors.ts';
import { type CallScope, ScopeEnd } from '../flow/scope.ts';
import { untilAborted } from '../flow/wait.ts';
import { askJob, awaitJob, cancelJob, type Followed, withTicket } from './poll.ts';
import { fetchResults, sendCall } from './run.ts';

type WithJob = Following & { readonly job: JobProtocol };

/** One run of a call with a job. */
export interface JobRun {
  readonly wire: TransportContext;
  readonly scope: CallScope;
  readonly context: RunContext;
  /** Where cancellations stay until they are over. */
  readonly cancelling: Set<Promise<void>>;
}

/** From the submit to the results. **Costs money.** */
export async function runJob(run: JobRun, call: TransportCall & WithJob): Promise<readonly BytesWithMetadata[]> {
  const { wire, scope, context } = run;
  // Few servers have one. It is opened before the submit, since the first news may come before its answer.
  const line = call.job.line && (await (await import('./websocket.ts')).openJobSocket(wire, scope, call.job.line));
  try {
    const reply = await sendCall(wire, scope, call);
    const opened = openJob(run, call, reply);
    if (opened === undefined) return await fetchResults(wire, scope, call.locate(reply), call);
    const { ticket, isDone } = opened;
    return await guarded(run, call, ticket, async () => {
      await announce(run, ticket);
      line?.follow(ticket, context);
      return followToResults({ ...toFollowed(run, call, ticket), line }, isDone ? reply : undefined);
    });
  } finally {
    line?.close();
  }
}

/** The submit alone. **Costs money.** */
export async function submitJob(run: JobRun, call: TransportCall & WithJob): Promise<JobTicket> {
  const reply = await sendCall(run.wire, run.scope, call);
  const opened = openJob(run, call, reply);
  if (opened === undefined) {
    throw transportError('the server answered at once instead of beginning a job', {
      fault: 'unreadable',
      step: 'submit',
      outcome: 'unknown',
      status: reply.status,
      requestId: reply.requestId,
      received: reply.received(),
    });
  }
  const { ticket } = opened;
  return guarded(run, call, ticket, async () => {
    await announce(run, ticket);
    return ticket;
  });
}

export function resumeJob(run: JobRun, following: WithJob, ticket: JobTicket): Promise<readonly BytesWithMetadata[]> {
  return guarded(run, following, ticket, () => followToResults(toFollowed(run, following, ticket)));
}

/** The job that an answer to a submit began, if it did. `isDone`: the same answer holds the results already. */
function openJob(
  { wire }: JobRun,
  { job }: WithJob,
  reply: Reply,
): { readonly ticket: JobTicket; readonly isDone: boolean } | undefined {
  const known = job.open(reply);
  if (known === undefined) return undefined;
  const { isDone = false, ...opened } = known;
  return { isDone, ticket: { ...opened, submittedAt: wire.clock.wallNow() } };
}

/** What comes after a submit: every error carries the ticket, and when the caller gives up, so does the server. */
async function guarded<T>(
  { wire, scope, cancelling }: JobRun,
  following: WithJob,
  ticket: JobTicket,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const known = withTicket(error, { wire, following, ticket });
    const { reason } = scope.signal;
    const isKept = reason instanceof ScopeEnd && reason.keepsJob;
    if (known instanceof TransportError && known.fault === 'aborted' && !isKept) {
      const cancellation = cancelJob(wire, following, following.job, ticket).finally(() =>
        cancelling.delete(cancellation),
      );
      cancelling.add(cancellation);
    }
    throw known;
  }
}

/** A host that is slow to write the ticket down holds nobody up beyond the call's own end. */
async function announce({ scope, context: { onTicket } }: JobRun, ticket: JobTicket): Promise<void> {
  const told = (async () => onTicket?.(ticket))();
  await untilAborted(told, scope.signal);
}

function toFollowed({ wire, scope, context }: JobRun, following: WithJob, ticket: JobTicket): Followed {
  return { wire, scope, following, job: following.job, ticket, onState: context.onState };
}

/**
 * Follows a job to its results and fetches them. A link that died is asked for anew, once.
 * @param done the answer to the submit, when it held the results already
 */
async function followToResults(followed: Followed, done?: Reply): Promise<readonly BytesWithMetadata[]> {
  const { wire, scope, following } = followed;
  const refresh = async () => {
    const asked = await askJob(followed);
    return 'results' in asked ? asked.results : undefined;
  };
  const results = done === undefined ? await awaitJob(followed) : following.locate(done);
  return fetchResults(wire, scope, results, following, refresh);
}
