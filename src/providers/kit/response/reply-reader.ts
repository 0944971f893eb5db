/** Reads the replies to one request with the adapter's schemas and functions, and collects everything that is not an image. */
import type { FailedReply, Reply, ResultLocation, Transport } from '../../../transport/index.ts';
import { AiImageError, isAiImageError, withErrorDetails } from '../../protocol/errors.ts';
import { isUsdAmount } from '../../protocol/shared/usd-amount.ts';
import type { ProviderDefinition } from '../adapter/provider-definition.ts';
import type { ImageItem, ReadError, ReplyContext, ReportedUsage } from '../adapter/reply-types.ts';
import { parseReply, unreadableReply } from '../schema/parse.ts';
import { readTolerantly } from '../schema/read-tolerantly.ts';
import { isCount } from './pricing.ts';
import { type ReplyState, setReplyText, withVendorMessage } from './reply-state.ts';

export interface ReaderOptions {
  readonly definition: ProviderDefinition;
  readonly settings: unknown;
  readonly model: string;
  /** Texts that must not appear in errors and warnings; see `confidentialTexts`. */
  readonly confidential: readonly string[];
  readonly replyState: ReplyState;
  /** Redacts what the vendor says in replies that are not errors to the transport. */
  readonly redact: Transport['redact'];
}

export type AnyJobDefinition = NonNullable<ProviderDefinition['job']>;
export type ReplyReader = ReturnType<typeof createReplyReader>;

export function createReplyReader({ definition, settings, model, confidential, replyState, redact }: ReaderOptions) {
  const { about } = definition;
  const hide = (text: string) => redact(text, confidential);
  const contextOf = ({ status, headers }: FailedReply): ReplyContext => ({ status, headers, model, settings });
  const noteIgnored = (paths: readonly string[]) => {
    for (const path of paths) replyState.ignored.add(path);
  };
  const noteErrorDetails = (read: ReadError): ReadError => {
    if (read.hint !== undefined) replyState.hint = hide(read.hint);
    // After a redirect, the first server may have done the work that the second one refused.
    if (read.charged !== undefined && !replyState.wasRedirected) replyState.charged = read.charged;
    return read;
  };
  const noteUsage = (usage: ReportedUsage) => {
    replyState.usage = usage;
    noteIgnored(invalidAmounts(usage));
  };
  const noteRefusal = ({ code, message }: ReadError) => {
    replyState.failure = { code, message: hide(message) };
  };
  const readFailure = (reply: FailedReply): ReadError | undefined => {
    const failure = readTolerantly(definition.errorSchema, reply.body);
    return failure.ok ? noteErrorDetails(definition.toError(failure.data, contextOf(reply))) : undefined;
  };
  /** Reads the refusal in a 2xx reply, for vendors that document such replies. */
  const readRefusal = (reply: Reply): ReadError | undefined => {
    const refusal = definition.refusalSchema?.safeParse(reply.body);
    return refusal?.success ? noteErrorDetails(definition.toError(refusal.data, contextOf(reply))) : undefined;
  };
  /** Reads the vendor's message in a reply without images. It is not treated as a refusal: only the text is used. */
  const readVendorMessage = (reply: Reply): string | undefined => {
    const failure = readTolerantly(definition.errorSchema, reply.body);
    const { message } = failure.ok ? definition.toError(failure.data, contextOf(reply)) : { message: '' };
    return isPlaceholder(message) ? undefined : hide(message);
  };

  /** Returns where the bytes of an image are, or notes why there is none. */
  const locateItem = (item: ImageItem, index: number): readonly ResultLocation[] => {
    if ('refused' in item) {
      replyState.refused.push(hide(item.refused));
      return [];
    }
    if ('missing' in item) {
      replyState.failure ??= { code: undefined, message: hide(item.missing) };
      return [];
    }
    const { revisedPrompt, seed, model: usedModel, isDraft } = item;
    const metadata = { index, revisedPrompt, seed, usedModel, isDraft };
    if ('bytes' in item) return [{ bytes: item.bytes, metadata }];
    if ('request' in item) return [{ request: item.request, metadata }];
    return [{ link: item.link, metadata: { ...metadata, link: item.link } }];
  };
  const readItems = (reply: Reply): readonly ImageItem[] => {
    const response = parseReply(definition.responseSchema, reply.body, about.id, noteIgnored);
    const usage = definition.toUsage?.(response, contextOf(reply));
    if (usage) noteUsage(usage);
    const text = definition.toText?.(response);
    if (text && replyState.text === '') setReplyText(replyState, hide(text));
    const remarks = definition.toRemarks?.(response) ?? [];
    replyState.remarks.push(...remarks.map(hide).filter((remark) => !replyState.remarks.includes(remark)));
    return definition.toImages(response, contextOf(reply));
  };
  const holdsImages = (reply: Reply): boolean => {
    try {
      return readItems(reply).some((item) => !('refused' in item) && !('missing' in item));
    } catch {
      return false; // the caller reports what is wrong with the reply
    }
  };
  /** The error for a 2xx reply that cannot be used. It may have been paid for, so the reply goes into `quarantine`. */
  const unusableReplyError = (error: unknown, reply: Reply): AiImageError => {
    const known = isAiImageError(error)
      ? error
      : new AiImageError('bad_response', `${about.id}: the reply could not be read`, {
          provider: about.id,
          cause: error,
        });
    const { status, requestId } = reply;
    const details = { model, status, requestId, quarantine: [reply.received()], charged: 'unknown' as const };
    return withErrorDetails(known, details, withVendorMessage(known.message, readVendorMessage(reply)));
  };
  /** Returns where the images of a reply are. @throws AiImageError the reply cannot be read and is not a refusal */
  const locate = (reply: Reply): readonly ResultLocation[] => {
    replyState.requestId ??= reply.requestId;
    let located: readonly ResultLocation[] = [];
    try {
      located = withoutNeedlessDrafts(readItems(reply)).flatMap(locateItem);
    } catch (error) {
      const refusal = readRefusal(reply);
      if (refusal === undefined) throw unusableReplyError(error, reply);
      noteRefusal(refusal);
    }
    if (located.length === 0 && replyState.refused.length === 0 && replyState.failure === undefined) {
      const refusal = readRefusal(reply);
      if (refusal !== undefined) noteRefusal(refusal);
      else replyState.empty = { vendorMessage: readVendorMessage(reply), received: reply.received };
    }
    if (replyState.ignored.size > 0 || replyState.failure !== undefined) replyState.partialReply = reply.received;
    replyState.links = located.flatMap((each) => ('link' in each ? [each.link] : []));
    return located;
  };

  const readSubmitReply = (reply: Reply, { submittedSchema, toHandle: readHandle }: AnyJobDefinition) => {
    const submitted = parseReply(submittedSchema, reply.body, about.id, noteIgnored);
    const { id, pollUrl, state, isDone = false, remarks = [] } = readHandle(submitted);
    if (id === '') throw unreadableReply({ code: 'custom', path: ['id'], message: 'is empty' }, about.id);
    replyState.remarks.push(...remarks.map(hide));
    // An empty URL counts as none: the adapter then polls by the job's id.
    return { id, state: withoutBlanks({ pollUrl, state: withoutBlanks(state) }), isDone };
  };
  const toRefusal = ({ code = 'invalid_request', message, charged }: ReadError, { status, requestId }: Reply) => {
    const known = { provider: about.id, model, status, requestId, hint: replyState.hint };
    const details = { ...known, charged: replyState.wasRedirected ? ('unknown' as const) : charged };
    return new AiImageError(code, `${about.id}: ${hide(message)}`, details);
  };
  /** Returns the job that a submit started; undefined if the reply already holds the images. */
  const open = (reply: Reply, job: AnyJobDefinition) => {
    replyState.requestId ??= reply.requestId;
    try {
      return readSubmitReply(reply, job);
    } catch (error) {
      if (holdsImages(reply)) return undefined;
      const refusal = readRefusal(reply);
      throw refusal === undefined ? unusableReplyError(error, reply) : toRefusal(refusal, reply);
    }
  };
  /** Parses the reply to a poll. @throws AiImageError `bad_response`: it is about another job, or cannot be read */
  const readJobReply = (reply: Reply, { stateSchema, toJobId }: AnyJobDefinition, id: string): unknown => {
    const jobReply = parseReply(stateSchema, reply.body, about.id, noteIgnored);
    const repliedId = toJobId?.(jobReply);
    if (!repliedId || repliedId === id) return jobReply;
    const message = `${about.id}: asked about job ${hide(id)}, but the reply is about job ${hide(repliedId)}`;
    const hint = 'The job is still open; call resume again.';
    throw new AiImageError('bad_response', message, { provider: about.id, model, hint });
  };
  return {
    hide,
    locate,
    locateItem,
    readFailure,
    holdsImages,
    unusableReplyError,
    open,
    readJobReply,
    noteIgnored,
    noteErrorDetails,
    noteUsage,
  };
}

/** Removes blank strings from an object; returns any other value unchanged. */
function withoutBlanks<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isBlank = (each: unknown) => typeof each === 'string' && each.trim() === '';
  return Object.fromEntries(Object.entries(value).filter(([, each]) => !isBlank(each))) as T; // fewer fields, all optional
}

/** Names the counts and prices that cannot be right: negative, or too large to be counted. */
function invalidAmounts({ usd, ...counts }: ReportedUsage): readonly string[] {
  const isWrong = (value: unknown, fits: (value: number) => boolean) => typeof value === 'number' && !fits(value);
  const wrong = Object.entries(counts).filter(([, value]) => isWrong(value, isCount));
  return [...wrong.map(([name]) => `usage.${name}`), ...(isWrong(usd, isUsdAmount) ? ['price'] : [])];
}

/** Removes drafts if there is a finished image. */
function withoutNeedlessDrafts(items: readonly ImageItem[]): readonly ImageItem[] {
  const isDraft = (item: ImageItem) => 'isDraft' in item && item.isDraft === true;
  const isFinished = (item: ImageItem) => !('refused' in item) && !('missing' in item) && !isDraft(item);
  return items.some(isFinished) ? items.filter((item) => !isDraft(item)) : items;
}

/** Adapters use these texts if the vendor gives no reason. */
const isPlaceholder = (text: string): boolean => text === '' || text === 'no reason given';
