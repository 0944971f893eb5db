/** Turns the answer of a tool into a result of the protocol: data, a text with the same data, previews, and links to the images. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { toBase64 } from '../../../index.ts';
import type { ToolImage, ToolResult } from '../../../tool/index.ts';
import { imagesOf, imagesToShow, withImages } from '../../../tool/results/answer-images.ts';
import type { ImagenMcpSettings } from '../settings.ts';
import { fitAnswer, MAX_ANSWER_LENGTH, MAX_PREVIEW_LENGTH } from './fit-answer.ts';

/** Characters of an answer that are kept free for data, text and links. */
const RESERVED_LENGTH = 100_000;

type Block = CallToolResult['content'][number];
type ResultSettings = Pick<ImagenMcpSettings, 'tools' | 'previews' | 'linkOf' | 'hidesPaths' | 'onError'>;

/** @param request the HTTP request; `undefined` over stdio */
export async function toCallResult(
  given: ToolResult,
  settings: ResultSettings,
  request: Request | undefined,
): Promise<CallToolResult> {
  const result = await withLinks(given, settings, request);
  const images = imagesOf(result);
  const wanted = settings.previews === false ? [] : imagesToShow(result);
  const shown = await previewsOf(wanted, settings);
  const missing = wanted.length - shown.length;
  const text = JSON.stringify(missing === 0 ? result : { ...result, note: noteOf(missing) });
  return fitAnswer({
    content: [{ type: 'text', text }, ...shown, ...images.map(toLink)],
    structuredContent: result as unknown as Record<string, unknown>, // plain JSON
    ...(!result.success && { isError: true }),
  });
}

async function withLinks(
  result: ToolResult,
  { linkOf, hidesPaths = false, onError }: ResultSettings,
  request: Request | undefined,
): Promise<ToolResult> {
  if (linkOf === undefined && !hidesPaths) return result;
  const urls = new Map<string, string>();
  for (const image of imagesOf(result)) {
    try {
      const url = await linkOf?.(image, request);
      if (url !== undefined) urls.set(image.id, url);
    } catch (error) {
      onError?.(error); // the image is found by its id too
    }
  }
  return withImages(result, (image) => ({
    ...image,
    url: urls.get(image.id) ?? image.url ?? null,
    ...(hidesPaths && { path: image.uri }),
  }));
}

/** Previews of the first images, as many as fit. */
async function previewsOf(images: readonly ToolImage[], { tools, onError }: ResultSettings): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  let left = MAX_ANSWER_LENGTH - RESERVED_LENGTH;
  for (const { id } of images) {
    try {
      const preview = await tools.preview(id);
      if (preview === undefined) continue;
      const data = toBase64({ imageBytes: new Uint8Array(preview.bytes) });
      if (data.length > MAX_PREVIEW_LENGTH || data.length > left) continue;
      left -= data.length;
      blocks.push({
        ...{ type: 'image', data, mimeType: preview.mediaType },
        annotations: { audience: ['user', 'assistant'], priority: 0.5 },
      });
    } catch (error) {
      onError?.(error); // the image itself is stored, and the answer says where
    }
  }
  return blocks;
}

const noteOf = (missing: number): string =>
  `${missing === 1 ? 'One image has' : `${missing} images have`} no preview in this answer. Open the file, or read the resource.`;

/** For the user: the model has the data already. */
const toLink = ({ id, uri, mime }: ToolImage): Block => ({
  ...{ type: 'resource_link', uri, name: id },
  ...(mime !== undefined && { mimeType: mime }),
  annotations: { audience: ['user'] },
});
