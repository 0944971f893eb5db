/** Schemas of options, settings, responses and errors. Source: OpenAPI document of api.bfl.ai (2026-04-23); FLUX 3 and the newer tools from third-party sources, not verified. */
import * as z from 'zod/mini';
import { webhookSecrets, webhookUrl } from '../kit/request/webhook-settings.ts';
import type { Family } from './models.ts';

const flag = z.optional(z.boolean());
const whole = (min: number, max: number) => z.optional(z.int().check(z.minimum(min), z.maximum(max)));
const pixels = whole(0, 2048);

/** Strict: a misspelt key is refused before any cost. These are the vendor's own options, in the vendor's spelling. */
export const optionsSchema = z.strictObject({
  /** 0 is the strictest; the maximum depends on the model. Replaces `safety`. */
  safety_tolerance: whole(0, 7),
  /** Sends the prompt to the model unchanged. */
  disable_pup: flag,
  prompt_upsampling: flag,
  steps: whole(1, 50),
  guidance: z.optional(z.number().check(z.minimum(1.5), z.maximum(100))),
  /** Lets the model search the web. FLUX 3 only. @default true, set by the vendor */
  grounding: flag,
  /** Less post-processing. Ultra only. */
  raw: flag,
  /** A reference image. 1.1 only. */
  image_prompt: z.optional(z.instanceof(Uint8Array)),
  image_prompt_strength: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  /** Pixels to add on each side. Expand only. */
  top: pixels,
  bottom: pixels,
  left: pixels,
  right: pixels,
  /** Position of the image on the new canvas. Outpainting only. */
  reference_offset_x: z.optional(z.int()),
  reference_offset_y: z.optional(z.int()),
  auto_crop: flag,
  mode: z.optional(z.enum(['high', 'fast'])),
  /** Pixels by which the mask grows. Erase only. */
  dilate_pixels: whole(0, 25),
  webhook_url: z.optional(webhookUrl()),
});
export type BflOptions = z.infer<typeof optionsSchema>;

/** The names of the options by model family, or by the tool that edits. */
export const optionsOf = {
  flux2: ['safety_tolerance', 'disable_pup', 'webhook_url'],
  flux3: ['safety_tolerance', 'grounding', 'webhook_url'],
  klein3: ['safety_tolerance', 'steps', 'webhook_url'],
  kontext: ['safety_tolerance', 'prompt_upsampling', 'webhook_url'],
  flux11: ['safety_tolerance', 'prompt_upsampling', 'image_prompt', 'webhook_url'],
  ultra: ['raw', 'image_prompt', 'image_prompt_strength', 'webhook_url'],
  fill: ['steps', 'guidance', 'webhook_url'],
  expand: ['top', 'bottom', 'left', 'right', 'steps', 'guidance', 'webhook_url'],
  outpainting: ['reference_offset_x', 'reference_offset_y', 'auto_crop', 'mode', 'disable_pup', 'webhook_url'],
  erase: ['dilate_pixels', 'webhook_url'],
} as const satisfies Readonly<Record<Family, readonly (keyof BflOptions)[]>>;

/** Options of single models, in addition to those of their family. */
export const furtherOptions: Readonly<Record<string, readonly (keyof BflOptions)[]>> = {
  'flux-2-flex': ['prompt_upsampling', 'guidance', 'steps'],
  'flux-dev': ['guidance', 'steps'],
};

export const submittedSchema = z.object({
  id: z.string(),
  /** In the region that has the job; absent when the request named a webhook. */
  polling_url: z.nullish(z.string()),
  /** In credits; 100 credits are one dollar. */
  cost: z.nullish(z.number()),
});

export const stateSchema = z.object({
  id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  /** The final cost of the job, even when it is 0. */
  cost: z.nullish(z.number()),
  result: z.nullish(z.object({ sample: z.nullish(z.string()), seed: z.nullish(z.number()) })),
  details: z.optional(z.unknown()),
});

/** `detail` is FastAPI's validation error; other errors use `error` or `message`. A failed job reported as 422 has `status` and `details`. */
export const errorSchema = z.object({
  status: z.nullish(z.string()),
  details: z.optional(z.unknown()),
  detail: z.nullish(z.union([z.string(), z.array(z.object({ loc: z.array(z.unknown()), msg: z.string() }))])),
  error: z.nullish(z.string()),
  message: z.nullish(z.string()),
});

export const webhookSchema = z.object({
  id: z.string(),
  status: z.string(),
  error: z.nullish(z.string()),
  message: z.nullish(z.string()),
});

/** Final job statuses: content refusals, and failures for other reasons. */
export const REFUSED = ['Request Moderated', 'Content Moderated'];
export const FAILED = ['Error', 'Failed', 'Task not found'];

export const settingsSchema = z.strictObject({
  /** The region that processes the data; `global` may use either. */
  region: z._default(z.enum(['global', 'eu', 'us']), 'global'),
  /** The secret that signs webhooks. Requests with `options.webhook_url` send the first one to the vendor. */
  webhookSecret: webhookSecrets(/^\S/, 'must be a secret, or a list of secrets'),
});
export type BflSettings = z.output<typeof settingsSchema>;
