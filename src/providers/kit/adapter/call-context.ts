/** What all calls of one provider share, and the context of one call. */
import type { RunContext, Transport } from '../../../transport/index.ts';
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import type { ImageRequest } from '../../protocol/request.ts';
import type { PlannedCalls } from '../../protocol/shared/planned-calls.ts';
import { randomId } from '../../protocol/shared/random-id.ts';
import { notify } from '../notify.ts';
import type { ResolvedCall } from '../request/resolved-call.ts';
import type { ExpectedImage } from '../response/to-images.ts';
import type { ProviderDefinition } from './provider-definition.ts';
import type { CommonSettings } from './settings.ts';

export interface ProviderParts {
  readonly definition: ProviderDefinition;
  /** The provider's own settings, parsed by its schema. */
  readonly settings: unknown;
  readonly transport: Transport;
  readonly baseUrl: string;
  /** Whether `baseUrl` is the adapter's own, and not a setting. */
  readonly isVendorUrl: boolean;
  /** A hint for errors, if `baseUrl` names a server that is not the vendor's. */
  readonly serverHint: string | undefined;
  readonly limits: NonNullable<CommonSettings['limits']>;
  /** Default time limit of a call in milliseconds. */
  readonly deadlineMs: number;
  /** Whether hooks may read the labels of a call. If not, prompts need not be hashed. */
  readonly isObserved: boolean;
  /** What `plan` resolved, for calls that execute a plan. */
  readonly plannedCalls: PlannedCalls<ResolvedCall>;
}

/** A call context with an `emit` function that never throws. */
export interface AdapterContext extends Omit<CallContext, 'callId'> {
  /** For hooks. A random id is made when it is first needed, because without hooks it never is. */
  readonly callId: () => string;
  readonly emit: (event: ImageEvent) => void;
  /** Whether the reply should arrive as events, if model and vendor support it. */
  readonly isStreaming: boolean;
  /** Of the request, for hooks. */
  readonly metadata?: ImageRequest['metadata'];
}

/** @param request the caller's, not yet checked; undefined for a job, whose handle has no metadata */
export function toAdapterContext(
  context: CallContext,
  request?: Pick<ImageRequest, 'metadata'>,
  isStreaming = false,
): AdapterContext {
  const { onEvent } = context;
  let { callId: known } = context;
  const callId = () => {
    known ??= randomId();
    return known;
  };
  return { ...context, callId, metadata: request?.metadata, isStreaming, emit: (event) => notify(onEvent, event) };
}

/** The options that decide how results are returned. */
export function deliveryOptionsOf(
  { onMismatch = 'warn', links }: AdapterContext,
  { linkLifetimeMs }: ProviderDefinition,
): Pick<ExpectedImage, 'onMismatch' | 'links'> {
  return { onMismatch, links: links ? { lifetimeMs: linkLifetimeMs } : undefined };
}

/** The call context for the transport. */
export function toRunContext(
  { signal, deadlineMs, emit }: AdapterContext,
  onTicket?: RunContext['onTicket'],
): RunContext {
  return {
    signal,
    deadlineMs,
    onTicket,
    onState(state) {
      if (state.kind === 'queued')
        emit({ type: 'queued', ...(state.position !== undefined && { position: state.position }) });
      else {
        const { fraction, message } = state;
        emit({
          type: 'progress',
          ...(fraction !== undefined && { fraction }),
          ...(message !== undefined && { message }),
        });
      }
    },
  };
}
