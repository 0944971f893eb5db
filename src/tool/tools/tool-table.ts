/** The tools, in the order of `TOOL_NAMES`. */
import { editImage } from './edit-image.ts';
import { estimateImage } from './estimate-image.ts';
import { generateImage } from './generate-image.ts';
import { getImage } from './get-image.ts';
import { listModels } from './list-models.ts';
import { searchImages } from './search-images.ts';
import { selectImage } from './select-image.ts';
import type { ToolDefinition } from './tool-definition.ts';

export const TOOL_TABLE: readonly ToolDefinition[] = [
  generateImage,
  editImage,
  getImage,
  searchImages,
  estimateImage,
  selectImage,
  listModels,
];
