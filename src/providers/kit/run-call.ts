/** One request to a vendor: told to the transport, and read when it comes back. */
import type {
  BytesWithMetadata,
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
import { AiImageError, ERROR_RULES } from '../protocol/errors.ts';
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
import { parseReply } from './parse.ts';

/** What the readers saw on the way; filled while the transport works. */
export interface Seen {
  usage?: ReportedUsage | undefined;
  requestId?: string | undefined;
  /** Said by the adapter about a failed answer. */
  hint?: string;
  charged?: 'no';
  readonly refused: string[];
  /** An error that came with a status of success. */
  failure?: Pick<ReadError, 'message' | 'code'>;
  /** Links of an answer: what is paid for and not yet fetched. */
  links: readonly string[];
}

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
  'locate' | 'explain' | 'blobs' | 'confidential' | 'labels' | 'kind' | 'usualMs' | 'readEvent' | 'refusals'
> & {
  readonly job?: JobProtocol;
};

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
  const contextOf = ({ status, headers }: Reply): ReplyContext => ({ status, headers, model, settings });
  const locateItem = (item: ImageItem, index: number): readonly Located[] => {
    if ('refused' in item) {
      seen.refused.push(redact(item.refused, [prompt]));
      return [];
    }
    if ('missing' in item) {
      seen.failure ??= { code: undefined, message: redact(item.missing, [prompt]) };
      return [];
    }
    const { revisedPrompt, seed, model: drawnBy } = item;
    const metadata = { index, revisedPrompt, seed, drawnBy };
    if ('bytes' in item) return [{ bytes: item.bytes, metadata }];
    if ('request' in item) return [{ request: item.request, metadata }];
    return [{ link: item.link, metadata: { ...metadata, link: item.link } }];
  };
  const readFailure = (reply: Reply): ReadError | undefined => {
    const failure = definition.errorSchema.safeParse(reply.body);
    if (!failure.success) return undefined;
    const read = definition.toError(failure.data, contextOf(reply));
    if (read.hint !== undefined) seen.hint = read.hint;
    if (read.charged !== undefined) seen.charged = read.charged;
    return read;
  };
  const locateAll = (reply: Reply): readonly Located[] => {
    const response = parseReply(definition.responseSchema, reply.body, about.id);
    const usage = definition.toUsage?.(response, contextOf(reply));
    if (usage) seen.usage = usage;
    return definition.toImages(response, contextOf(reply)).flatMap(locateItem);
  };
  /** @returns true when the answer holds an error in the place of pictures, whatever its status says */
  const noteFailure = (reply: Reply): boolean => {
    const failure = readFailure(reply);
    if (failure === undefined) return false;
    seen.failure = { code: failure.code, message: redact(failure.message, [prompt]) };
    return true;
  };
  /** @throws AiImageError what the vendor says is wrong, also under a status of success; or that it cannot be read */
  const readSubmitted = (reply: Reply): unknown => {
    const { submittedSchema } = job!;
    const failure = submittedSchema.safeParse(reply.body).success ? undefined : readFailure(reply);
    if (failure === undefined) return parseReply(submittedSchema, reply.body, about.id);
    const { code = 'invalid_request', message, charged } = failure;
    const { status, requestId } = reply;
    throw new AiImageError(code, `${about.id}: ${redact(message, [prompt])}`, {
      provider: about.id,
      model,
      status,
      requestId,
      charged,
      hint: seen.hint,
    });
  };
  return {
    blobs: blobsFor(definition),
    confidential: [prompt],
    labels,
    kind: model,
    usualMs,
    refusals: definition.refusals,
    locate(reply) {
      seen.requestId ??= reply.requestId;
      let located: readonly Located[] = [];
      try {
        located = locateAll(reply);
      } catch (error) {
        if (!noteFailure(reply)) throw error;
      }
      if (located.length === 0 && seen.refused.length === 0 && seen.failure === undefined) noteFailure(reply);
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
        const event = stream.toEvent(parseReply(stream.eventSchema, data, about.id));
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
          const { id, pollUrl, state, isDone = false } = job.toHandle(readSubmitted(reply));
          return { id, state: { pollUrl, state }, isDone };
        },
        poll(ticket) {
          seen.usage ??= job.toUsage?.(toRef(ticket));
          return job.toPoll(toRef(ticket), { model, settings });
        },
        read(reply, ticket) {
          const state = job.toState(parseReply(job.stateSchema, reply.body, about.id), toRef(ticket));
          return state.kind === 'failed' ? { kind: 'failed', message: state.message, tag: state.code } : state;
        },
        cancel: (ticket, kind) => job.toCancel?.(toRef(ticket), { model, settings, kind }),
        looksBeforeCancel: job.looksBeforeCancel,
        line: line && news && toLine(line, news),
      } satisfies JobProtocol,
    }),
  };
}

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
  const { code = 'no_image', message = 'the reply holds no picture' } = seen.failure ?? {};
  throw new AiImageError(code, `${provider}: ${message}`, details);
}
