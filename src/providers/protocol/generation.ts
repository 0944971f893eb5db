import type { ImageFailure } from './errors.ts';
import type { JobHandle } from './job.ts';
import type { AiImageResult } from './result.ts';
import type { MediaType } from './vocabulary.ts';

/** A link at which the vendor keeps an image for a limited time. */
export interface ImageLink {
  /** Where the vendor keeps the image. Anyone who has the link can fetch it. */
  readonly url: string;
  /** ISO 8601, if the link or the vendor states it. */
  readonly expiresAt?: string;
}

/** One finished image and everything known about it. */
export interface GeneratedImage extends AiImageResult {
  /** Unique; 128 random bits. */
  readonly id: string;
  /** Whole pixels, read from the bytes. */
  readonly width: number;
  /** Whole pixels, read from the bytes. */
  readonly height: number;
  /** The media type of `format`, e.g. `image/png`. */
  readonly mediaType: MediaType;
  /** Number of bytes in `imageBytes` after the end of the image, e.g. an appended archive. Absent if there are none. */
  readonly trailingBytes?: number;
  /** The seed that was used, if the vendor accepts or reports one. */
  readonly seed?: number;
  /** The prompt as rewritten by the vendor, if it reports that. */
  readonly revisedPrompt?: string;
  /** Present if `links` was set and the vendor returned a link. */
  readonly link?: ImageLink;
}

/** Something that differs from the request. */
export interface Warning {
  /** What it is about, from a closed list. */
  readonly code:
    | 'adapted' // a field was omitted or changed to the nearest supported value
    | 'unknown_model' // the model has no card: sent unchecked
    | 'deprecated_model' // the vendor has announced its shutdown
    | 'size_mismatch'
    | 'format_mismatch'
    | 'model_mismatch' // the vendor reports another model
    | 'fewer_images'
    | 'surplus_images' // the vendor returned more than requested; all are returned
    | 'reply_field_ignored' // an optional field of the reply could not be read
    | 'draft_image' // the vendor marked the only image as a draft or a thought
    | 'trailing_data' // the file has data after the end of the image; it is kept unchanged
    | 'vendor_warning'; // the vendor accepted the request and reported problems with it
  /** The field of the request that it is about. */
  readonly field?: string;
  /** What differs and why, as a sentence. */
  readonly message: string;
}

/** The settings that were sent to the vendor, in the protocol's terms. */
export interface AppliedSettings {
  /** The vendor's model id. */
  readonly model: string;
  /** The number of images. */
  readonly n: number;
  /** Pixels as `'WIDTHxHEIGHT'`. */
  readonly size?: string;
  /** Width to height, e.g. `'16:9'`. */
  readonly aspectRatio?: string;
  /** The vendor's word for the quality. */
  readonly quality?: string;
  /** The seed that was sent. */
  readonly seed?: number;
  /** The file format. */
  readonly format?: string;
  /** Whether the background is transparent, in the vendor's word. */
  readonly background?: string;
  /** The vendor's style. */
  readonly style?: string;
  /** What is left out of the image. */
  readonly negativePrompt?: string;
  /** The vendor's word for the safety level. */
  readonly safety?: string;
  /** What is done to the input images. */
  readonly operation?: string;
}

/** Token counts, summed over all requests of the call. */
export interface Usage {
  /** Tokens of prompts and input images. */
  readonly inputTokens?: number;
  /** Tokens of images and text. */
  readonly outputTokens?: number;
  /** Both together. */
  readonly totalTokens?: number;
}

export interface Cost {
  /** US dollars for the whole call; absent if the basis is `unknown`. */
  readonly usd?: number;
  /**
   * `reported`: the vendor's reply states the amount. `estimated`: computed from the model card's prices, per image or from the token
   * counts of the reply. `unknown`: neither the vendor nor the card has a price, e.g. for a model without a card.
   */
  readonly basis: 'reported' | 'estimated' | 'unknown';
  /** The date of the prices used, `YYYY-MM-DD`. */
  readonly asOf?: string;
}

export interface Timing {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds from the call to its result. */
  readonly durationMs: number;
}

/** The result of one `generate` or `edit` call. */
export interface ImageGeneration {
  /** At least one. */
  readonly images: readonly [GeneratedImage, ...GeneratedImage[]];
  /** Images that failed while others were finished. Usually empty. */
  readonly failures: readonly ImageFailure[];
  /** The provider's id or name. */
  readonly provider: string;
  /** The vendor's model id. */
  readonly model: string;
  /** What differs from the request. Usually empty. */
  readonly warnings: readonly Warning[];
  /** The settings that were sent to the vendor. */
  readonly applied: AppliedSettings;
  /** Token counts, if the vendor reports them. */
  readonly usage?: Usage;
  /** What the call cost, as far as it is known. */
  readonly cost: Cost;
  /** When the call began and how long it took. */
  readonly timing: Timing;
  /** The job that made the images, from vendors with jobs. */
  readonly job?: JobHandle;
  /** The vendor's id of the (first) request, for its support team. */
  readonly requestId?: string;
}
