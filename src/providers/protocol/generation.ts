import type { ImageFailure } from './errors.ts';
import type { JobHandle } from './job.ts';
import type { AiImageResult } from './result.ts';
import type { MediaType } from './vocabulary.ts';

/** Where the vendor itself keeps a picture, for a while. */
export interface ImageLink {
  readonly url: string;
  /** ISO 8601, where the link or the vendor says so. */
  readonly expiresAt?: string;
}

/** One finished picture with everything known about it. */
export interface GeneratedImage extends AiImageResult {
  /** Unique; 128 random bits. */
  readonly id: string;
  /** Whole pixels, read from the bytes. */
  readonly width: number;
  readonly height: number;
  readonly mediaType: MediaType;
  /** Bytes in `imageBytes` behind the end of the image, e.g. an appended archive. Absent when there are none. */
  readonly trailingBytes?: number;
  /** The seed that was used, where the vendor takes or tells one. */
  readonly seed?: number;
  /** The prompt as the vendor rewrote it, where it tells. */
  readonly revisedPrompt?: string;
  /** Only where `links` was asked for and the vendor gives one. */
  readonly link?: ImageLink;
}

/** Something that is not as asked, in words for a person. */
export interface Warning {
  readonly code:
    | 'adapted' // a field was left out or moved to the nearest the model has
    | 'unknown_model' // no card: passed on unchecked
    | 'deprecated_model' // its shutdown date is set
    | 'size_mismatch'
    | 'format_mismatch'
    | 'model_mismatch' // the vendor says that another model drew it
    | 'fewer_images'
    | 'surplus_images' // more came than were asked for; all are handed out
    | 'reply_field_ignored' // a side field of the vendor's reply could not be read
    | 'draft_image' // the vendor marked the only image as a draft or a thought
    | 'trailing_data' // the file has data behind its end; it is kept as it came
    | 'vendor_warning'; // the vendor accepted the request and reported problems with it
  /** The request's field it is about. */
  readonly field?: string;
  readonly message: string;
}

/** What was really asked of the vendor, in the protocol's words. */
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

/** Token counts and the like, summed over the calls made. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly totalTokens?: number;
}

export interface Cost {
  /** US dollars for the whole call; absent when the basis is `unknown`. */
  readonly usd?: number;
  /**
   * `reported`: the vendor's reply holds the amount of money. `estimated`: computed from the model card's prices, by image or by the token
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

/** What one `generate` or `edit` brought. */
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
  /** The vendor's id of the (first) request, for its support. */
  readonly requestId?: string;
}
