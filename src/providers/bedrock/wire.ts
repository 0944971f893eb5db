/** Schemas of settings, options, responses and errors. Source: Amazon Bedrock user guide, pages of the models. */
import * as z from 'zod/mini';
import { growMask, stabilityOptions } from '../kit/families/stability.ts';
import { type AwsCredentials, apiUrlOrPath, blob } from '../kit/index.ts';

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;
const secret = z.string().check(z.minLength(1));

export const settingsSchema = z
  .strictObject({
    /** Becomes part of the host name. */
    region: z._default(z.string().check(z.regex(REGION, { error: 'must be a region like us-west-2' })), 'us-west-2'),
    accessKeyId: z.optional(secret),
    secretAccessKey: z.optional(secret),
    sessionToken: z.optional(secret),
    /** A function that returns credentials, called before each signature: for profiles, SSO and roles. */
    credentials: z.optional(
      z.custom<() => AwsCredentials | Promise<AwsCredentials>>((value) => typeof value === 'function', {
        error: 'must be a function that returns accessKeyId and secretAccessKey',
      }),
    ),
    /** The endpoint that lists models, for the health check. @default the endpoint of the region */
    controlUrl: z.optional(apiUrlOrPath()),
  })
  .check(
    z.refine(({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined), {
      error: 'must have both accessKeyId and secretAccessKey',
    }),
  );
export type BedrockSettings = z.output<typeof settingsSchema>;

/** Strict: a misspelt key is refused before any cost. `check.ts` lists the options of each model. */
export const optionsSchema = z.strictObject({ ...stabilityOptions, grow_mask: growMask(20) });
export type BedrockOptions = z.infer<typeof optionsSchema>;

export const responseSchema = z.object({
  images: z.nullish(z.array(blob())),
  seeds: z.nullish(z.array(z.nullable(z.number()))),
  /** `null` for success; else the filter's reason, or that the model failed. */
  finish_reasons: z.nullish(z.array(z.nullable(z.string()))),
});

/** Either spelling occurs. A header names the kind of error. */
export const errorSchema = z.union([z.object({ message: z.string() }), z.object({ Message: z.string() })]);
