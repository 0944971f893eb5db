/** What several answers say about a call: its price, its settings, and what differs from the request. */
import * as z from 'zod/mini';

export const costSchema = z.object({
  /** US dollars for the whole call. Absent if it is not known. */
  usd: z.optional(z.number()),
  /** `reported`: the vendor states the amount. `estimated`: computed from the prices of the model. `unknown`: there is no price. */
  basis: z.enum(['reported', 'estimated', 'unknown']),
  /** The date of the prices used, `YYYY-MM-DD`. */
  asOf: z.optional(z.string()),
});
/** What a call costs, as far as it is known. */
export type ApiCost = z.infer<typeof costSchema>;

export const warningSchema = z.object({
  /** What it is about, e.g. `adapted`. */
  code: z.string(),
  /** The field of the request that it is about. */
  field: z.optional(z.string()),
  /** What differs and why, as a sentence. */
  message: z.string(),
});
/** Something that differs from the request. */
export type ApiWarning = z.infer<typeof warningSchema>;

export const appliedSchema = z.object({
  /** The vendor's model id. */
  model: z.string(),
  /** The number of images. */
  n: z.number(),
  /** Pixels as `WIDTHxHEIGHT`. */
  size: z.optional(z.string()),
  /** Width to height, e.g. `16:9`. */
  aspectRatio: z.optional(z.string()),
  /** The vendor's word for the quality. */
  quality: z.optional(z.string()),
  /** The seed that was sent. */
  seed: z.optional(z.number()),
  /** The file format. */
  format: z.optional(z.string()),
  /** Whether the background is transparent, in the vendor's word. */
  background: z.optional(z.string()),
  /** The vendor's style. */
  style: z.optional(z.string()),
  /** What is left out of the image. */
  negativePrompt: z.optional(z.string()),
  /** The vendor's word for the safety level. */
  safety: z.optional(z.string()),
  /** What is done to the input images. */
  operation: z.optional(z.string()),
});
/** The settings that are sent to the vendor, in the words of this API. */
export type ApiApplied = z.infer<typeof appliedSchema>;

export const chargedSchema = z.enum(['no', 'yes', 'unknown']);

export const failureSchema = z.object({
  /** The code of the error, e.g. `content_refused`. */
  code: z.string(),
  /** What went wrong, as a sentence. */
  message: z.string(),
  /** Whether the vendor charged for it. */
  charged: chargedSchema,
});
/** Why a call or an image failed. */
export type ApiFailure = z.infer<typeof failureSchema>;
