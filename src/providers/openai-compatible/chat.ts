/**
 * Images through chat completions: one request and one response, with the images beside the text. Source: OpenRouter and Vercel AI Gateway
 * documentation on image generation (2025-11 to 2026-11); the forms in `content` are used by proxies (unverified).
 */
import {
  dataUrl,
  type EditArgs,
  fromBase64,
  type HttpRequest,
  type ImageItem,
  post,
  type ReadEvent,
  type RequestArgs,
} from '../kit/index.ts';

import { mergeBody } from './merge-body.ts';
import { modelField } from './models.ts';
import { isRefusal } from './refusal-words.ts';
import { toUsage } from './usage.ts';

import type { ChatEvent, CompatibleOptions, CompatibleSettings, Message, Part } from './wire.ts';

export function chatRequest(
  args: RequestArgs<CompatibleOptions, CompatibleSettings> | EditArgs<CompatibleOptions, CompatibleSettings>,
): HttpRequest {
  const { model, prompt, options, settings, isStreaming } = args;
  const images = 'inputs' in args ? args.inputs : [];
  const content = [
    { type: 'text', text: prompt },
    ...images.map((file) => ({ type: 'image_url', image_url: { url: dataUrl(file) } })),
  ];
  const body = {
    model: modelField(model, settings),
    messages: [{ role: 'user', content: images.length === 0 ? prompt : content }],
    modalities: ['image', 'text'],
    stream: isStreaming ? true : undefined,
  };
  const accept = isStreaming ? 'text/event-stream' : 'application/json';
  return post('chat/completions', mergeBody(body, options.body, settings.extraBody), { accept });
}

const DATA_URL = /data:image\/[\w.+-]+;base64,([A-Za-z0-9+/_=-]+)/g;
/** An image in Markdown, after its data URL was removed. */
const MARKDOWN_IMAGE = /!\[[^[\]]*\]\((https?:\/\/[^\s()[\]]+)?\)/g;

/** Returns the images of a message: in `images`, in content parts, and in text. */
export function itemsOfMessage(
  { images, content, refusal }: Partial<Message>,
  finishReason?: string | null,
): readonly ImageItem[] {
  const parts = [...(images ?? []), ...(Array.isArray(content) ? content : [])];
  const all = [...parts.flatMap(itemsOfPart), ...(typeof content === 'string' ? itemsOfText(content) : [])];
  // Some proxies send the same image in two places.
  const items = all.filter((item, at) => !all.slice(0, at).some((other) => isSame(item, other)));
  if (items.length > 0) return items;
  if (refusal) return [{ refused: refusal }];
  const text = textOfMessage({ content });
  if (finishReason === 'content_filter') return [{ refused: text ?? 'the content filter of the model' }];
  return text !== undefined && isRefusal(text) ? [{ refused: text }] : [];
}

function isSame(one: ImageItem, other: ImageItem): boolean {
  if ('link' in one && 'link' in other) return one.link === other.link;
  if (!('bytes' in one && 'bytes' in other) || one.bytes.length !== other.bytes.length) return false;
  return one.bytes.every((byte, at) => byte === other.bytes[at]);
}

/** Returns the text of a message without the images in it. */
export function textOfMessage({ content }: Pick<Message, 'content'>): string | undefined {
  const whole = typeof content === 'string' ? content : (content ?? []).flatMap(({ text }) => text ?? []).join('\n');
  const text = whole.replace(DATA_URL, '').replace(MARKDOWN_IMAGE, '').trim();
  return text === '' ? undefined : text;
}

export function itemsOfPart({ image_url, url }: Part): readonly ImageItem[] {
  const source = (image_url instanceof Uint8Array || typeof image_url === 'string' ? image_url : image_url?.url) ?? url;
  if (source === undefined || source === null || source.length === 0) return [];
  return [typeof source === 'string' ? { link: source } : { bytes: source }];
}

function itemsOfText(text: string): readonly ImageItem[] {
  const files = [...text.matchAll(DATA_URL)].flatMap(([, base64 = '']): readonly ImageItem[] => {
    const bytes = fromBase64(base64.replaceAll('-', '+').replaceAll('_', '/'));
    return bytes === undefined ? [] : [{ bytes }];
  });
  const links = [...text.matchAll(MARKDOWN_IMAGE)].flatMap(([, link]) => (link === undefined ? [] : [{ link }]));
  return [...files, ...links];
}

/** Reads the joined text of a stream, which may contain images like the text of a whole response. */
export function readStreamedText(content: string, hasImages: boolean) {
  return {
    text: textOfMessage({ content }) ?? '',
    items: hasImages ? itemsOfText(content) : itemsOfMessage({ content }),
  };
}

/** Reads one event of a streamed response. */
export function toChatEvents({ choices, usage, error }: ChatEvent): readonly ReadEvent[] {
  if (error)
    return [{ kind: 'failed', message: (typeof error === 'string' ? error : error.message) ?? 'no reason given' }];
  const reported = toUsage(usage, {});
  return [...(reported ? [{ kind: 'usage' as const, usage: reported }] : []), ...(choices ?? []).flatMap(eventsOf)];
}

function eventsOf({ delta, finish_reason: reason }: NonNullable<ChatEvent['choices']>[number]): readonly ReadEvent[] {
  const { content, images, refusal } = delta ?? {};
  // Text arrives in pieces, and is read when all pieces are there.
  const isText = typeof content === 'string';
  const pieces = [isText ? content : '', refusal ?? ''].filter((piece) => piece !== '');
  const refused = refusal
    ? 'the model refused'
    : reason === 'content_filter'
      ? 'the content filter of the model'
      : undefined;
  return [
    ...pieces.map((text) => ({ kind: 'text' as const, text })),
    ...itemsOfMessage({ images, content: isText ? undefined : content }).map(toEvent),
    ...(refused === undefined ? [] : [toEvent({ refused })]),
    ...(reason ? [{ kind: 'end' as const }] : []),
  ];
}

function toEvent(item: ImageItem): ReadEvent {
  return 'refused' in item
    ? { kind: 'failed', message: item.refused, code: 'content_refused', hint: 'Change the prompt or the inputs.' }
    : { kind: 'image', item };
}
