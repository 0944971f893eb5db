/** Errors of jobs: they name the job and carry its ticket. */
import type { JobState, ReplyHandling } from '../../call.ts';
import type { TransportContext } from '../../context.ts';
import { type JobTicket, TransportError, transportError, withDetails } from '../../errors.ts';
import { ScopeEnd, scopeEndError } from '../../flow/scope.ts';

/** Creates the error for a job that the server reports as failed. */
export function jobFailed(
  state: Extract<JobState, { kind: 'failed' }>,
  context: TransportContext,
  handling: ReplyHandling,
  ticket: JobTicket | undefined,
): TransportError {
  const name = ticket === undefined ? 'the job' : jobName(context, ticket, handling.confidential);
  return transportError(`${name} failed: ${context.redact(state.message, handling.confidential)}`, {
    fault: 'job_failed',
    step: ticket === undefined ? 'submit' : 'poll',
    isFinal: true,
    tag: state.tag,
    ticket,
  });
}

interface TicketSource {
  readonly context: TransportContext;
  readonly handling: ReplyHandling;
  readonly ticket: JobTicket;
}

/** Adds the ticket to any error after the submit, so that the caller can resume the job. A 404 or 410 from a poll becomes `job_failed`. */
export function withTicket(error: unknown, { context, handling, ticket }: TicketSource, lastState = ''): unknown {
  const name = jobName(context, ticket, handling.confidential);
  const known =
    error instanceof ScopeEnd ? scopeEndError(error, 'poll', 'failed', `waiting for ${name}${lastState}`) : error;
  if (!(known instanceof TransportError)) return known;
  const isGone = known.step === 'poll' && (known.status === 404 || known.status === 410);
  return isGone
    ? withDetails(
        known,
        { ticket, fault: 'job_failed', tag: known.tag ?? 'expired' },
        `${name} has expired or is unknown: ${known.message}`,
      )
    : withDetails(known, { ticket });
}

/** The server chose the id, so it is redacted like any other text from the server. */
export function jobName(context: TransportContext, { id }: JobTicket, confidential?: readonly string[]): string {
  return `job ${context.redact(id, confidential)}`;
}
