/** Converts between the three forms of a job: `JobHandle` (callers), `JobTicket` (transport) and `JobRef` (adapters). */
import type { JobTicket } from '../../../transport/index.ts';
import type { JobHandle } from '../../protocol/job.ts';
import type { JobRef } from './job-definition.ts';

/** The ticket's `state` is opaque JSON to the transport; `open` wrote it. */
export function toRef({ id, state }: Pick<JobTicket, 'id' | 'state'>): JobRef {
  return { id, ...(state as Omit<JobRef, 'id'> | undefined) };
}

export function toHandle(
  ticket: JobTicket,
  about: Omit<JobHandle, 'version' | 'id' | 'submittedAt' | 'pollUrl' | 'state'>,
): JobHandle {
  const { pollUrl, state } = toRef(ticket);
  return {
    version: 1,
    provider: about.provider,
    model: about.model,
    id: ticket.id,
    submittedAt: new Date(ticket.submittedAt).toISOString(),
    ...(pollUrl !== undefined && { pollUrl }),
    ...(state !== undefined && { state }),
    request: about.request,
  };
}

export function toTicket({ id, submittedAt, pollUrl, state }: JobHandle): JobTicket {
  return { id, submittedAt: Date.parse(submittedAt), state: { pollUrl, state } };
}
