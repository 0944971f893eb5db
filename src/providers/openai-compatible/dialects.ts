/**
 * How servers differ from OpenAI's API, as data. No server takes every field of OpenAI, and each takes fields that OpenAI lacks.
 * Sources: the servers' own code and documentation as of August to November 2026: mudler/LocalAI 82c191a, vllm-project/vllm-omni
 * (September 2026), sgl-project/sglang `image_api.py`, ollama/ollama 0.32.5, leejet/stable-diffusion.cpp 97d2990 `examples/server`,
 * LostRuins/koboldcpp 1.102, xorbitsai/inference 7ecec16, gpustack/gpustack 47277d7, BerriAI/litellm (autumn 2026), Portkey-AI/gateway
 * 1.15.2, Vercel AI Gateway documentation.
 */
import type { ModelCard } from '../protocol/index.ts';

/** Settings that OpenAI's API has no field for. */
export const EXTRAS = ['seed', 'negativePrompt', 'steps', 'guidance'] as const;
export type Extra = (typeof EXTRAS)[number];

export interface EditRoute {
  readonly path: string;
  readonly body: 'multipart' | 'json';
  /** `by-count`: `image` for one file, `image[]` for several, as in OpenAI's own client. */
  readonly imageField: string;
  /** In JSON: a data URL, or base64 without its header. A list, where the field holds several. */
  readonly encoding?: 'data-url' | 'base64' | 'base64-list';
  readonly maxInputs?: number;
  /** Absent: the route takes no mask. */
  readonly mask?: { readonly field: string; readonly polarity: MaskPolarity };
  /** The extras that it takes. @default all */
  readonly extras?: readonly Extra[];
  /** The server chooses the size. */
  readonly hasFixedSize?: true;
}

export type MaskPolarity = 'white-repaints' | 'black-repaints' | 'transparent-repaints';

/** A text in the prompt that a server interprets as something else. */
export interface Reserved {
  readonly text: string;
  readonly meaning: string;
}

export interface Dialect {
  readonly title: string;
  /** The server's default address. */
  readonly baseUrl?: string;
  /** A request without a model fails, or uses an arbitrary model. */
  readonly needsModel?: true;
  readonly responseFormat: 'b64_json' | 'url' | 'omit';
  /** Maximum images per request. */
  readonly maxImages: number;
  /** The server's names for the extras that it takes; a dot means a nested object. */
  readonly names: Readonly<Partial<Record<Extra, string>>>;
  /** Where the extras go: the body, a field with JSON as text, or a tag after the prompt. @default 'body' */
  readonly place?: 'body' | { readonly jsonField: string } | { readonly promptTag: string };
  /** The negative prompt follows the prompt in the same field, after this separator. */
  readonly negativeSeparator?: string;
  /** Without a seed the server always uses the same one, so the same prompt gives the same image. */
  readonly hasFixedSeed?: true;
  readonly reserved?: readonly Reserved[];
  /** The values of `output_format`. Absent: the server chooses the format. */
  readonly formats?: ModelCard['formats'];
  /** Passes OpenAI's own fields on to the vendor behind it. */
  readonly passesOpenAiFields?: true;
  readonly edits?: EditRoute;
  /** The route for edits with a mask, where it differs. */
  readonly inpaint?: EditRoute;
}

const multipart = { path: 'images/edits', body: 'multipart', imageField: 'image' } as const;
const diffusers = {
  seed: 'seed',
  negativePrompt: 'negative_prompt',
  steps: 'num_inference_steps',
  guidance: 'guidance_scale',
} as const;

/** An unknown server: OpenAI's fields, and the two extras that most servers take. */
const generic = {
  title: 'a generic OpenAI-compatible server',
  responseFormat: 'b64_json',
  maxImages: 10,
  names: { seed: 'seed', negativePrompt: 'negative_prompt' },
  edits: {
    ...multipart,
    imageField: 'by-count',
    // These masks are white where they are transparent, so servers that read either repaint the same pixels.
    mask: { field: 'mask', polarity: 'transparent-repaints' },
  },
} as const satisfies Dialect;

/** A gateway passes fields to the vendor behind it, and returns that vendor's response. */
const gateway = {
  ...generic,
  needsModel: true,
  responseFormat: 'omit',
  passesOpenAiFields: true,
  formats: ['png', 'jpeg', 'webp'],
} as const satisfies Dialect;

export const DIALECTS = {
  generic,
  localai: {
    title: 'LocalAI',
    baseUrl: 'http://localhost:8080/v1',
    responseFormat: 'b64_json',
    maxImages: 10,
    names: { seed: 'seed', steps: 'step' },
    negativeSeparator: '|',
    reserved: [{ text: '|', meaning: 'the start of the negative prompt' }],
    edits: { path: 'images/generations', body: 'json', imageField: 'ref_images', encoding: 'base64-list' },
    inpaint: {
      path: 'images/inpainting',
      body: 'multipart',
      imageField: 'image',
      maxInputs: 1,
      mask: { field: 'mask', polarity: 'white-repaints' },
      extras: ['steps'],
      hasFixedSize: true,
    },
  },
  'vllm-omni': {
    title: 'vLLM-Omni',
    baseUrl: 'http://localhost:8000/v1',
    responseFormat: 'b64_json',
    maxImages: 10,
    names: diffusers,
    formats: ['png', 'jpeg', 'webp'],
    edits: { ...multipart, mask: { field: 'mask_image', polarity: 'white-repaints' } },
  },
  sglang: {
    title: 'SGLang',
    baseUrl: 'http://localhost:30000/v1',
    responseFormat: 'b64_json',
    maxImages: 10,
    names: diffusers,
    hasFixedSeed: true,
    formats: ['png', 'jpeg', 'webp'],
    // The server accepts a mask and ignores it.
    edits: { ...multipart, imageField: 'by-count' },
  },
  ollama: {
    title: 'Ollama 0.14.0 to 0.32.5',
    baseUrl: 'http://localhost:11434/v1',
    responseFormat: 'b64_json',
    maxImages: 1,
    names: { seed: 'seed' },
    // From a fork of its code (unverified for the release).
    edits: { path: 'images/edits', body: 'json', imageField: 'image', encoding: 'data-url', maxInputs: 1 },
  },
  'sd-cpp': {
    title: 'stable-diffusion.cpp',
    baseUrl: 'http://localhost:1234/v1',
    responseFormat: 'omit',
    maxImages: 10,
    names: {
      seed: 'seed',
      negativePrompt: 'negative_prompt',
      steps: 'sample_params.sample_steps',
      guidance: 'sample_params.guidance.txt_cfg',
    },
    place: { promptTag: 'sd_cpp_extra_args' },
    hasFixedSeed: true,
    reserved: [{ text: 'sd_cpp_extra_args', meaning: 'parameters of the server' }],
    formats: ['png', 'jpeg'],
    edits: { ...multipart, imageField: 'image[]', mask: { field: 'mask', polarity: 'white-repaints' } },
  },
  koboldcpp: {
    title: 'KoboldCpp',
    baseUrl: 'http://localhost:5001/v1',
    responseFormat: 'omit',
    maxImages: 1,
    names: { seed: 'seed', negativePrompt: 'negative_prompt', steps: 'steps', guidance: 'cfg_scale' },
    reserved: [{ text: '<lora:', meaning: 'a LoRA to load' }],
    edits: {
      path: 'images/generations',
      body: 'json',
      imageField: 'init_images',
      encoding: 'base64-list',
      maxInputs: 1,
      mask: { field: 'mask', polarity: 'white-repaints' },
    },
  },
  xinference: {
    title: 'Xinference',
    baseUrl: 'http://localhost:9997/v1',
    needsModel: true,
    responseFormat: 'b64_json',
    maxImages: 10,
    names: diffusers,
    place: { jsonField: 'kwargs' },
    edits: { ...multipart, mask: { field: 'mask', polarity: 'white-repaints' }, extras: [] },
  },
  gpustack: { ...generic, title: 'GPUStack', needsModel: true },
  litellm: { ...gateway, title: 'LiteLLM proxy', baseUrl: 'http://localhost:4000/v1' },
  /** Its list of OpenAI fields has no seed, background or format: the gateway would drop them silently. */
  portkey: {
    ...gateway,
    title: 'Portkey',
    baseUrl: 'http://localhost:8787/v1',
    names: {},
    passesOpenAiFields: undefined,
    formats: undefined,
  },
  /** Seeds and similar settings go under `providerOptions` in `options.body`. Edits are unverified. */
  'vercel-ai-gateway': {
    ...gateway,
    title: 'Vercel AI Gateway',
    baseUrl: 'https://ai-gateway.vercel.sh/v1',
    names: {},
  },
} as const satisfies Readonly<Record<string, Dialect | { readonly [K in keyof Dialect]?: Dialect[K] | undefined }>>;

export type Server = keyof typeof DIALECTS;
export const SERVERS = Object.keys(DIALECTS) as [Server, ...Server[]]; // never empty

export const dialectOf = (server: Server): Dialect => DIALECTS[server] as Dialect;

export function takesMask(server: Server): boolean {
  const { edits, inpaint = edits } = dialectOf(server);
  return inpaint?.mask !== undefined;
}
