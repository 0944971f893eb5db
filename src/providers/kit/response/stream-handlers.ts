/** Reads the events of a streamed reply for the transport. */
import type { StreamItem, TransportCall } from '../../../transport/index.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { ReadEvent } from '../adapter/stream-definition.ts';
import { readTolerantly } from '../schema/read-tolerantly.ts';
import type { ReplyReader } from './reply-reader.ts';
import { type ReplyState, setReplyText } from './reply-state.ts';

type StreamHandlers = Required<Pick<TransportCall, 'readEvent' | 'readRest' | 'onUnread'>>;

export function createStreamHandlers(
  stream: NonNullable<ProviderDefinition['stream']>,
  { hide, locateItem, noteErrorDetails, noteIgnored, noteUsage }: ReplyReader,
  replyState: ReplyState,
): StreamHandlers {
  let hasImages = false;

  function toItems(event: ReadEvent): readonly StreamItem[] {
    switch (event?.kind) {
      case undefined:
        return [];
      case 'partial':
        return [{ kind: 'partial', bytes: event.bytes, metadata: { index: event.index } }];
      case 'image': {
        if (event.usage) replyState.usage = event.usage;
        const [result] = locateItem(event.item, 0);
        hasImages ||= result !== undefined;
        return [result ? { kind: 'result', result } : { kind: 'nothing' }];
      }
      case 'text':
        replyState.streamedText += event.text;
        return [];
      case 'usage':
        noteUsage(event.usage);
        return [];
      case 'end':
        return [{ kind: 'nothing' }];
      case 'failed':
        noteErrorDetails(event);
        return [{ kind: 'failed', message: event.message, tag: event.code }];
      default:
        return event satisfies never;
    }
  }

  return {
    readEvent({ data }) {
      // After `[DONE]` nothing follows. If the model may write text, the text alone is then a complete reply.
      if (typeof data === 'string') return stream.toText && data.trim() === '[DONE]' ? [{ kind: 'nothing' }] : [];
      const read = readTolerantly(stream.eventSchema, data);
      if (!read.ok) return []; // the result may still come in another event
      noteIgnored(read.ignored);
      const events = stream.toEvent(read.data);
      return (Array.isArray(events) ? (events as readonly ReadEvent[]) : [events as ReadEvent]).flatMap(toItems);
    },
    /** Reads the text only when it is complete: an image in it, or a text to redact, may be split over several events. */
    readRest() {
      const whole = replyState.streamedText;
      replyState.streamedText = '';
      if (whole === '') return [];
      const { text, items } = stream.toText?.(whole, hasImages) ?? { text: whole, items: [] };
      setReplyText(replyState, hide(text));
      return items.flatMap((item) => locateItem(item, 0)).map((result) => ({ kind: 'result', result }));
    },
    onUnread(received) {
      replyState.empty ??= { vendorMessage: undefined, received };
    },
  };
}
