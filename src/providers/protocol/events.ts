import type { GeneratedImage, ImageGeneration } from './generation.ts';
import type { JobHandle } from './job.ts';
import type { ImageFormat } from './vocabulary.ts';

/** What happens on the way to a picture, in order of appearance. */
export type ImageEvent =
  | { readonly type: 'queued'; readonly position?: number }
  | { readonly type: 'submitted'; readonly job?: JobHandle }
  /** `fraction` from 0 to 1 where the vendor tells one. */
  | { readonly type: 'progress'; readonly fraction?: number; readonly message?: string }
  /** An unfinished picture, to show while waiting. */
  | { readonly type: 'partial'; readonly index: number; readonly imageBytes: Uint8Array; readonly format: ImageFormat }
  | { readonly type: 'image'; readonly index: number; readonly image: GeneratedImage }
  | { readonly type: 'done'; readonly generation: ImageGeneration };
