/** Settings, options and failures. Source: Microsoft Learn, "Image generation models" (2026-04-17); npm `openai` 7.55.0, `AzureOpenAI`. */
import * as z from 'zod/mini';
import { openaiOptions } from '../kit/families/openai-images.ts';
import { models } from './models.ts';

const FAMILIES = Object.keys(models) as [keyof typeof models, ...(keyof typeof models)[]]; // never empty

/** One label of a host name: anything else could make the host another one (`me@evil.example`). */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const settingsSchema = z
  .strictObject({
    /** `https://RESOURCE.openai.azure.com`, also as portals show it, with `/openai` or `/openai/v1` behind. */
    endpoint: z.optional(
      z.string().check(
        z.refine(isEndpoint, {
          error: 'must be an https address like https://my-resource.openai.azure.com, without the deployment in it',
        }),
      ),
    ),
    /** The resource's name, instead of its endpoint. */
    resource: z.optional(
      z.string().check(z.regex(LABEL, { error: 'must be the name of a resource, e.g. my-resource' })),
    ),
    /** Used when a request names no model: on Azure, `model` is the name of a deployment. */
    deployment: z.optional(z.string().check(z.minLength(1))),
    /** Which model the deployments run: its limits and prices hold. A deployment's name says nothing about it. */
    modelFamily: z.optional(z.enum(FAMILIES)),
    /** A Microsoft Entra token, or a function that gives one; goes before a key. */
    token: z.optional(
      z.union([
        z.string().check(z.minLength(1)),
        z.custom<() => string | Promise<string>>((value) => typeof value === 'function'),
      ]),
    ),
    surface: z._default(z.enum(['deployment', 'v1']), 'deployment'),
    /** `2025-04-01-preview` on deployments, the first that knows these models; none on `v1`. */
    apiVersion: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine(({ endpoint, resource }) => endpoint !== undefined || resource !== undefined, {
      error: 'must name the resource: pass endpoint or resource',
    }),
  );
export type Settings = z.output<typeof settingsSchema>;

function isEndpoint(text: string): boolean {
  return /^https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/openai(?:\/v1)?)?\/?$/i.test(text);
}

export const optionsSchema = z.strictObject({
  ...openaiOptions,
  /** Edits only; not on mini. */
  input_fidelity: z.optional(z.enum(['high', 'low'])),
  /** An id of the end user. */
  user: z.optional(z.string()),
});
export type Options = z.infer<typeof optionsSchema>;

/** Codes of the content filter. */
export const FILTERED = [
  'contentFilter',
  'content_filter',
  'moderation_blocked',
  'content_policy_violation',
  'ResponsibleAIPolicyViolation',
];

/** A filter's answer may have no message. */
export const errorSchema = z.object({
  error: z.object({
    message: z.nullish(z.string()),
    code: z.nullish(z.union([z.string(), z.number()])),
    innererror: z.nullish(z.object({ code: z.nullish(z.string()) })),
    inner_error: z.nullish(z.object({ code: z.nullish(z.string()) })),
  }),
});

/** An image that the filter withholds is answered with status 200. */
export const refusalSchema = errorSchema.check(
  z.refine(({ error: { code } }) => FILTERED.includes(String(code)), { error: 'is no answer of the filter' }),
);
