/**
 * Schemas of settings, options, responses and errors. Source: Microsoft Learn, "Image generation models" (2026-04-17); npm `openai` 7.55.0, `AzureOpenAI`;
 * for MAI-Image as in mai-models.ts.
 */
import * as z from 'zod/mini';
import { openaiOptions, openaiResponse, openaiUsage, toOpenAiUsage } from '../kit/families/openai-images.ts';
import { models } from './models.ts';

const FAMILIES = Object.keys(models) as [keyof typeof models, ...(keyof typeof models)[]]; // never empty

/** One label of a host name. Other characters could point to another host (`me@evil.example`). */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const settingsSchema = z
  .strictObject({
    /**
     * `https://RESOURCE.openai.azure.com`, with or without `/openai` or `/openai/v1`, as portals show it. MAI models are at
     * `https://RESOURCE.services.ai.azure.com`, with or without `/mai/v1`.
     */
    endpoint: z.optional(
      z.string().check(
        z.refine(isEndpoint, {
          error: 'must be an https address like https://my-resource.openai.azure.com, without the deployment in it',
        }),
      ),
    ),
    /** The name of the resource, instead of `endpoint`. */
    resource: z.optional(
      z.string().check(z.regex(LABEL, { error: 'must be the name of a resource, e.g. my-resource' })),
    ),
    /** The deployment for requests without `model`. On Azure, `model` is the name of a deployment. */
    deployment: z.optional(z.string().check(z.minLength(1))),
    /**
     * The model that the deployments run. It decides the limits and prices, and a `mai-` family has routes of its own. The name of a deployment
     * does not tell its model.
     */
    modelFamily: z.optional(z.enum(FAMILIES)),
    /** A Microsoft Entra token, or a function that returns one. Takes precedence over a key. */
    token: z.optional(
      z.union([
        z.string().check(z.minLength(1)),
        z.custom<() => string | Promise<string>>((value) => typeof value === 'function'),
      ]),
    ),
    surface: z._default(z.enum(['deployment', 'v1']), 'deployment'),
    /** @default `2025-04-01-preview` on deployments, the first version with these models; none on `v1` */
    apiVersion: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine(({ endpoint, resource }) => endpoint !== undefined || resource !== undefined, {
      error: 'must name the resource: pass endpoint or resource',
    }),
    z.refine(
      ({ endpoint, modelFamily }) => !(modelFamily?.startsWith('mai-') && /\.openai\.azure\.com/i.test(endpoint ?? '')),
      { path: ['endpoint'], error: 'must be https://RESOURCE.services.ai.azure.com for MAI models' },
    ),
  );
export type AzureOpenAiSettings = z.output<typeof settingsSchema>;

function isEndpoint(text: string): boolean {
  return /^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/(?:openai(?:\/v1)?|mai(?:\/v1)?))?\/?$/i.test(text);
}

export const optionsSchema = z.strictObject({
  ...openaiOptions,
  /** Replaces `quality`, for the additional levels of the 2.5 families (from third-party sources, not verified). */
  quality: z.optional(z.enum(['xhigh', 'max'])),
  /** MAI-Image 2.6 and later: the model chooses the aspect ratio. */
  auto_aspect_ratio: z.optional(z.boolean()),
  /** MAI-Image 2.6 and later: the model searches the web. Sends the prompt to Bing. */
  web_grounding: z.optional(z.boolean()),
  /** Edits only; not on mini. */
  input_fidelity: z.optional(z.enum(['high', 'low'])),
  /** An id of the end user. */
  user: z.optional(z.string()),
});
export type AzureOpenAiOptions = z.infer<typeof optionsSchema>;

const count = z.nullish(z.number());

/** OpenAI's response; MAI models report usage under other names. */
export const responseSchema = z.extend(openaiResponse, {
  usage: z.nullish(
    z.extend(openaiUsage, { num_input_text_tokens: count, num_input_image_tokens: count, num_output_tokens: count }),
  ),
});

export function toUsage({ usage }: z.infer<typeof responseSchema>) {
  if (!usage || usage.num_output_tokens === undefined || usage.num_output_tokens === null) return toOpenAiUsage(usage);
  const { num_input_text_tokens: text, num_input_image_tokens: images, num_output_tokens: output } = usage;
  return { textInputTokens: text, imageInputTokens: images, outputTokens: output, imageOutputTokens: output };
}

/** Error codes of the content filter. `content_safety_violation` is used by MAI models. */
export const FILTERED = [
  'content_safety_violation',
  'contentFilter',
  'content_filter',
  'moderation_blocked',
  'content_policy_violation',
  'ResponsibleAIPolicyViolation',
];

/** A refusal by the content filter may have no message. */
export const errorSchema = z.object({
  error: z.object({
    message: z.nullish(z.string()),
    code: z.nullish(z.union([z.string(), z.number()])),
    innererror: z.nullish(z.object({ code: z.nullish(z.string()) })),
    inner_error: z.nullish(z.object({ code: z.nullish(z.string()) })),
  }),
});

/** The service answers 200 when the filter withholds an image. */
export const refusalSchema = errorSchema.check(
  z.refine(({ error: { code } }) => FILTERED.includes(String(code)), {
    error: 'is not a refusal by the content filter',
  }),
);
