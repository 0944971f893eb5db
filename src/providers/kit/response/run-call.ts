/** One request to a vendor: told to the transport, and read when it comes back. */
import type { JobProtocol, StreamItem, TransportCall } from '../../../transport/index.ts';
import { AiImageError, ERROR_RULES } from '../../protocol/errors.ts';
import type { ProviderDefinition, ReadEvent, RequestArgs } from '../adapter/definition.ts';
import { toRef } from '../adapter/job-handle.ts';
import { toLine } from '../calls/job-websocket.ts';
import { blobFields } from '../schema/blob.ts';
import { readTolerantly } from '../schema/tolerant.ts';
import { createReplyReader, type ReaderOptions } from './reply-reader.ts';
import { noteText } from './reply-state.ts';

export interface ReplyReadOptions extends ReaderOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly usualMs: number | undefined;
  /** For a call that submits: the line it names, and how many unfinished images are wanted from there. */
  readonly news?: Pick<RequestArgs<unknown>, 'callId' | 'partials'> | undefined;
}

type Reading = Pick<
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
  | 'refusals'
> & {
  readonly job?: JobProtocol;
};

/** So many answers in a row may leave it open how a job stands. */
const MOST_UNCLEAR = 3;

const blobsOf = new WeakMap<ProviderDefinition, TransportCall['blobs']>();

/** Schemas are walked once per provider, not once per call. */
function blobsFor(definition: ProviderDefinition): TransportCall['blobs'] {
  const known = blobsOf.get(definition);
  if (known) return known;
  const blobs = blobFields([definition.responseSchema, definition.job?.stateSchema, definition.stream?.eventSchema]);
  blobsOf.set(definition, blobs);
  return blobs;
}

/** The adapter's readers as the transport wants them. */
export function toReading({
  definition,
  settings,
  model,
  words,
  seen,
  labels,
  usualMs,
  redact,
  news,
}: ReplyReadOptions): Reading {
  const { about, job, stream, line } = definition;
  const {
    locate,
    locateItem,
    readFailure,
    holdsImages,
    unusable,
    open,
    readStanding,
    noteIgnored,
    noteAdvice,
    noteUsage,
  } = createReplyReader({ definition, settings, model, words, seen, redact });
  let unclear = 0;
  let hasImages = false;
  /** Only the whole text can be read: an image in it, or a word to be hidden, may be cut in pieces. */
  const readText = (): readonly StreamItem[] => {
    const whole = seen.streamed;
    seen.streamed = '';
    if (whole === '') return [];
    const { text, items } = stream?.toText?.(whole, hasImages) ?? { text: whole, items: [] };
    noteText(seen, redact(text, words));
    return items.flatMap((item) => locateItem(item, 0)).map((result) => ({ kind: 'result', result }));
  };
  const toItems = (event: ReadEvent): readonly StreamItem[] => {
    switch (event?.kind) {
      case undefined:
        return [];
      case 'partial':
        return [{ kind: 'partial', bytes: event.bytes, metadata: { index: event.index } }];
      case 'image': {
        if (event.usage) seen.usage = event.usage;
        const [result] = locateItem(event.item, 0);
        hasImages ||= result !== undefined;
        return [result ? { kind: 'result', result } : { kind: 'nothing' }];
      }
      case 'text':
        seen.streamed += event.text;
        return [];
      case 'usage':
        noteUsage(event.usage);
        return [];
      case 'end':
        return [{ kind: 'nothing' }];
      case 'failed':
        noteAdvice(event);
        return [{ kind: 'failed', message: event.message, tag: event.code }];
      default:
        return event satisfies never;
    }
  };
  return {
    blobs: blobsFor(definition),
    confidential: words,
    labels,
    kind: model,
    usualMs,
    nonFinite: definition.nonFinite,
    refusals: definition.refusals,
    locate,
    explain(reply) {
      const failure = readFailure(reply);
      if (failure === undefined) return undefined;
      const { message, code, retryAfterMs } = failure;
      return { message, tag: code, isFinal: code !== undefined && !ERROR_RULES[code].mayRetry, retryAfterMs };
    },
    ...(stream && {
      readEvent({ data }) {
        // After `[DONE]` nothing comes; text alone is then an answer.
        if (typeof data === 'string') return stream.toText && data.trim() === '[DONE]' ? [{ kind: 'nothing' }] : [];
        const read = readTolerantly(stream.eventSchema, data);
        if (!read.ok) return []; // the result may still come in another one
        noteIgnored(read.ignored);
        const events = stream.toEvent(read.data);
        return (Array.isArray(events) ? (events as readonly ReadEvent[]) : [events as ReadEvent]).flatMap(toItems);
      },
      readRest: readText,
      onUnread(received) {
        seen.empty ??= { words: undefined, received };
      },
    }),
    ...(job && {
      job: {
        open: (reply) => open(reply, job),
        poll(ticket) {
          const usage = seen.usage === undefined ? job.toUsage?.(toRef(ticket)) : undefined;
          if (usage) noteUsage(usage);
          return job.toPoll(toRef(ticket), { model, settings });
        },
        read(reply, ticket) {
          const state = job.toState(readStanding(reply, job, ticket.id), toRef(ticket));
          if (state.kind === 'unclear') {
            if (holdsImages(reply)) return { kind: 'done' };
            if (++unclear > MOST_UNCLEAR) throw unusable(unclearStanding(about.id), reply);
            return { kind: 'running' };
          }
          unclear = 0;
          if (state.kind === 'failed') return { kind: 'failed', message: state.message, tag: state.code };
          const isTelling = state.kind === 'running' && state.message !== undefined;
          return isTelling ? { ...state, message: redact(state.message, words) } : state;
        },
        cancel: (ticket, kind) => job.toCancel?.(toRef(ticket), { model, settings, kind }),
        looksBeforeCancel: job.looksBeforeCancel,
        line: line && news && toLine(line, news),
      } satisfies JobProtocol,
    }),
  };
}

function unclearStanding(provider: string): AiImageError {
  return new AiImageError('bad_response', `${provider}: the replies do not say how the job stands`, {
    provider,
    hint: 'The job stays open; resume asks again.',
  });
}
