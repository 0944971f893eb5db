/** Cancels a job on the server after the caller aborted. */
import type { JobProtocol, JobState, ReplyHandling } from '../../call.ts';
import type { TransportContext } from '../../context.ts';
import type { JobTicket } from '../../errors.ts';
import { discardBody } from '../../flow/in-flight.ts';
import { openScope } from '../../flow/scope.ts';
import { exchange, readReply } from '../exchange.ts';

const CANCEL_TIMEOUT_MS = 5_000;

/** Cancels the job. Best effort, at most 5 s; never throws. The ticket stays valid either way. */
export async function cancelJob(
  context: TransportContext,
  handling: ReplyHandling,
  job: JobProtocol,
  ticket: JobTicket,
): Promise<void> {
  const scope = openScope(undefined, CANCEL_TIMEOUT_MS, context.clock);
  try {
    const kind = job.cancel && job.looksBeforeCancel ? await readState() : undefined;
    const hasEnded = kind !== undefined && kind !== 'queued' && kind !== 'running';
    const request = hasEnded ? undefined : job.cancel?.(ticket, kind);
    if (request) {
      await exchange(context, scope, {
        step: 'cancel',
        request,
        handling,
        attempt: 1,
        read: async (response) => discardBody(response),
      });
    }
  } catch {
    // The caller already has an `aborted` error with the ticket. A job that cannot be cancelled continues on the server.
  } finally {
    scope.close();
  }

  async function readState(): Promise<JobState['kind']> {
    const read = (response: Response, signal: AbortSignal) => readReply(context, response, handling, { signal });
    const reply = await exchange(context, scope, {
      step: 'cancel',
      request: job.poll(ticket),
      handling,
      attempt: 1,
      read,
    });
    return job.read(reply, ticket).kind;
  }
}
