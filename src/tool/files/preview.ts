/** Small versions of images, for models to look at. */
import type { MediaType } from '../../providers/protocol/index.ts';

export interface ToolPreview {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** The media type of the bytes. */
  readonly mediaType: MediaType;
  /** Whole pixels. */
  readonly width: number;
  /** Whole pixels. */
  readonly height: number;
}
