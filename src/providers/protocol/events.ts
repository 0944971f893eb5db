import type { GeneratedImage, ImageGeneration } from './generation.ts';
import type { JobHandle } from './job.ts';
import type { ImageFormat } from './vocabulary.ts';

/** The events of a call, in the order in which they can happen. */
export type ImageEvent =
  | { readonly type: 'queued'; readonly position?: number }
  | { readonly type: 'submitted'; readonly job?: JobHandle }
  /** `fraction` is from 0 to 1, if the vendor reports it. */
  | { readonly type: 'progress'; readonly fraction?: number; readonly message?: string }
  /** An unfinished image, as a preview. */
  | { readonly type: 'partial'; readonly index: number; readonly imageBytes: Uint8Array; readonly format: ImageFormat }
  | { readonly type: 'image'; readonly index: number; readonly image: GeneratedImage }
  | { readonly type: 'done'; readonly generation: ImageGeneration };
