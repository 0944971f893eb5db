/** Images in the messages of a conversation, in the form that agent hosts store. */
import type { MediaType } from '../../providers/protocol/index.ts';
import type { ToolImage } from '../tool-result.ts';

/** An image in a message. It has no bytes: `store.open(image_id)` reads them. */
export interface ImageMessagePart {
  readonly type: 'image';
  /** The id of the stored image. */
  readonly image_id: string;
  /** The path of its file, or its address when the store is not a directory. */
  readonly path: string;
  /** A link that opens the image, where the host has one. */
  readonly url?: string;
  /** The media type, e.g. `image/png`. */
  readonly mime: MediaType;
  /** The prompt of the call. */
  readonly prompt: string;
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
}

/** What an agent says. */
export interface TextMessagePart {
  readonly type: 'text';
  /** What is said. */
  readonly text: string;
}

/** A message with images. */
export interface AssistantImageMessage {
  /** Always `assistant`. */
  readonly role: 'assistant';
  /** The text first, then the images. */
  readonly content: readonly (TextMessagePart | ImageMessagePart)[];
}

/** How an image was made. */
export type ImageOrigin = Pick<ImageMessagePart, 'prompt' | 'provider' | 'model'>;

/**
 * Turns an image of a tool's answer into a part of a message.
 * @example toMessagePart(data.images[0], { prompt: 'a red fox', provider: data.provider, model: data.model })
 */
export function toMessagePart(
  { id, path, url, mime }: Pick<ToolImage, 'id' | 'path' | 'url' | 'mime'>,
  { prompt, provider, model }: ImageOrigin,
): ImageMessagePart {
  return { type: 'image', image_id: id, path, ...(url !== null && { url }), mime, prompt, provider, model };
}

/** Makes a message of a text and the images of a tool's answer. */
export function toAssistantMessage(
  text: string,
  images: readonly Pick<ToolImage, 'id' | 'path' | 'url' | 'mime'>[],
  origin: ImageOrigin,
): AssistantImageMessage {
  const parts = images.map((image) => toMessagePart(image, origin));
  return { role: 'assistant', content: [{ type: 'text', text }, ...parts] };
}
