/** What the replies to one request say in addition to their images, and the error if there are no images. */
import type { BytesWithMetadata } from '../../../transport/index.ts';
import { AiImageError } from '../../protocol/errors.ts';
import type { ReadError, ReportedUsage } from '../adapter/reply-types.ts';

/** Collected while the transport works. */
export interface ReplyState {
  usage?: ReportedUsage | undefined;
  requestId?: string | undefined;
  /** The adapter's hint for an error reply. */
  hint?: string;
  charged?: 'no';
  readonly refused: string[];
  /** The vendor's reason why there is no image, from a reply with a 2xx status. */
  failure?: Pick<ReadError, 'message' | 'code'>;
  /** Image links of the reply: paid for, but not fetched yet. */
  links: readonly string[];
  /** Paths of reply fields that could not be read. */
  readonly ignored: Set<string>;
  /** Problems that the vendor reports with a request it accepted. */
  readonly remarks: string[];
  /** The host's `fetch` followed a redirect of the request. */
  wasRedirected?: boolean;
  /** Text that the model returned with or instead of images; at most `MAX_TEXT` characters. */
  text: string;
  /** Text of a stream so far; `text` is set from it at the end. */
  streamedText: string;
  /** Returns the raw reply, if a part of it could not be read: an image may be in it. */
  partialReply?: () => Uint8Array;
  /** A reply without an image: the vendor's message, and the raw reply. */
  empty?: { readonly vendorMessage: string | undefined; readonly received: () => Uint8Array };
}

export const createReplyState = (): ReplyState => ({
  refused: [],
  links: [],
  ignored: new Set(),
  remarks: [],
  text: '',
  streamedText: '',
});

const MAX_TEXT = 1_000;

export function setReplyText(replyState: ReplyState, text: string): void {
  replyState.text = text.trim().slice(0, MAX_TEXT);
}

/** Returns the images of one request. @throws AiImageError `content_refused`, `no_image` or `bad_response` if there are none */
export function requireImages(
  pairs: readonly BytesWithMetadata[],
  replyState: ReplyState,
  provider: string,
  model: string,
): readonly BytesWithMetadata[] {
  if (pairs.length > 0) return pairs;
  const details = { provider, model, requestId: replyState.requestId, hint: replyState.hint };
  if (replyState.refused.length > 0) {
    throw new AiImageError('content_refused', `${provider}: the vendor refused the image: ${replyState.refused[0]}`, {
      ...details,
      hint: 'Change the prompt or the inputs.',
    });
  }
  if (replyState.failure !== undefined) {
    const { code = 'no_image', message } = replyState.failure;
    throw new AiImageError(code, `${provider}: ${message}`, details);
  }
  if (replyState.text !== '') {
    const message = `${provider}: the model answered with text instead of an image: ${replyState.text}`;
    throw new AiImageError('no_image', message, {
      ...details,
      hint: 'Ask for an image in the prompt, or choose a model that generates images.',
      quarantine: replyState.empty === undefined ? [] : [replyState.empty.received()],
    });
  }
  const { vendorMessage = replyState.remarks[0], received } = replyState.empty ?? {};
  throw new AiImageError('bad_response', withVendorMessage(`${provider}: the reply holds no image`, vendorMessage), {
    ...details,
    quarantine: received === undefined ? [] : [received()],
  });
}

/** @param vendorMessage already redacted */
export const withVendorMessage = (message: string, vendorMessage: string | undefined): string =>
  vendorMessage === undefined ? message : `${message}. The vendor says: ${vendorMessage}`;
