/**
 * Model cards of workflows: three built-in ones, and the caller's own, whose cards follow from their maps.
 * Source: GitHub `Comfy-Org/ComfyUI` 0.38.1. The memory of the graphics card sets further limits.
 */
import type { ModelCard, SizeRule } from '../protocol/index.ts';
import type { ComfySettings } from './wire.ts';
import type { OwnWorkflow } from './workflow.ts';

const SOURCE = 'GitHub Comfy-Org/ComfyUI 0.38.1';

/** The server rounds edges down to multiples of this without an error. */
const pixels = (multipleOf: number): SizeRule => ({
  kind: 'free',
  multipleOf,
  minEdge: multipleOf * Math.ceil(16 / multipleOf),
  maxEdge: 16_384,
  minPixels: 256,
  maxPixels: 67_108_864,
  maxRatio: 1024,
});

const common = {
  maxPromptLength: 100_000,
  /** Workflows save PNG; the server converts it to the others. */
  formats: ['png', 'jpeg', 'webp'],
  streaming: { maxPartials: 20 },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

const free = (usd: number): ModelCard['pricing'] & object => ({
  images: [{ usd }],
  asOf: '2026-11-20',
  source: 'generated on the caller’s own machine',
});

const input = {
  maxInputBytes: 100 * 1024 * 1024,
  inputFormats: ['png', 'jpeg', 'webp'],
} as const satisfies Partial<NonNullable<ModelCard['edit']>>;

/** The largest seed that a JavaScript number holds exactly; the server's maximum is 2^64 - 1. */
const seed = { min: 0, max: Number.MAX_SAFE_INTEGER };

const shipped = { ...common, maxImages: 16, seed, pricing: free(0) } as const satisfies Partial<ModelCard>;
/** The input image decides the size. */
const ofPicture = { sizes: { kind: 'none' } } as const;

export const models = {
  sdxl: {
    ...shipped,
    title: 'Stable Diffusion XL',
    sizes: pixels(8),
    negativePrompt: { maxLength: 100_000 },
    edit: {
      ...input,
      operations: ['edit', 'inpaint'],
      maxInputs: 1,
      mask: { convention: 'white-repaints' },
      differs: { edit: { ...ofPicture, edit: { mask: undefined } }, inpaint: ofPicture },
    },
  },
  'flux-dev': {
    ...shipped,
    title: 'FLUX.1 dev',
    sizes: pixels(16),
    edit: { ...input, operations: ['edit'], maxInputs: 1, differs: { edit: ofPicture } },
  },
  'flux-schnell': {
    ...shipped,
    title: 'FLUX.1 schnell',
    sizes: pixels(16),
    edit: { ...input, operations: ['edit'], maxInputs: 1, differs: { edit: ofPicture } },
  },
} as const satisfies Record<string, ModelCard>;

export const defaultModel = 'sdxl';
/** The models that `model: 'best'` and `model: 'light'` select. */
export const tiers = { best: 'flux-dev', light: 'flux-schnell' } as const;

export const ownModels = ({ workflows }: ComfySettings): Readonly<Record<string, ModelCard>> =>
  Object.fromEntries(Object.entries(workflows).map(([name, workflow]) => [name, cardOf(name, workflow)]));

/** A workflow supports the fields that its map names. */
function cardOf(name: string, { title = name, map, multipleOf, maxImages, usd }: OwnWorkflow): ModelCard {
  const { inputImages, mask } = map;
  return {
    ...common,
    title,
    sizes: map.width && map.height ? pixels(multipleOf) : { kind: 'none' },
    maxImages: map.n ? maxImages : 1,
    ...(map.seed && { seed }),
    ...(map.negativePrompt && { negativePrompt: { maxLength: 100_000 } }),
    ...(inputImages && {
      editsOnly: true as const,
      edit: {
        ...input,
        operations: mask ? ['inpaint'] : ['edit'],
        maxInputs: inputImages.length,
        ...(mask && { mask: { convention: 'white-repaints' as const } }),
      },
    }),
    ...(usd !== undefined && { pricing: { ...free(usd), source: 'the settings of the workflow' } }),
    source: 'the settings of the workflow',
  };
}
