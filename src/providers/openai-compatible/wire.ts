/** Schemas of settings, options and responses. Sources: see `dialects.ts`; images in chat completions: OpenRouter and Vercel AI Gateway documentation. */
import * as z from 'zod/mini';
import { blob, blobOrLink } from '../kit/index.ts';
import { SERVERS, takesMask } from './dialects.ts';

/** Servers without image generation, and the message for each. */
const NO_IMAGES: Readonly<Record<string, string>> = {
  'lm-studio': 'LM Studio has no image generation route: choose another server',
  lmstudio: 'LM Studio has no image generation route: choose another server',
};

/** Fields that the request sets: another value would differ from what was planned and priced. */
export const OWN_FIELDS = ['prompt', 'model', 'n', 'messages', 'stream', 'image', 'image[]', 'mask'] as const;

const json = z.record(z.string().check(z.minLength(1)), z.unknown()).check(
  z.refine((value) => isJson(value), {
    error: 'must be plain JSON: strings, numbers, true, false, null, arrays and objects',
  }),
);
const price = z.number().check(z.minimum(0), z.maximum(1_000));
/** Fields that already have a meaning: a seed in one of them would change the request. */
const TAKEN = [...OWN_FIELDS, 'size', 'response_format', 'output_format', 'quality', 'background', '__proto__'];
const fieldName = z.union([
  z.string().check(
    z.regex(/^[A-Za-z_][\w.-]{0,63}$/, { error: 'must be the name of a field, e.g. seed' }),
    z.refine((name) => !TAKEN.includes(name), { error: 'is the name of another field of the request' }),
  ),
  z.literal(false),
]);

/** Settings that only the images API supports. */
const IMAGES_ONLY = [
  'maskPolarity',
  'responseFormat',
  'maxImagesPerRequest',
  'seedField',
  'negativePromptField',
] as const;

export const settingsSchema = z
  .strictObject({
    /** The kind of server: selects its field names and routes. The other settings override them. */
    server: z._default(z.enum(SERVERS, { error: wrongServer }), 'generic'),
    /** `chat`: for gateways that return images only in chat completions. */
    api: z._default(z.enum(['images', 'chat']), 'images'),
    /** Models of the server; requests without a model use the first one. Requests may name other models too. */
    models: z.optional(z.array(z.string().check(z.minLength(1)))),
    /** The meaning of the server's masks. @default the one of `server` */
    maskPolarity: z.optional(z.enum(['white-repaints', 'black-repaints', 'transparent-repaints'])),
    /** Sent as `response_format`; `omit` sends none. Never sent for models named like gpt-image. @default the one of `server` */
    responseFormat: z.optional(z.enum(['b64_json', 'url', 'omit'])),
    /**
     * Dollars per image, 0 for a free server; or an object with a price per model. Without it the cost is unknown unless the response reports it.
     */
    pricePerImageUsd: z.optional(z.union([price, z.record(z.string().check(z.minLength(1)), price)])),
    /** Maximum images per request; more images take more requests. @default the one of `server` */
    maxImagesPerRequest: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
    /** The field for the seed; `false`: the server takes none. @default the one of `server` */
    seedField: z.optional(fieldName),
    /** The field for the negative prompt; `false`: the server takes none. @default the one of `server` */
    negativePromptField: z.optional(fieldName),
    /** Merged into the body of every request; `null` removes a field. */
    extraBody: z.optional(
      json.check(
        z.refine((body) => OWN_FIELDS.every((name) => !(name in body)), {
          error: `must not contain ${OWN_FIELDS.join(', ')}: the request sets them`,
        }),
      ),
    ),
    /** The provider's name in results and errors, instead of `openai-compatible`. */
    name: z.optional(
      z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, { error: 'must be a short name like team-gateway' })),
    ),
  })
  .check(
    z.refine(({ api, ...settings }) => api === 'images' || !IMAGES_ONLY.some((name) => settings[name] !== undefined), {
      error: `must not contain ${IMAGES_ONLY.join(', ')} with api 'chat', which does not support them`,
    }),
    z.refine(({ server, maskPolarity }) => maskPolarity === undefined || takesMask(server), {
      error: 'must not contain maskPolarity: this server takes no mask',
      path: ['maskPolarity'],
    }),
  );
export type CompatibleSettings = z.output<typeof settingsSchema>;

function wrongServer({ input }: { readonly input?: unknown }): string {
  const known = typeof input === 'string' && Object.hasOwn(NO_IMAGES, input) ? NO_IMAGES[input] : undefined;
  return known ?? `must be one of ${SERVERS.join(', ')}`;
}

export const optionsSchema = z.strictObject({
  /** Further fields of the body, as JSON; `null` removes a field. */
  body: z.optional(json),
  /** Sampler steps, if the server takes them. */
  steps: z.optional(z.int().check(z.minimum(1), z.maximum(1_000))),
  /** How closely the image follows the prompt (CFG scale), if the server takes it. */
  guidance: z.optional(z.number().check(z.minimum(0), z.maximum(100))),
});
export type CompatibleOptions = z.infer<typeof optionsSchema>;

const text = z.nullish(z.string());
const count = z.nullish(z.number());

/** Either an object with `url`, or the link itself. The schema of bytes comes first, because bytes also pass as an object. */
const imageUrl = z.nullish(z.union([blobOrLink(), z.object({ url: z.nullish(blobOrLink()) })]));
const failure = z.nullish(
  z.union([z.string(), z.object({ message: text, code: z.nullish(z.union([z.string(), z.number()])) })]),
);
export type ErrorBody = z.output<typeof failure>;

const part = z.object({ type: text, text, image_url: imageUrl, url: z.nullish(blobOrLink()) });
const message = z.object({
  content: z.nullish(z.union([z.string(), z.array(part)])),
  /** OpenAI's field for a refusal in chat. */
  refusal: text,
  images: z.nullish(z.array(part)),
});
export type Message = z.output<typeof message>;
export type Part = z.output<typeof part>;

const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  total_tokens: count,
  prompt_tokens: count,
  completion_tokens: count,
  inputTokens: count,
  outputTokens: count,
  totalTokens: count,
  /** Dollars, if a gateway reports them. */
  cost: count,
});
export type WireUsage = z.output<typeof usage>;

export const answerSchema = z.object({
  data: z.nullish(
    z.array(
      z.nullish(
        z.object({
          b64_json: z.nullish(z.union([blob(), z.literal('')])),
          url: z.nullish(blobOrLink()),
          image_url: imageUrl,
          revised_prompt: text,
          error: failure,
        }),
      ),
    ),
  ),
  /** The shape of AUTOMATIC1111, which some servers use. */
  images: z.nullish(z.array(z.nullish(z.union([blob(), z.literal(''), part])))),
  choices: z.nullish(z.array(z.object({ finish_reason: text, message: z.nullish(message), error: failure }))),
  usage: z.nullish(usage),
  /** Vercel AI Gateway; dollars as text. */
  providerMetadata: z.nullish(z.object({ gateway: z.nullish(z.object({ cost: count })) })),
});
export type CompatibleReply = z.output<typeof answerSchema>;

/** A response may be the image itself. */
export const responseSchema = z.union([z.instanceof(Uint8Array), answerSchema]);

export const eventSchema = z.object({
  choices: z.nullish(z.array(z.object({ finish_reason: text, delta: z.nullish(message) }))),
  usage: z.nullish(usage),
  error: z.nullish(z.union([z.string(), z.object({ message: text })])),
});
export type ChatEvent = z.output<typeof eventSchema>;

/** Deeper than the parameters of any server. */
const MAX_DEPTH = 32;

/** Checks that a value is plain JSON: no functions, dates, bytes or non-finite numbers. */
function isJson(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((each) => isJson(each, depth + 1));
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return false;
  return Object.values(value).every((each) => isJson(each, depth + 1));
}
