/** What goes over the wire. Sources: npm `@huggingface/inference` 4.13.30; huggingface.co, "Inference Providers". */
import * as z from 'zod/mini';
import { apiUrlOrPath, blob, blobOrLink } from '../kit/index.ts';

/** Who draws behind the router. */
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

/** It becomes part of a path. */
const providerId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9](?!.*\.\.)[\w.:/@-]{0,200}$/, { error: 'must be the name a host gives the model' }));
const url = z.string().check(
  z.regex(/^(?:https:\/\/|http:\/\/(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])[:/])[^@\s]*$/, {
    error: 'must be https, or on this machine',
  }),
);

export const settingsSchema = z.strictObject({
  /** Who draws; `auto` is the first, in the order of your own settings at the Hub, that serves the model. */
  provider: z._default(z.enum(['auto', ...HOSTS]), 'auto'),
  /** A dedicated endpoint: everything goes there, and to nobody else. */
  endpointUrl: z.optional(url),
  /** The organization that pays. */
  billTo: z.optional(z.string().check(z.regex(/^[\w.-]{1,100}$/, { error: 'must be the name of an organization' }))),
  /** Where it is asked who serves a model. */
  hubUrl: z._default(apiUrlOrPath(), 'https://huggingface.co'),
});
export type Settings = z.output<typeof settingsSchema>;

/** Strict: a misspelt key fails before any money is spent. */
export const optionsSchema = z.strictObject({
  /** Instead of the setting. */
  provider: z.optional(z.enum(['auto', ...HOSTS]).register(z.globalRegistry, { examples: ['deepinfra'] })),
  /** What that host calls the model; spares the question. */
  providerId: z.optional(providerId.register(z.globalRegistry, { examples: ['vendor/model'] })),
  num_inference_steps: z.optional(z.int().check(z.minimum(1), z.maximum(500))),
  guidance_scale: z.optional(z.number().check(z.minimum(0), z.maximum(50))),
  /** Hugging Face itself and dedicated endpoints only. */
  scheduler: z.optional(z.string().check(z.minLength(1))),
  /** Hosts that let it be chosen: fal-ai, replicate, together, wavespeed. */
  output_format: z.optional(z.enum(['png', 'jpeg', 'webp'])),
  /** Of a model that is laid over another one: the path of its weights. Found out where `providerId` is. */
  adapterWeightsPath: z.optional(z.string().check(z.minLength(1))),
  /** Fields of the host's own, by its names; they go as they are. */
  input: z.optional(z.record(z.string(), z.unknown())),
});

export type Options = z.output<typeof optionsSchema>;

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

const picture = blobOrLink();
/** By position: one that cannot be read must not move the others. */
const flags = z.nullish(z.array(z.nullish(z.boolean())));
const words = z.nullish(z.union([z.string(), z.object({ message: z.nullish(z.string()) })]));

/** Each host's own answer; Hugging Face itself sends the picture. */
const answer = z.object({
  /** together, nscale, deepinfra: a list. wavespeed: an object. */
  data: z.nullish(
    z.union([
      z.array(z.object({ b64_json: z.nullish(blob()), url: z.nullish(blobOrLink()) })),
      z.object({
        id: z.nullish(z.string()),
        status: z.nullish(z.string()),
        urls: z.nullish(z.object({ get: z.nullish(z.url()) })),
        outputs: z.nullish(z.array(picture)),
        has_nsfw_contents: flags,
        error: z.nullish(z.string()),
      }),
    ]),
  ),
  /** replicate, and some models at Hugging Face itself. */
  output: z.nullish(z.union([picture, z.array(picture)])),
  /** fal-ai. */
  images: z.nullish(z.array(z.object({ url: z.nullish(blobOrLink()) }))),
  has_nsfw_concepts: flags,
  seed: z.nullish(z.number()),
  /** zai-org. */
  image_result: z.nullish(z.array(z.object({ url: z.nullish(blobOrLink()) }))),
  /** Of a job. */
  id: z.nullish(z.string()),
  request_id: z.nullish(z.string()),
  response_url: z.nullish(z.url()),
  queue_position: z.nullish(z.number()),
  status: z.nullish(z.string()),
  task_status: z.nullish(z.string()),
  error: words,
});
export type Answer = z.output<typeof answer>;

export const responseSchema = z.union([z.instanceof(Uint8Array), answer]);
export const jobSchema = answer;
/** The host's name for the job, by which it is found again. */
export const idOf = ({ request_id, data, id }: Answer): string | undefined =>
  request_id ?? (Array.isArray(data) ? undefined : data?.id) ?? id ?? undefined;
export const submittedSchema = answer.check(
  z.refine((submitted) => idOf(submitted) !== undefined, { error: 'has no name for the job' }),
);

export const errorSchema = z
  .object({
    error: z.nullish(z.union([z.string(), z.array(z.string()), z.object({ message: z.nullish(z.string()) })])),
    detail: z.nullish(z.union([z.string(), z.array(z.object({ msg: z.nullish(z.string()) })), z.object({})])),
    message: z.nullish(z.string()),
    /** Seconds until a sleeping model is awake. */
    estimated_time: z.nullish(z.number()),
  })
  .check(
    z.refine(({ error, detail, message }) => (error ?? detail ?? message ?? undefined) !== undefined, {
      error: 'says nothing',
    }),
  );
