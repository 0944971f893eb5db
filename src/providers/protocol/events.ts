import type { GeneratedImage, ImageGeneration } from './generation.ts';
import type { JobHandle } from './job.ts';
import type { ImageFormat } from './vocabulary.ts';

/** The events of a call, in the order in which they can happen. */
export type ImageEvent =
  | {
      readonly type: 'queued';
      /** Position in the vendor's queue, if it reports one. */
      readonly position?: number;
    }
  | {
      readonly type: 'submitted';
      /** The job's handle, from vendors with jobs. */
      readonly job?: JobHandle;
    }
  /** `fraction` is from 0 to 1, if the vendor reports it. */
  | {
      readonly type: 'progress';
      /** From 0 to 1, if the vendor reports it. */
      readonly fraction?: number;
      /** The vendor's own word for what it does. */
      readonly message?: string;
    }
  /** An unfinished image, as a preview. */
  | {
      readonly type: 'partial';
      /** Position of the image among the requested ones, from 0. */
      readonly index: number;
      /** An unfinished image as a complete file. */
      readonly imageBytes: Uint8Array<ArrayBuffer>;
      /** The format of the bytes. */
      readonly format: ImageFormat;
    }
  | {
      readonly type: 'image';
      /** Position of the image among the requested ones, from 0. */
      readonly index: number;
      /** The finished image. */
      readonly image: GeneratedImage;
    }
  | {
      readonly type: 'done';
      /** The result, as `generate` returns it. */
      readonly generation: ImageGeneration;
    };
