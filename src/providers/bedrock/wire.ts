/** Settings, options and answers. Source: Amazon Bedrock user guide, pages of the models. */
import * as z from 'zod/mini';
import { type AwsCredentials, apiUrlOrPath, blob } from '../kit/index.ts';

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;
const secret = z.string().check(z.minLength(1));

export const settingsSchema = z
  .strictObject({
    /** It becomes part of the host. */
    region: z._default(z.string().check(z.regex(REGION, { error: 'must be a region like us-west-2' })), 'us-west-2'),
    accessKeyId: z.optional(secret),
    secretAccessKey: z.optional(secret),
    sessionToken: z.optional(secret),
    /** A function that gives credentials, asked before each signature: for profiles, SSO and roles. */
    credentials: z.optional(
      z.custom<() => AwsCredentials | Promise<AwsCredentials>>((value) => typeof value === 'function', {
        error: 'must be a function that gives accessKeyId and secretAccessKey',
      }),
    ),
    /** Where models are listed, for the health check. @default the service of the region */
    controlUrl: z.optional(apiUrlOrPath()),
  })
  .check(
    z.refine(({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined), {
      error: 'must have accessKeyId and secretAccessKey together',
    }),
  );
export type Settings = z.output<typeof settingsSchema>;

const share = z.optional(z.number().check(z.minimum(0), z.maximum(1)));
const pixels = z.optional(z.int().check(z.minimum(0), z.maximum(2000)));
const text = z.optional(z.string().check(z.minLength(1), z.maxLength(10_000)));

/** Strict: a misspelt key fails before any money is spent. Which model has which: `check.ts`. */
export const optionsSchema = z.strictObject({
  /** How far from the input picture: 0 is a copy of it, 1 ignores it. */
  strength: share,
  grow_mask: z.optional(z.int().check(z.minimum(0), z.maximum(20))),
  left: pixels,
  right: pixels,
  up: pixels,
  down: pixels,
  creativity: share,
  search_prompt: text,
  select_prompt: text,
  control_strength: share,
  fidelity: share,
  style_strength: share,
  composition_fidelity: share,
  change_strength: z.optional(z.number().check(z.minimum(0.1), z.maximum(1))),
});
export type Options = z.infer<typeof optionsSchema>;

export const responseSchema = z.object({
  images: z.nullish(z.array(blob())),
  seeds: z.nullish(z.array(z.nullable(z.number()))),
  /** `null` is well; else what was filtered, or that the model failed. */
  finish_reasons: z.nullish(z.array(z.nullable(z.string()))),
});

/** Either spelling. What kind it is stands in a header. */
export const errorSchema = z.union([z.object({ message: z.string() }), z.object({ Message: z.string() })]);
