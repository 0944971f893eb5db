/** What the replies to one request said beside its images, and the error when there are none. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ReadError, ReportedUsage } from '../adapter/definition.ts';

/** What the readers saw on the way; filled while the transport works. `newSeen` makes an empty one. */
export interface ReplyState {
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
  /** What the model wrote beside its images, or instead of them; at most `MAX_TEXT` characters. */
  text: string;
  /** The same of a stream, as it comes; `text` is made of it at the end. */
  streamed: string;
  /** The whole answer, where a part of it that may be an image could not be read. */
  partly?: () => Uint8Array;
  /** An answer in which no image was found: what it says, and the answer itself. */
  empty?: { readonly words: string | undefined; readonly received: () => Uint8Array };
}

export const createReplyState = (): ReplyState => ({
  refused: [],
  links: [],
  ignored: new Set(),
  remarks: [],
  text: '',
  streamed: '',
});

const MAX_TEXT = 1_000;

export function noteText(seen: ReplyState, text: string): void {
  seen.text = text.trim().slice(0, MAX_TEXT);
}

/** What one call brought: pairs, or refusals only. @throws AiImageError `content_refused` or `no_image` when there is nothing */
export function requireSome(
  pairs: readonly BytesWithMetadata[],
  seen: ReplyState,
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
  if (seen.text !== '') {
    throw new AiImageError('no_image', `${provider}: the model answered with text instead of an image: ${seen.text}`, {
      ...details,
      hint: 'Ask for an image in the prompt, or choose a model that generates images.',
      quarantine: seen.empty === undefined ? [] : [seen.empty.received()],
    });
  }
  const { words = seen.remarks[0], received } = seen.empty ?? {};
  throw new AiImageError('bad_response', withWords(`${provider}: the reply holds no image`, words), {
    ...details,
    quarantine: received === undefined ? [] : [received()],
  });
}

/** @param words the vendor's own, already redacted */
export const withWords = (message: string, words: string | undefined): string =>
  words === undefined ? message : `${message}. The vendor says: ${words}`;
