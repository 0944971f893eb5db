/** Finds the images in the answer of a tool, for the adapters of frameworks and protocols. */
import type { ToolImage, ToolResult } from '../tool-result.ts';

/** Returns the images of the answer; none for a failure, or for a tool that answers without images. */
export function imagesOf(result: ToolResult): readonly ToolImage[] {
  if (!result.success) return [];
  const { images } = fieldsOf(result.data);
  return Array.isArray(images) ? images.filter(isImage) : [];
}

/** Returns the images that the model should see: those that were generated, or asked for by their id. Not lists of found images. */
export function imagesToShow(result: ToolResult): readonly ToolImage[] {
  const { status } = result.success ? fieldsOf(result.data) : {};
  return status === 'done' || status === 'stored' ? imagesOf(result) : [];
}

/** Returns the answer with other images. */
export function withImages(result: ToolResult, replace: (image: ToolImage) => ToolImage): ToolResult {
  if (!result.success || imagesOf(result).length === 0) return result;
  const data = fieldsOf(result.data);
  const images = (data.images as readonly unknown[]).map((image) => (isImage(image) ? replace(image) : image));
  return { ...result, data: { ...data, images } };
}

const fieldsOf = (data: unknown): Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : {};

const isImage = (value: unknown): value is ToolImage => {
  const { id, uri } = fieldsOf(value);
  return typeof id === 'string' && typeof uri === 'string';
};
