/** One request to a vendor: told to the transport, and read when it comes back. */
import type {
  BytesWithMetadata,
  FailedReply,
  JobProtocol,
  JobTicket,
  LineProtocol,
  Located,
  Reply,
  Told,
  Transport,
  TransportCall,
} from '../../transport/index.ts';
import { parseJsonText } from '../../transport/index.ts';
import { AiImageError, ERROR_RULES, isAiImageError, withErrorDetails } from '../protocol/errors.ts';
import type { JobHandle } from '../protocol/job.ts';
import { blobFields } from './blob.ts';
import type {
  ImageItem,
  JobRef,
  ProviderDefinition,
  ReadError,
  ReplyContext,
  ReportedUsage,
  RequestArgs,
} from './definition.ts';
import { parseReply, unreadableReply } from './parse.ts';
import { readTolerantly } from './tolerant.ts';

/** What the readers saw on the way; filled while the transport works. `newSeen` makes an empty one. */
export interface Seen {
  usage?: ReportedUsage | undefined;
  requestId?: string | undefined;
  /** Said by the adapter about a failed answer. */
  hint?: string;
  charged?: 'no';
  readonly refused: string[];
  /** The vendor's own words for there being no image, under a status of success. */
  failure?: Pick<ReadError, 'message' | 'code'>;
  /** Links of an answer: what is paid for and not yet fetched. */
  links: readonly string[];
  /** Fields of answers that could not be read, by their paths. */
  readonly ignored: Set<string>;
  /** What the vendor says is wrong with a request that it accepted. */
  readonly remarks: string[];
  /** An answer in which no image was found: what it says, and the answer itself. */
  empty?: { readonly words: string | undefined; readonly received: () => Uint8Array };
}

export const newSeen = (): Seen => ({ refused: [], links: [], ignored: new Set(), remarks: [] });

export interface ReadOptions {
  readonly definition: ProviderDefinition;
  readonly settings: unknown;
  readonly model: string;
  readonly prompt: string;
  readonly seen: Seen;
  readonly labels: Readonly<Record<string, string>>;
  readonly usualMs: number | undefined;
  /** For a call that submits: the line it names, and how many unfinished pictures are wanted from there. */
  readonly news?: Pick<RequestArgs<unknown>, 'callId' | 'partials'> | undefined;
  /** For what the vendor says in an answer that is not an error to the transport. */
  readonly redact: Transport['redact'];
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
  | 'refusals'
> & {
  readonly job?: JobProtocol;
};

/** So many answers in a row may leave it open how a job stands. */
const MOST_UNCLEAR = 3;

type Job = NonNullable<ProviderDefinition['job']>;

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
  prompt,
  seen,
  labels,
  usualMs,
  redact,
  news,
}: ReadOptions): Reading {
  const { about, job, stream, line } = definition;
  const contextOf = ({ status, headers }: FailedReply): ReplyContext => ({ status, headers, model, settings });
  let unclear = 0;
  const noteIgnored = (paths: readonly string[]) => {
    for (const path of paths) seen.ignored.add(path);
  };
  const locateItem = (item: ImageItem, index: number): readonly Located[] => {
    if ('refused' in item) {
      seen.refused.push(redact(item.refused, [prompt]));
      return [];
    }
    if ('missing' in item) {
      seen.failure ??= { code: undefined, message: redact(item.missing, [prompt]) };
      return [];
    }
    const { revisedPrompt, seed, model: drawnBy, isDraft } = item;
    const metadata = { index, revisedPrompt, seed, drawnBy, isDraft };
    if ('bytes' in item) return [{ bytes: item.bytes, metadata }];
    if ('request' in item) return [{ request: item.request, metadata }];
    return [{ link: item.link, metadata: { ...metadata, link: item.link } }];
  };
  const readFailure = (reply: FailedReply): ReadError | undefined => {
    const failure = readTolerantly(definition.errorSchema, reply.body);
    return failure.ok ? noteAdvice(definition.toError(failure.data, contextOf(reply))) : undefined;
  };
  /** @returns what a 2xx answer refuses, where the vendor documents that it can */
  const readRefusal = (reply: Reply): ReadError | undefined => {
    const refusal = definition.refusalSchema?.safeParse(reply.body);
    return refusal?.success ? noteAdvice(definition.toError(refusal.data, contextOf(reply))) : undefined;
  };
  const noteAdvice = (read: ReadError): ReadError => {
    if (read.hint !== undefined) seen.hint = read.hint;
    if (read.charged !== undefined) seen.charged = read.charged;
    return read;
  };
  const readItems = (reply: Reply): readonly ImageItem[] => {
    const response = parseReply(definition.responseSchema, reply.body, about.id, noteIgnored);
    const usage = definition.toUsage?.(response, contextOf(reply));
    if (usage) seen.usage = usage;
    return definition.toImages(response, contextOf(reply));
  };
  const holdsImages = (reply: Reply): boolean => {
    try {
      return readItems(reply).some((item) => !('refused' in item) && !('missing' in item));
    } catch {
      return false; // what is wrong with it is said by whoever needs it
    }
  };
  /** An answer that says yes and cannot be used. It may have been paid for, so it is kept. */
  const unusable = (error: unknown, reply: Reply): AiImageError => {
    const known = isAiImageError(error)
      ? error
      : new AiImageError('bad_response', `${about.id}: the reply could not be read`, {
          provider: about.id,
          cause: error,
        });
    const { status, requestId } = reply;
    const more = { model, status, requestId, quarantine: [reply.received()], charged: 'unknown' as const };
    return withErrorDetails(known, more, withWords(known.message, wordsOf(reply)));
  };
  /** What an answer says where its images should be. It refuses nothing, so only the words are taken. */
  const wordsOf = (reply: Reply): string | undefined => {
    const failure = readTolerantly(definition.errorSchema, reply.body);
    const { message } = failure.ok ? definition.toError(failure.data, contextOf(reply)) : { message: '' };
    return isSilence(message) ? undefined : redact(message, [prompt]);
  };
  const openJob = (reply: Reply, { submittedSchema, toHandle: readHandle }: Job) => {
    const submitted = parseReply(submittedSchema, reply.body, about.id, noteIgnored);
    const { id, pollUrl, state, isDone = false, remarks = [] } = readHandle(submitted);
    if (id === '') throw unreadableReply({ code: 'custom', path: ['id'], message: 'is empty' }, about.id);
    seen.remarks.push(...remarks.map((remark) => redact(remark, [prompt])));
    return { id, state: { pollUrl, state }, isDone };
  };
  const toRefusal = ({ code = 'invalid_request', message, charged }: ReadError, { status, requestId }: Reply) => {
    const details = { provider: about.id, model, status, requestId, charged, hint: seen.hint };
    return new AiImageError(code, `${about.id}: ${redact(message, [prompt])}`, details);
  };
  const anotherJob = (id: string, named: string) =>
    new AiImageError(
      'bad_response',
      `${about.id}: asked about job ${redact(id)}, the reply is about ${redact(named)}`,
      {
        provider: about.id,
        model,
        hint: 'The job stays open; resume asks again.',
      },
    );
  return {
    blobs: blobsFor(definition),
    confidential: [prompt],
    labels,
    kind: model,
    usualMs,
    nonFinite: definition.nonFinite,
    refusals: definition.refusals,
    locate(reply) {
      seen.requestId ??= reply.requestId;
      let located: readonly Located[] = [];
      try {
        located = finishedOf(readItems(reply)).flatMap(locateItem);
      } catch (error) {
        const refusal = readRefusal(reply);
        if (refusal === undefined) throw unusable(error, reply);
        seen.failure = { code: refusal.code, message: redact(refusal.message, [prompt]) };
      }
      if (located.length === 0 && seen.refused.length === 0 && seen.failure === undefined) {
        const refusal = readRefusal(reply);
        if (refusal === undefined) seen.empty = { words: wordsOf(reply), received: reply.received };
        else seen.failure = { code: refusal.code, message: redact(refusal.message, [prompt]) };
      }
      seen.links = located.flatMap((each) => ('link' in each ? [each.link] : []));
      return located;
    },
    explain(reply) {
      const failure = readFailure(reply);
      if (failure === undefined) return undefined;
      const { message, code, retryAfterMs } = failure;
      return { message, tag: code, isFinal: code !== undefined && !ERROR_RULES[code].mayRetry, retryAfterMs };
    },
    ...(stream && {
      readEvent({ data }) {
        if (typeof data === 'string') return undefined; // e.g. [DONE]
        const read = readTolerantly(stream.eventSchema, data);
        if (!read.ok) return undefined; // the result may still come in another one
        noteIgnored(read.ignored);
        const event = stream.toEvent(read.data);
        switch (event?.kind) {
          case 'partial':
            return { kind: 'partial', bytes: event.bytes, metadata: { index: event.index } };
          case 'image': {
            if (event.usage) seen.usage = event.usage;
            const [result] = locateItem(event.item, 0);
            return result ? { kind: 'result', result } : { kind: 'nothing' };
          }
          case 'failed':
            if (event.hint !== undefined) seen.hint = event.hint;
            return { kind: 'failed', message: event.message, tag: event.code };
          default:
            return undefined;
        }
      },
    }),
    ...(job && {
      job: {
        open(reply) {
          seen.requestId ??= reply.requestId;
          try {
            return openJob(reply, job);
          } catch (error) {
            if (holdsImages(reply)) return undefined;
            const refusal = readRefusal(reply);
            throw refusal === undefined ? unusable(error, reply) : toRefusal(refusal, reply);
          }
        },
        poll(ticket) {
          seen.usage ??= job.toUsage?.(toRef(ticket));
          return job.toPoll(toRef(ticket), { model, settings });
        },
        read(reply, ticket) {
          const standing = parseReply(job.stateSchema, reply.body, about.id, noteIgnored);
          const named = job.toJobId?.(standing);
          if (named && named !== ticket.id) throw anotherJob(ticket.id, named);
          const state = job.toState(standing, toRef(ticket));
          if (state.kind === 'unclear') {
            if (holdsImages(reply)) return { kind: 'done' };
            if (++unclear > MOST_UNCLEAR) throw unusable(unclearStanding(about.id), reply);
            return { kind: 'running' };
          }
          unclear = 0;
          return state.kind === 'failed' ? { kind: 'failed', message: state.message, tag: state.code } : state;
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

/** Drafts count only where nothing finished came. */
function finishedOf(items: readonly ImageItem[]): readonly ImageItem[] {
  const isDraft = (item: ImageItem) => 'isDraft' in item && item.isDraft === true;
  const isFinished = (item: ImageItem) => !('refused' in item) && !('missing' in item) && !isDraft(item);
  return items.some(isFinished) ? items.filter((item) => !isDraft(item)) : items;
}

/** What adapters say where the vendor says nothing. */
const isSilence = (words: string): boolean => words === '' || words === 'no reason given';

const withWords = (message: string, words: string | undefined): string =>
  words === undefined ? message : `${message}. The vendor says: ${words}`;

/** @returns the line as the transport reads it; of unfinished pictures it lets so many through, spread over the work */
function toLine(
  { toPath, messageSchema, toNews, toNewsOfBytes }: NonNullable<ProviderDefinition['line']>,
  { callId, partials }: NonNullable<ReadOptions['news']>,
): LineProtocol {
  let shown = 0;
  let fraction = 0;
  return {
    path: toPath(callId),
    read(message, ticket): Told | undefined {
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

/** The transport carries the adapter's part of a handle as opaque JSON: ours, since `open` wrote it. */
function toRef({ id, state }: Pick<JobTicket, 'id' | 'state'>): JobRef {
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

/** What one call brought: pairs, or refusals only. @throws AiImageError `content_refused` or `no_image` when there is nothing */
export function requireSome(
  pairs: readonly BytesWithMetadata[],
  seen: Seen,
  provider: string,
  model: string,
): readonly BytesWithMetadata[] {
  if (pairs.length > 0) return pairs;
  const details = { provider, model, requestId: seen.requestId, hint: seen.hint };
  if (seen.refused.length > 0) {
    throw new AiImageError('content_refused', `${provider}: the vendor refused the picture: ${seen.refused[0]}`, {
      ...details,
      hint: 'Change the prompt or the inputs.',
    });
  }
  if (seen.failure !== undefined) {
    const { code = 'no_image', message } = seen.failure;
    throw new AiImageError(code, `${provider}: ${message}`, details);
  }
  const { words = seen.remarks[0], received } = seen.empty ?? {};
  throw new AiImageError('bad_response', withWords(`${provider}: the reply holds no image`, words), {
    ...details,
    quarantine: received === undefined ? [] : [received()],
  });
}
