/** Schemas of options, settings, responses and errors. Sources: npm `@huggingface/inference` 4.13.30; huggingface.co, "Inference Providers". */
import * as z from 'zod/mini';
import { apiUrlOrPath, blob, blobOrLink } from '../kit/index.ts';

/** The hosts behind the router. */
export const HOSTS = [
  'hf-inference',
  'fal-ai',
  'replicate',
  'together',
  'wavespeed',
  'nscale',
  'deepinfra',
  'zai-org',
] as const;
export type HostName = (typeof HOSTS)[number];

/** Becomes part of a path. */
const providerId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9](?!.*\.\.)[\w.:/@-]{0,200}$/, { error: 'must be the host’s name for the model' }));
const url = z.string().check(
  z.regex(/^(?:https:\/\/|http:\/\/(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])[:/])[^@\s]*$/, {
    error: 'must be an https URL, or a server on this machine',
  }),
);

export const settingsSchema = z.strictObject({
  /** The host; `auto` picks the first one that serves the model, in the order of your settings at the Hub. */
  provider: z._default(z.enum(['auto', ...HOSTS]), 'auto'),
  /** A dedicated endpoint. All requests go there and to no other host. */
  endpointUrl: z.optional(url),
  /** The organization to bill. */
  billTo: z.optional(z.string().check(z.regex(/^[\w.-]{1,100}$/, { error: 'must be the name of an organization' }))),
  /** Where the lookup asks which hosts serve a model. */
  hubUrl: z._default(apiUrlOrPath(), 'https://huggingface.co'),
});
export type HuggingFaceSettings = z.output<typeof settingsSchema>;

/** Strict: a misspelt key is refused before any cost. */
export const optionsSchema = z.strictObject({
  /** Overrides the setting `provider`. */
  provider: z.optional(z.enum(['auto', ...HOSTS]).register(z.globalRegistry, { examples: ['deepinfra'] })),
  /** The host's name for the model; skips the lookup. */
  providerId: z.optional(providerId.register(z.globalRegistry, { examples: ['vendor/model'] })),
  num_inference_steps: z.optional(z.int().check(z.minimum(1), z.maximum(500))),
  guidance_scale: z.optional(z.number().check(z.minimum(0), z.maximum(50))),
  /** Hugging Face itself and dedicated endpoints only. */
  scheduler: z.optional(z.string().check(z.minLength(1))),
  /** Only for fal-ai, replicate, together and wavespeed. */
  output_format: z.optional(z.enum(['png', 'jpeg', 'webp'])),
  /** The path of a LoRA's weights in its repository. The lookup finds it together with `providerId`. */
  adapterWeightsPath: z.optional(z.string().check(z.minLength(1))),
  /** The host's own fields, under its names. Sent unchanged. */
  input: z.optional(z.record(z.string(), z.unknown())),
});

export type HuggingFaceOptions = z.output<typeof optionsSchema>;

const serving = z.object({
  provider: z.nullish(z.string()),
  providerId: z.string(),
  status: z.nullish(z.string()),
  task: z.nullish(z.string()),
  adapter: z.nullish(z.string()),
  adapterWeightsPath: z.nullish(z.string()),
});
/** A list, or an object by host. */
export const mappingSchema = z.object({
  inferenceProviderMapping: z.nullish(z.union([z.array(serving), z.record(z.string(), serving)])),
});
export const isProviderId = (value: string) => providerId.safeParse(value).success;

const image = blobOrLink();
/** By position: an unreadable entry must not shift the others. */
const flags = z.nullish(z.array(z.nullish(z.boolean())));
const words = z.nullish(z.union([z.string(), z.object({ message: z.nullish(z.string()) })]));

/** The responses of all hosts in one schema; Hugging Face itself sends the image bytes. */
const answer = z.object({
  /** together, nscale, deepinfra: a list. wavespeed: an object. */
  data: z.nullish(
    z.union([
      z.array(z.object({ b64_json: z.nullish(blob()), url: z.nullish(blobOrLink()) })),
      z.object({
        id: z.nullish(z.string()),
        status: z.nullish(z.string()),
        urls: z.nullish(z.object({ get: z.nullish(z.url()) })),
        outputs: z.nullish(z.array(image)),
        has_nsfw_contents: flags,
        error: z.nullish(z.string()),
      }),
    ]),
  ),
  /** replicate, and some models at Hugging Face itself. */
  output: z.nullish(z.union([image, z.array(image)])),
  /** fal-ai. */
  images: z.nullish(z.array(z.object({ url: z.nullish(blobOrLink()) }))),
  has_nsfw_concepts: flags,
  seed: z.nullish(z.number()),
  /** zai-org. */
  image_result: z.nullish(z.array(z.object({ url: z.nullish(blobOrLink()) }))),
  /** The fields of a job. */
  id: z.nullish(z.string()),
  request_id: z.nullish(z.string()),
  response_url: z.nullish(z.url()),
  queue_position: z.nullish(z.number()),
  status: z.nullish(z.string()),
  task_status: z.nullish(z.string()),
  error: words,
});
export type RouterReply = z.output<typeof answer>;

export const responseSchema = z.union([z.instanceof(Uint8Array), answer]);
export const jobSchema = answer;
/** Returns the host's id for the job. */
export const idOf = ({ request_id, data, id }: RouterReply): string | undefined =>
  request_id ?? (Array.isArray(data) ? undefined : data?.id) ?? id ?? undefined;
export const submittedSchema = answer.check(
  z.refine((submitted) => idOf(submitted) !== undefined, { error: 'has no id for the job' }),
);

export const errorSchema = z
  .object({
    error: z.nullish(z.union([z.string(), z.array(z.string()), z.object({ message: z.nullish(z.string()) })])),
    detail: z.nullish(z.union([z.string(), z.array(z.object({ msg: z.nullish(z.string()) })), z.object({})])),
    message: z.nullish(z.string()),
    /** Seconds until the model is loaded. */
    estimated_time: z.nullish(z.number()),
  })
  .check(
    z.refine(({ error, detail, message }) => (error ?? detail ?? message ?? undefined) !== undefined, {
      error: 'has no message',
    }),
  );
