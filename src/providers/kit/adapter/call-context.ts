/** What is the same for every call of one provider, and what belongs to one call. */
import type { RunContext, Transport } from '../../../transport/index.ts';
import type { CallContext } from '../../protocol/context.ts';
import type { ImageEvent } from '../../protocol/events.ts';
import { notify } from '../notify.ts';
import type { Asked } from '../response/to-images.ts';
import type { ProviderDefinition } from './definition.ts';
import type { CommonSettings } from './settings.ts';

export interface ProviderParts {
  readonly definition: ProviderDefinition;
  /** The provider's own, as its schema gave them. */
  readonly settings: unknown;
  readonly transport: Transport;
  readonly baseUrl: string;
  readonly limits: NonNullable<CommonSettings['limits']>;
  /** For a call that does not say. Milliseconds. */
  readonly deadlineMs: number;
  /** Someone may look at the labels of a call: without hooks, hashing every prompt would be work for nobody. */
  readonly isObserved: boolean;
}

/** A context whose listener is always there and never throws. */
export interface AdapterContext extends CallContext {
  readonly emit: (event: ImageEvent) => void;
  /** The answer is to come in events, where model and vendor can. */
  readonly isStreaming: boolean;
}

export function toRunning(context: CallContext = {}, isStreaming = false): AdapterContext {
  return { ...context, isStreaming, emit: (event) => notify(context.onEvent, event) };
}

/** How the caller wants to have what came. */
export function wishesOf(
  { onMismatch = 'warn', links }: AdapterContext,
  { linksLiveMs }: ProviderDefinition,
): Pick<Asked, 'onMismatch' | 'links'> {
  return { onMismatch, links: links ? { liveMs: linksLiveMs } : undefined };
}

/** The transport's view of a call. */
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
