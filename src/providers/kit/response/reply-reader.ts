/** Reads the replies to one request with the adapter's schemas and functions. What is not an image is noted, and nothing paid for is dropped. */
import type { FailedReply, Reply, ResultLocation, Transport } from '../../../transport/index.ts';
import { AiImageError, isAiImageError, withErrorDetails } from '../../protocol/errors.ts';
import type { ImageItem, ProviderDefinition, ReadError, ReplyContext, ReportedUsage } from '../adapter/definition.ts';
import { parseReply, unreadableReply } from '../schema/parse.ts';
import { readTolerantly } from '../schema/tolerant.ts';
import { isAmount, isPrice } from './pricing.ts';
import { noteText, type ReplyState, withWords } from './reply-state.ts';

export interface ReaderOptions {
  readonly definition: ProviderDefinition;
  readonly settings: unknown;
  readonly model: string;
  /** Texts that no error or warning may repeat; see `privateWords`. */
  readonly words: readonly string[];
  readonly seen: ReplyState;
  /** For what the vendor says in an answer that is not an error to the transport. */
  readonly redact: Transport['redact'];
}

type Job = NonNullable<ProviderDefinition['job']>;

export function createReplyReader({ definition, settings, model, words, seen, redact }: ReaderOptions) {
  const { about } = definition;
  const contextOf = ({ status, headers }: FailedReply): ReplyContext => ({ status, headers, model, settings });
  const noteIgnored = (paths: readonly string[]) => {
    for (const path of paths) seen.ignored.add(path);
  };
  const locateItem = (item: ImageItem, index: number): readonly ResultLocation[] => {
    if ('refused' in item) {
      seen.refused.push(redact(item.refused, words));
      return [];
    }
    if ('missing' in item) {
      seen.failure ??= { code: undefined, message: redact(item.missing, words) };
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
    if (read.hint !== undefined) seen.hint = redact(read.hint, words);
    if (read.charged !== undefined) seen.charged = read.charged;
    return read;
  };
  const noteUsage = (usage: ReportedUsage) => {
    seen.usage = usage;
    noteIgnored(uncountable(usage));
  };
  const readItems = (reply: Reply): readonly ImageItem[] => {
    const response = parseReply(definition.responseSchema, reply.body, about.id, noteIgnored);
    const usage = definition.toUsage?.(response, contextOf(reply));
    if (usage) noteUsage(usage);
    const text = definition.toText?.(response);
    if (text && seen.text === '') noteText(seen, redact(text, words));
    return definition.toImages(response, contextOf(reply));
  };
  const holdsImages = (reply: Reply): boolean => {
    try {
      return readItems(reply).some((item) => !('refused' in item) && !('missing' in item));
    } catch {
      return false; // the caller says what is wrong with it
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
    return isSilence(message) ? undefined : redact(message, words);
  };
  const openJob = (reply: Reply, { submittedSchema, toHandle: readHandle }: Job) => {
    const submitted = parseReply(submittedSchema, reply.body, about.id, noteIgnored);
    const { id, pollUrl, state, isDone = false, remarks = [] } = readHandle(submitted);
    if (id === '') throw unreadableReply({ code: 'custom', path: ['id'], message: 'is empty' }, about.id);
    seen.remarks.push(...remarks.map((remark) => redact(remark, words)));
    // An empty address is none: the adapter then asks by the id of the job.
    return { id, state: withoutBlanks({ pollUrl, state: withoutBlanks(state) }), isDone };
  };
  const toRefusal = ({ code = 'invalid_request', message, charged }: ReadError, { status, requestId }: Reply) => {
    const details = { provider: about.id, model, status, requestId, charged, hint: seen.hint };
    return new AiImageError(code, `${about.id}: ${redact(message, words)}`, details);
  };
  const anotherJob = (id: string, named: string) =>
    new AiImageError(
      'bad_response',
      `${about.id}: asked about job ${redact(id, words)}, the reply is about ${redact(named, words)}`,
      {
        provider: about.id,
        model,
        hint: 'The job stays open; resume asks again.',
      },
    );
  const noteRefusal = ({ code, message }: ReadError) => {
    seen.failure = { code, message: redact(message, words) };
  };
  /** Where the images of a whole answer are. @throws AiImageError it cannot be read, and refuses nothing */
  const locate = (reply: Reply): readonly ResultLocation[] => {
    seen.requestId ??= reply.requestId;
    let located: readonly ResultLocation[] = [];
    try {
      located = finishedOf(readItems(reply)).flatMap(locateItem);
    } catch (error) {
      const refusal = readRefusal(reply);
      if (refusal === undefined) throw unusable(error, reply);
      noteRefusal(refusal);
    }
    if (located.length === 0 && seen.refused.length === 0 && seen.failure === undefined) {
      const refusal = readRefusal(reply);
      if (refusal === undefined) seen.empty = { words: wordsOf(reply), received: reply.received };
      else noteRefusal(refusal);
    }
    if (seen.ignored.size > 0 || seen.failure !== undefined) seen.partly = reply.received;
    seen.links = located.flatMap((each) => ('link' in each ? [each.link] : []));
    return located;
  };
  /** The job that an answer to a submit began. @returns undefined: it holds the images themselves */
  const open = (reply: Reply, job: Job) => {
    seen.requestId ??= reply.requestId;
    try {
      return openJob(reply, job);
    } catch (error) {
      if (holdsImages(reply)) return undefined;
      const refusal = readRefusal(reply);
      throw refusal === undefined ? unusable(error, reply) : toRefusal(refusal, reply);
    }
  };
  /** What an answer says about a job. @throws AiImageError `bad_response`: it is about another one, or cannot be read */
  const readStanding = (reply: Reply, { stateSchema, toJobId }: Job, id: string): unknown => {
    const standing = parseReply(stateSchema, reply.body, about.id, noteIgnored);
    const named = toJobId?.(standing);
    if (named && named !== id) throw anotherJob(id, named);
    return standing;
  };
  return {
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
  };
}

/** The fields of an object that hold more than white space; anything else as it is. */
function withoutBlanks<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isBlank = (each: unknown) => typeof each === 'string' && each.trim() === '';
  return Object.fromEntries(Object.entries(value).filter(([, each]) => !isBlank(each))) as T; // fewer fields, all optional
}

/** Counts and prices that cannot be meant: negative, or too large to be counted. */
function uncountable({ usd, ...counts }: ReportedUsage): readonly string[] {
  const isWrong = (value: unknown, fits: (value: number) => boolean) => typeof value === 'number' && !fits(value);
  const wrong = Object.entries(counts).filter(([, value]) => isWrong(value, isAmount));
  return [...wrong.map(([name]) => `usage.${name}`), ...(isWrong(usd, isPrice) ? ['price'] : [])];
}

/** Drafts count only where nothing finished came. */
function finishedOf(items: readonly ImageItem[]): readonly ImageItem[] {
  const isDraft = (item: ImageItem) => 'isDraft' in item && item.isDraft === true;
  const isFinished = (item: ImageItem) => !('refused' in item) && !('missing' in item) && !isDraft(item);
  return items.some(isFinished) ? items.filter((item) => !isDraft(item)) : items;
}

/** What adapters say where the vendor says nothing. */
const isSilence = (words: string): boolean => words === '' || words === 'no reason given';
