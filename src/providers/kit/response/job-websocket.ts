/** The WebSocket on which a vendor pushes job updates, as the transport reads it. */
import { parseJsonText } from '../../../transport/body/json.ts';
import type { JobUpdate, WebSocketProtocol } from '../../../transport/index.ts';
import type { JobRef } from '../adapter/job-definition.ts';
import { toRef } from '../adapter/job-handle.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { RequestArgs } from '../adapter/request-args.ts';

/** Passes on at most `partials` partial images, spread evenly over the progress of the job. */
export function createJobWebSocket(
  { toPath, messageSchema, toUpdate, toUpdateFromBytes }: NonNullable<ProviderDefinition['jobWebSocket']>,
  { callId, partials }: Pick<RequestArgs<unknown>, 'callId' | 'partials'>,
): WebSocketProtocol {
  let sentPartials = 0;
  let fraction = 0;
  return {
    path: toPath(callId),
    read(message, ticket): JobUpdate | undefined {
      const job = toRef(ticket);
      const update = typeof message === 'string' ? readUpdate(message, job) : toUpdateFromBytes?.(message, job);
      if (update?.kind === 'running') fraction = update.fraction ?? fraction;
      if (update?.kind !== 'partial') return update;
      if (fraction < (sentPartials + 1) / (partials + 1) || sentPartials === partials) return undefined;
      return { ...update, metadata: { index: sentPartials++ } };
    },
  };

  function readUpdate(text: string, job: JobRef) {
    const parsed = messageSchema.safeParse(parseJsonText(text));
    return parsed.success ? toUpdate(parsed.data, job) : undefined;
  }
}
