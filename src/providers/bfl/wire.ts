/** What goes over the wire. Source: OpenAPI document of api.bfl.ai (2026-04-23); FLUX 3 and the newer tools second-hand. */
import * as z from 'zod/mini';
import { webhookSecrets, webhookUrl } from '../kit/index.ts';
import type { Family } from './models.ts';

const flag = z.optional(z.boolean());
const whole = (least: number, most: number) => z.optional(z.int().check(z.minimum(least), z.maximum(most)));
const pixels = whole(0, 2048);

/** Strict: a misspelt key fails before any money is spent. The vendor's spelling, since these are the vendor's own. */
export const optionsSchema = z.strictObject({
  /** 0 is the strictest; how far it goes depends on the model. Instead of the canonical `safety`. */
  safety_tolerance: whole(0, 7),
  /** Leaves the prompt as it is. */
  disable_pup: flag,
  prompt_upsampling: flag,
  steps: whole(1, 50),
  guidance: z.optional(z.number().check(z.minimum(1.5), z.maximum(100))),
  /** Looks things up on the web, by default. FLUX 3 only. */
  grounding: flag,
  /** Less processed. Ultra only. */
  raw: flag,
  /** A picture to lean on. 1.1 only. */
  image_prompt: z.optional(z.instanceof(Uint8Array)),
  image_prompt_strength: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  /** Pixels to paint at each side. Expand only. */
  top: pixels,
  bottom: pixels,
  left: pixels,
  right: pixels,
  /** Where the picture lies on the new canvas. Outpainting only. */
  reference_offset_x: z.optional(z.int()),
  reference_offset_y: z.optional(z.int()),
  auto_crop: flag,
  mode: z.optional(z.enum(['high', 'fast'])),
  /** How far beyond the mask. Erase only. */
  dilate_pixels: whole(0, 25),
  webhook_url: z.optional(webhookUrl()),
});
export type Options = z.infer<typeof optionsSchema>;

/** Which options a route knows. */
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
} as const satisfies Readonly<Record<Family, readonly (keyof Options)[]>>;

/** Those that single models have beside their family. */
export const furtherOptions: Readonly<Record<string, readonly (keyof Options)[]>> = {
  'flux-2-flex': ['prompt_upsampling', 'guidance', 'steps'],
  'flux-dev': ['guidance', 'steps'],
};

export const submittedSchema = z.object({
  id: z.string(),
  /** At the region that has the job; absent when a webhook was asked for. */
  polling_url: z.nullish(z.string()),
  /** Credits, of which a hundred are a dollar. */
  cost: z.nullish(z.number()),
});

export const stateSchema = z.object({
  id: z.nullish(z.string()),
  status: z.nullish(z.string()),
  /** What the job came to, also where it is 0: the last word counts. */
  cost: z.nullish(z.number()),
  result: z.nullish(z.object({ sample: z.nullish(z.string()), seed: z.nullish(z.number()) })),
  details: z.optional(z.unknown()),
});

/** FastAPI's shape for what it checks itself, others elsewhere; `status` and `details` where a poll says with 422 that the job failed. */
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

/** Statuses that are a refusal, and those that are the end for another reason. */
export const REFUSED = ['Request Moderated', 'Content Moderated'];
export const FAILED = ['Error', 'Failed', 'Task not found'];

export const settingsSchema = z.strictObject({
  /** The data stays within the region named; `global` may be served by either. */
  region: z._default(z.enum(['global', 'eu', 'us']), 'global'),
  /** What webhooks are signed with; the first one is sent along with `options.webhook_url`. */
  webhookSecret: webhookSecrets(/^\S/, 'must be a secret, or a list of secrets'),
});
export type Settings = z.output<typeof settingsSchema>;
