/** Plans and generations: the requests of the manager over HTTP, with input images as ids or links. */
import * as z from 'zod/mini';
import { imageRequestSchema } from '../../providers/protocol/request.ts';
import { IMAGE_FORMATS } from '../../providers/protocol/vocabulary.ts';
import { appliedSchema, costSchema, failureSchema, warningSchema } from './costs.ts';
import { count, imageId, listOf, type RouteSchemas } from './route-schemas.ts';
import { runSchema } from './runs.ts';

const { shape } = imageRequestSchema;
const name = z.string().check(z.minLength(1));

/** Stored ids have no colon, and links begin with a scheme. */
const inputImage = z.string().check(
  z.regex(/^(?:https:\/\/|data:image\/|[\w-]{8,64}$)/i, {
    error: 'must be the id of a stored image, an https: link or a data:image/ link',
  }),
);

const commonFields = {
  /** What to leave out of the image, for models that take this. */
  negativePrompt: shape.negativePrompt,
  /** The provider's name on this server. @default chosen by the server */
  provider: z.optional(name),
  /** The vendor's model id; `best` or `light` selects a tier. @default the provider's default model */
  model: shape.model,
  /** The number of images, from 1 to 100. @default 1 */
  n: shape.n,
  /** Pixels as `WIDTHxHEIGHT`, or `square`, `landscape` or `portrait`. @default the model's own */
  size: shape.size,
  /** Width to height, e.g. `16:9`. Instead of `size`. */
  aspectRatio: shape.aspectRatio,
  /** A style by the vendor's name, or the name of a style preset. */
  style: shape.style,
  /** How much work the model does. @default the vendor's own */
  quality: shape.quality,
  /** Reproduces an image, if the model can. A whole number from 0. @default random */
  seed: shape.seed,
  /** The format of the file. @default the model's own */
  format: shape.format,
  /** Whether the background is transparent. @default the vendor's own */
  background: shape.background,
  /** How strictly the vendor filters content, if it offers a choice. */
  safety: shape.safety,
  /** The vendor's own options. An unknown one is refused before anything is sent. */
  options: shape.options,
  /** Your own notes about the call, kept in the sidecar. Never sent to the vendor. `costCenter` is the name of the token. */
  metadata: shape.metadata,
  /** What happens to a field that the model does not support: `refuse` the request, or `adapt` it with a warning. @default 'refuse' */
  onUnsupported: shape.onUnsupported,
  /** Replaces each `{{variation}}` in the prompt, which must have one. */
  variation: z.optional(z.string()),
  /** The providers to try next when one fails: `provider` or `provider/model`, in this order. An empty list: no other. @default all that can */
  fallback: z.optional(listOf(name)),
  /** Ids of stored images that this one is made from. Those in `inputImages` are added. */
  parents: z.optional(listOf(imageId)),
};

const generateFields = {
  /** What to generate. Not blank, and at most 100000 characters. */
  prompt: shape.prompt,
  ...commonFields,
};

const imageFields = {
  /** One to 100 images to start from: ids of stored images, `https:` links or `data:image/` links. */
  inputImages: listOf(inputImage).check(z.minLength(1), z.maxLength(100)),
  /** Which part of the first input to change, as a PNG of its size: white = repaint, black = keep. An id or a link, like an input. */
  mask: z.optional(inputImage),
  /** What to do with the input images. @default 'inpaint' with a mask, 'edit' without */
  operation: shape.operation,
};

export const generateBodySchema = z.strictObject(generateFields);
/** A request to generate images from a prompt. */
export type ApiGenerateRequest = z.input<typeof generateBodySchema>;

export const editBodySchema = z.strictObject({
  /** What to generate. Omit it for an operation that takes none, e.g. `remove-background`. */
  prompt: z.optional(shape.prompt),
  ...imageFields,
  ...commonFields,
});
/** A request to generate images from images. */
export type ApiEditRequest = z.input<typeof editBodySchema>;

export const planBodySchema = z.strictObject({
  /** What to generate. A request with `inputImages` may omit it. */
  prompt: z.optional(shape.prompt),
  /** Images to start from, as in `edit`. Their number counts; links are not fetched. */
  inputImages: z.optional(imageFields.inputImages),
  /** As in `edit`. */
  mask: imageFields.mask,
  /** As in `edit`. */
  operation: imageFields.operation,
  ...commonFields,
});
/** A request to plan. */
export type ApiPlanRequest = z.input<typeof planBodySchema>;

const refusalSchema = z.object({
  /** The code of the error that the request would be answered with. */
  code: z.string(),
  /** The field of the request. */
  field: z.string(),
  /** What is wrong, as a sentence. */
  message: z.string(),
  /** What to do about it. */
  hint: z.optional(z.string()),
});

export const candidateSchema = z.object({
  /** The provider's name on this server. */
  provider: z.string(),
  /** The vendor's model id. */
  model: z.string(),
  /** The prompt that would be sent, with all added text. */
  prompt: z.string(),
  /** The negative prompt that would be sent. */
  negativePrompt: z.optional(z.string()),
  /** What was left out of the prompt or moved, as sentences. */
  notes: listOf(z.string()),
  /** The settings that would be sent. */
  applied: appliedSchema,
  /** Changes to the request, and warnings about the model. */
  adaptations: listOf(warningSchema),
  /** Why the request would be refused. Empty for a candidate that can do it. */
  refusals: listOf(refusalSchema),
  /** What all requested images would cost. */
  price: costSchema,
  /** Why the candidate has its place in the order. */
  reasons: listOf(z.string()),
});
/** A provider and model that could do a request. */
export type ApiCandidate = z.infer<typeof candidateSchema>;

export const planSchema = z.object({
  /** Candidates that can do the request, the best first. */
  candidates: listOf(candidateSchema),
  /** Candidates that cannot, with their refusals. */
  refused: listOf(candidateSchema),
});
/** What `generate` or `edit` would do. */
export type ApiPlan = z.infer<typeof planSchema>;

export const generatedImageSchema = z.object({
  /** The id of the stored image. Absent if the store could not take it: `base64` has its bytes then. */
  id: z.optional(z.string()),
  /** A link to the file. It needs no token and is valid for a day. */
  url: z.optional(z.string()),
  /** The bytes of an image that is not in the store. */
  base64: z.optional(z.string()),
  /** The format of the file. */
  format: z.enum(IMAGE_FORMATS),
  /** The media type of the file, e.g. `image/png`. */
  mediaType: z.string(),
  /** Whole pixels. */
  width: count,
  /** Whole pixels. */
  height: count,
  /** The size of the image as the provider sent it, in bytes. */
  bytes: count,
  /** The seed that was used, if it is known. */
  seed: z.optional(z.number()),
  /** The prompt as rewritten by the vendor, if it reports that. */
  revisedPrompt: z.optional(z.string()),
});
/** One finished image. */
export type ApiGeneratedImage = z.infer<typeof generatedImageSchema>;

const imageFailureSchema = z.extend(failureSchema, {
  /** The position among the requested images, from 0. */
  index: count,
});

const attemptSchema = z.object({
  /** The provider's name on this server. */
  provider: z.string(),
  /** The vendor's model id. */
  model: z.string(),
  /** `skipped`: it was not called, e.g. because it failed too often. */
  outcome: z.enum(['done', 'failed', 'skipped']),
  /** The code of the error, if it failed. */
  code: z.optional(z.string()),
  /** Why it failed or was skipped, as a sentence. */
  reason: z.string(),
});

const tokensSchema = z.object({
  /** Tokens of prompts and input images. */
  inputTokens: z.optional(z.number()),
  /** Tokens of images and text. */
  outputTokens: z.optional(z.number()),
  /** Both together. */
  totalTokens: z.optional(z.number()),
});

export const generationSchema = z.object({
  /** At least one. */
  images: listOf(generatedImageSchema),
  /** Images that failed while others were finished. Usually empty. */
  failures: listOf(imageFailureSchema),
  /** The provider's name on this server. */
  provider: z.string(),
  /** The vendor's model id. */
  model: z.string(),
  /** The prompt that was sent, with all added text. */
  prompt: z.string(),
  /** What differs from the request. Usually empty. */
  warnings: listOf(warningSchema),
  /** Problems that did not stop the image. Usually empty. */
  notes: listOf(z.string()),
  /** The settings that were sent to the vendor. */
  applied: appliedSchema,
  /** What the call cost. */
  cost: costSchema,
  /** Token counts, if the vendor reports them. */
  usage: z.optional(tokensSchema),
  /** Milliseconds from the call to its result. */
  durationMs: z.number(),
  /** Candidates that were tried or skipped, in order. */
  attempts: listOf(attemptSchema),
  /** Why this provider and model were chosen, as sentences. */
  reasons: listOf(z.string()),
  /** The images come from an earlier identical call, and cost nothing again. */
  isCached: z.boolean(),
});
/** The result of a run. */
export type ApiGeneration = z.infer<typeof generationSchema>;

export const generateAnswerSchema = z.object({
  /** The run. */
  run: runSchema,
  /** The result. Absent with status 202: the run goes on, and `watchRun` or `getRun` tells its end. */
  generation: z.optional(generationSchema),
});

/** The answer to `generate` and `edit`. */
export type ApiGenerateAnswer = z.infer<typeof generateAnswerSchema>;

const callQuery = z.strictObject({
  /** How long the answer waits for the images, in seconds from 0 to 300. @default 60 */
  wait: z.optional(z.number().check(z.minimum(0), z.maximum(300))),
  /** The most unfinished images of each image to ask for, from 0 to 10: `watchRun` sends them, where the model can. Some vendors charge a little for each. @default 0 */
  partialImages: z.optional(z.int().check(z.minimum(0), z.maximum(10))),
});

export const GENERATE_SCHEMAS = {
  plan: { body: planBodySchema, answer: planSchema },
  generate: { query: callQuery, body: generateBodySchema, answer: generateAnswerSchema },
  edit: { query: callQuery, body: editBodySchema, answer: generateAnswerSchema },
} satisfies Readonly<Record<string, RouteSchemas>>;
