/** News that a vendor tells by itself, as the transport reads them. */
import { type JobUpdate, parseJsonText, type WebSocketProtocol } from '../../../transport/index.ts';
import type { JobRef, ProviderDefinition, RequestArgs } from '../adapter/definition.ts';
import { toRef } from '../adapter/job-handle.ts';

/** @returns the line as the transport reads it; of unfinished pictures it lets so many through, spread over the work */
export function toLine(
  { toPath, messageSchema, toNews, toNewsOfBytes }: NonNullable<ProviderDefinition['line']>,
  { callId, partials }: Pick<RequestArgs<unknown>, 'callId' | 'partials'>,
): WebSocketProtocol {
  let shown = 0;
  let fraction = 0;
  return {
    path: toPath(callId),
    read(message, ticket): JobUpdate | undefined {
      const job = toRef(ticket);
      const read = typeof message === 'string' ? readNews(message, job) : toNewsOfBytes?.(message, job);
      if (read?.kind === 'running') fraction = read.fraction ?? fraction;
      if (read?.kind !== 'partial') return read;
      if (fraction < (shown + 1) / (partials + 1) || shown === partials) return undefined;
      return { ...read, metadata: { index: shown++ } };
    },
  };

  function readNews(text: string, job: JobRef) {
    const parsed = messageSchema.safeParse(parseJsonText(text));
    return parsed.success ? toNews(parsed.data, job) : undefined;
  }
}
