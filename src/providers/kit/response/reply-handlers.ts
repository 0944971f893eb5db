/** The functions with which the transport reads the replies to one request. */
import type { HookLabels, JobProtocol, TransportCall } from '../../../transport/index.ts';
import { ERROR_RULES } from '../../protocol/errors.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { RequestArgs } from '../adapter/request-args.ts';
import type { Features } from '../features/features.ts';
import { blobFields } from '../schema/blob.ts';
import { createReplyReader, type ReaderOptions } from './reply-reader.ts';

export interface ReplyHandlerOptions extends ReaderOptions {
  readonly labels: HookLabels;
  readonly usualMs: number | undefined;
  /** For a submit: the id of its WebSocket, and how many partial images it should bring. */
  readonly jobWebSocketArgs?: Pick<RequestArgs<unknown>, 'callId' | 'partials'> | undefined;
  /** The code of the features that this request uses. @default none: for requests that are no submit */
  readonly code?: Partial<Pick<Features, 'jobs' | 'jobWebSocket' | 'stream'>> | undefined;
}

type ReplyHandlers = Pick<
  TransportCall,
  | 'locate'
  | 'explain'
  | 'blobs'
  | 'nonFinite'
  | 'confidential'
  | 'labels'
  | 'kind'
  | 'usualMs'
  | 'readEvent'
  | 'readRest'
  | 'onUnread'
  | 'onRedirected'
  | 'refusals'
> & {
  readonly job?: JobProtocol;
};

export function createReplyHandlers(options: ReplyHandlerOptions): ReplyHandlers {
  const { definition, model, confidential, replyState, labels, usualMs, code = {} } = options;
  const { job, stream } = definition;
  const reader = createReplyReader(options);
  return {
    blobs: blobsFor(definition),
    confidential,
    labels,
    kind: model,
    usualMs,
    nonFinite: definition.nonFinite,
    refusals: definition.refusals,
    locate: reader.locate,
    onRedirected() {
      replyState.wasRedirected = true;
    },
    explain(reply) {
      const failure = reader.readFailure(reply);
      if (failure === undefined) return undefined;
      const { message, code, retryAfterMs } = failure;
      return { message, tag: code, isFinal: code !== undefined && !ERROR_RULES[code].mayRetry, retryAfterMs };
    },
    ...(stream && code.stream?.createStreamHandlers(stream, reader, replyState)),
    ...(job && code.jobs && { job: code.jobs.createJobHandlers(job, reader, options) }),
  };
}

const blobsByDefinition = new WeakMap<ProviderDefinition, TransportCall['blobs']>();

/** Finds the base64 fields of the definition's schemas, once per provider. */
function blobsFor(definition: ProviderDefinition): TransportCall['blobs'] {
  const known = blobsByDefinition.get(definition);
  if (known) return known;
  const blobs = blobFields([definition.responseSchema, definition.job?.stateSchema, definition.stream?.eventSchema]);
  blobsByDefinition.set(definition, blobs);
  return blobs;
}
