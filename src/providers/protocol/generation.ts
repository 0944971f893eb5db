import type { ImageFailure } from './errors.ts';
import type { JobHandle } from './job.ts';
import type { AiImageResult } from './result.ts';
import type { MediaType } from './vocabulary.ts';

/** A link at which the vendor keeps an image for a limited time. */
export interface ImageLink {
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
  readonly height: number;
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
  readonly message: string;
}

/** The settings that were sent to the vendor, in the protocol's terms. */
export interface AppliedSettings {
  readonly model: string;
  readonly n: number;
  readonly size?: string;
  readonly aspectRatio?: string;
  readonly quality?: string;
  readonly seed?: number;
  readonly format?: string;
  readonly background?: string;
  readonly style?: string;
  readonly negativePrompt?: string;
  readonly safety?: string;
  readonly operation?: string;
}

/** Token counts, summed over all requests of the call. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
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
  readonly durationMs: number;
}

/** The result of one `generate` or `edit` call. */
export interface ImageGeneration {
  /** At least one. */
  readonly images: readonly [GeneratedImage, ...GeneratedImage[]];
  readonly failures: readonly ImageFailure[];
  readonly provider: string;
  readonly model: string;
  readonly warnings: readonly Warning[];
  readonly applied: AppliedSettings;
  readonly usage?: Usage;
  readonly cost: Cost;
  readonly timing: Timing;
  readonly job?: JobHandle;
  /** The vendor's id of the (first) request, for its support team. */
  readonly requestId?: string;
}
