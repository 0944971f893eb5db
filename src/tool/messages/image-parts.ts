/**
 * Turns images into the parts of messages that vendors and frameworks take. A preview of the tools is small enough for all of them; an
 * original may not be. Sources: openai 7.59 (`ResponseInputImage`), Anthropic API reference ("Vision"), @google/genai 3.1 (`Part`), ai 7 (`FilePart`),
 * Model Context Protocol 2026-07-28 (`ImageContent`, `ResourceLink`), @langchain/core 1.4 (`ContentBlock.Multimodal.Image`).
 */
import { AiImageError, type MediaType } from '../../providers/protocol/index.ts';
import { toBase64 } from '../files/base64.ts';

/** An image for a message: its bytes, or a link that the vendor can fetch. */
export type MessageImage =
  | {
      /** A complete image file. */
      readonly bytes: Uint8Array;
      /** What the bytes are. */
      readonly mediaType: MediaType;
    }
  | {
      /** An `https:` link. */
      readonly url: string;
      /** What the link leads to, if it is known. */
      readonly mediaType?: MediaType;
    };

const ANTHROPIC_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;
const OPENAI_TYPES = ANTHROPIC_TYPES;
/** And HEIC, which this library does not make. */
const GEMINI_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

/** For the Responses API of OpenAI. @throws AiImageError `invalid_request`: OpenAI does not take the format */
export function toOpenAiPart(image: MessageImage): {
  readonly type: 'input_image';
  readonly detail: 'auto';
  readonly image_url: string;
} {
  if ('url' in image) return { type: 'input_image', detail: 'auto', image_url: image.url };
  const mediaType = requireType('OpenAI', OPENAI_TYPES, image.mediaType);
  return { type: 'input_image', detail: 'auto', image_url: `data:${mediaType};base64,${toBase64(image.bytes)}` };
}

/** For the Messages API of Anthropic. @throws AiImageError `invalid_request`: Anthropic does not take the format */
export function toAnthropicPart(image: MessageImage): {
  readonly type: 'image';
  readonly source:
    | { readonly type: 'base64'; readonly media_type: (typeof ANTHROPIC_TYPES)[number]; readonly data: string }
    | { readonly type: 'url'; readonly url: string };
} {
  if ('url' in image) return { type: 'image', source: { type: 'url', url: image.url } };
  const mediaType = requireType('Anthropic', ANTHROPIC_TYPES, image.mediaType);
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: toBase64(image.bytes) } };
}

/**
 * For the Gemini API. It fetches only some links, those of its Files API and of Cloud Storage among them.
 * @throws AiImageError `invalid_request`: Gemini does not take the format, or a link has no media type
 */
export function toGeminiPart(
  image: MessageImage,
):
  | { readonly inlineData: { readonly mimeType: string; readonly data: string } }
  | { readonly fileData: { readonly mimeType: string; readonly fileUri: string } } {
  const mimeType = requireType('Gemini', GEMINI_TYPES, image.mediaType);
  if ('url' in image) return { fileData: { mimeType, fileUri: image.url } };
  return { inlineData: { mimeType, data: toBase64(image.bytes) } };
}

/** For messages of the AI SDK. */
export function toAiSdkPart(image: MessageImage): {
  readonly type: 'file';
  readonly mediaType: string;
  readonly data: string | URL;
} {
  if ('url' in image) return { type: 'file', mediaType: image.mediaType ?? 'image/*', data: new URL(image.url) };
  return { type: 'file', mediaType: image.mediaType, data: toBase64(image.bytes) };
}

/** For results of tools of the Model Context Protocol. */
export function toMcpPart(
  image: MessageImage,
):
  | { readonly type: 'image'; readonly mimeType: string; readonly data: string }
  | { readonly type: 'resource_link'; readonly uri: string; readonly name: string; readonly mimeType?: string } {
  if (!('url' in image)) return { type: 'image', mimeType: image.mediaType, data: toBase64(image.bytes) };
  const { url, mediaType } = image;
  return { type: 'resource_link', uri: url, name: 'image', ...(mediaType !== undefined && { mimeType: mediaType }) };
}

/** For messages of LangChain 1. */
export function toLangChainPart(
  image: MessageImage,
):
  | { readonly type: 'image'; readonly mimeType: string; readonly data: string }
  | { readonly type: 'image'; readonly url: string } {
  if ('url' in image) return { type: 'image', url: image.url };
  return { type: 'image', mimeType: image.mediaType, data: toBase64(image.bytes) };
}

function requireType<Type extends MediaType>(
  vendor: string,
  taken: readonly Type[],
  mediaType: MediaType | undefined,
): Type {
  const found = taken.find((each) => each === mediaType);
  if (found !== undefined) return found;
  const message = `${vendor} takes images as ${taken.join(', ')}, not as ${mediaType ?? 'a link without mediaType'}`;
  const hint = 'Use the preview of the image: `tools.preview(id)`. For a link, pass its mediaType.';
  throw new AiImageError('invalid_request', message, { charged: 'no', hint });
}
