/** Stored images. All tokens of a server share its store. */
import * as z from 'zod/mini';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';
import { anyFields, count, imageId, imagePath, listOf, noJson, type RouteSchemas, timeText } from './route-schemas.ts';

export const MAX_EXPORTED_IMAGES = 1000;
const selection = z.enum(['kept', 'rejected']);

const tag = z.string().check(
  z.maxLength(200),
  z.refine((text) => text.trim() !== '', { error: 'must not be blank' }),
);

export const imageSchema = z.object({
  /** The id of the image. */
  id: z.string(),
  /** When it was saved. ISO 8601. */
  createdAt: z.string(),
  /** The provider's name when it was made; `import` for an imported image. */
  provider: z.string(),
  /** The vendor's model id; `import` for an imported image. */
  model: z.string(),
  /** The prompt. Empty where the store keeps no prompts. */
  prompt: z.string(),
  /** The format of the file. */
  format: z.enum(IMAGE_FORMATS),
  /** Whole pixels. */
  width: count,
  /** Whole pixels. */
  height: count,
  /** The size of the file. */
  bytes: count,
  /** The cost of the whole call in US dollars, if it is known. */
  costUsd: z.optional(z.number()),
  /** Whether a person kept or rejected it. */
  selection: z.optional(selection),
  /** A link to the file. It needs no token and is valid for a day. */
  url: z.string(),
});
/** A stored image, as searches return it. */
export type ApiImage = z.infer<typeof imageSchema>;

export const imageDetailsSchema = z.extend(imageSchema, {
  /** The media type of the file, e.g. `image/png`. */
  mediaType: z.string(),
  /** The SHA-256 of the file, in hex. */
  sha256: z.string(),
  /** The SHA-256 of the prompt, in hex. */
  promptHash: z.string(),
  /** The prompt as rewritten by the vendor. */
  revisedPrompt: z.optional(z.string()),
  /** The seed that was used, if it is known. */
  seed: z.optional(z.number()),
  /** The request. Input images are replaced by their hash. */
  request: anyFields,
  /** The settings that were sent to the vendor. */
  applied: anyFields,
  /** What differs from the request, as sentences. */
  warnings: listOf(z.string()),
  /** The cost of the whole call. */
  cost: z.object({
    /** US dollars, if the cost is known. */
    usd: z.optional(z.number()),
    /** Where the amount comes from, e.g. `reported`. */
    basis: z.string(),
    /** The date of the prices used. */
    asOf: z.optional(z.string()),
  }),
  /** How long the call took, in milliseconds. */
  durationMs: z.number(),
  /** The vendor's id of the request. */
  requestId: z.optional(z.string()),
  /** The vendor's id of the job that made it. */
  job: z.optional(z.string()),
  /** The id of the run that made it. */
  call: z.optional(z.string()),
  /** The position of the image in its call, from 0. */
  index: count,
  /** Ids of the images it was made from. */
  parents: listOf(z.string()),
  /** Its tags. */
  tags: listOf(z.string()),
  /** Whether it was imported: no provider made it. Absent for generated images. */
  imported: z.optional(z.literal(true)),
  /** Where the mark "made by AI" is. */
  mark: z.object({
    /** In the image, only in the sidecar, or nowhere. */
    place: z.enum(['image', 'sidecar', 'none']),
    /** Why it is not in the image. */
    why: z.optional(z.string()),
    /** Whether the image is signed. */
    isSigned: z.optional(z.boolean()),
  }),
  /** Name and version of the library that saved it. */
  library: z.string(),
});
/** All that is recorded of a stored image. */
export type ApiImageDetails = z.infer<typeof imageDetailsSchema>;

export const provenanceSchema = z.object({
  /** The origin as sentences. */
  lines: listOf(z.string()),
  /** Whether the file has the hash in its sidecar. */
  hash: z.enum(['holds', 'differs', 'unknown']),
  /** The SHA-256 of the file, in hex. */
  sha256: z.string(),
  /** What the metadata of the file says. Absent if it says nothing. Anyone can write anything into a file. */
  mark: z.optional(
    z.object({
      /** Whether it says that this library wrote it. */
      isOurs: z.boolean(),
      /** Whether it says that a trained model made the image. */
      isMadeByAi: z.boolean(),
      /** The IPTC term of the digital source type. */
      digitalSource: z.optional(z.string()),
      /** The provider that made the image. */
      provider: z.optional(z.string()),
      /** The model that made the image. */
      model: z.optional(z.string()),
      /** The software that wrote the mark. */
      software: z.optional(z.string()),
      /** When the image was made. ISO 8601. */
      createdAt: z.optional(z.string()),
    }),
  ),
  /** The C2PA manifest of the file. */
  manifest: z.object({
    /** `unchecked`: the package that checks manifests is not installed on the server. */
    kind: z.enum(['found', 'absent', 'elsewhere', 'unreadable', 'unchecked']),
    /** The image was not changed since it was signed. */
    isValid: z.optional(z.boolean()),
    /** Valid, and the signer is trusted. */
    isTrusted: z.optional(z.boolean()),
    /** The organisation in the certificate. */
    signer: z.optional(z.string()),
    /** When it was signed. ISO 8601. */
    signedAt: z.optional(z.string()),
    /** Why it could not be read or checked. */
    why: z.optional(z.string()),
  }),
});
/** What is known about the origin of an image. */
export type ApiProvenance = z.infer<typeof provenanceSchema>;

export const IMAGE_SCHEMAS = {
  searchImages: {
    query: z.strictObject({
      /** The beginning of the id. */
      id: z.optional(z.string().check(z.regex(/^[\w-]{1,64}$/, { error: 'must be the beginning of an id' }))),
      /** Words that must all occur in prompt, model, provider or tags, in any order. At most 64. */
      text: z.optional(
        z.string().check(
          z.maxLength(4000),
          z.refine((text) => text.trim().split(/\s+/).length <= 64, { error: 'must have at most 64 words' }),
        ),
      ),
      /** The provider's name. */
      provider: z.optional(z.string()),
      /** The vendor's model id. */
      model: z.optional(z.string()),
      /** One of the tags of the image. */
      tag: z.optional(z.string()),
      /** Images saved at or after this date or time. ISO 8601. */
      since: z.optional(timeText),
      /** Images made from the image with this id. */
      parent: z.optional(imageId),
      /** Images of the run with this id. */
      call: z.optional(z.string()),
      /** `true`: only kept images. `false`: all but rejected ones. @default all */
      kept: z.optional(z.boolean()),
      /** The maximum number of images, from 1 to 500. @default 100 */
      limit: z.optional(z.int().check(z.minimum(1), z.maximum(500))),
      /** The `next` of the page before. */
      after: z.optional(z.string().check(z.maxLength(200))),
    }),
    answer: z.object({
      /** The images, the latest first. */
      images: listOf(imageSchema),
      /** Pass it as `after` to get the next page. Absent on the last page. */
      next: z.optional(z.string()),
    }),
  },
  exportImages: {
    body: z.strictObject({
      /** Ids of 1 to 1000 images. */
      ids: listOf(imageId).check(z.minLength(1), z.maxLength(MAX_EXPORTED_IMAGES)),
    }),
    answer: noJson,
  },
  getImage: { path: imagePath, answer: imageDetailsSchema },
  deleteImage: { path: imagePath, answer: noJson },
  linkImage: {
    path: imagePath,
    query: z.strictObject({
      /** How long the link is valid, in seconds from 1 to 604800. It is rounded up to the hour. @default 86400 */
      lifetime: z.optional(z.int().check(z.minimum(1), z.maximum(604_800))),
    }),
    answer: z.object({
      /** The link. */
      url: z.string(),
    }),
  },
  getLineage: {
    path: imagePath,
    answer: z.object({
      /** The id of the image. */
      id: z.string(),
      /** Ids of the images it was made from, the nearest first. Includes deleted images. */
      ancestors: listOf(z.string()),
      /** Ids of the images made from it, directly or through others, the nearest first. */
      descendants: listOf(z.string()),
    }),
  },
  getProvenance: { path: imagePath, answer: provenanceSchema },
  selectImage: {
    path: imagePath,
    body: z.strictObject({
      /** `null` undoes the selection. */
      selection: z.nullable(selection),
    }),
    answer: imageDetailsSchema,
  },
  tagImage: {
    path: imagePath,
    body: z.strictObject({
      /** At most 100 tags of 1 to 200 characters, which replace the present ones. */
      tags: listOf(tag).check(z.maxLength(100)),
    }),
    answer: imageDetailsSchema,
  },
} satisfies Readonly<Record<string, RouteSchemas>>;
