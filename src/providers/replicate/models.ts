/**
 * Popular official models of Replicate as dated data; each card has a row in `inputs.ts`. Any other `owner/name` or `owner/name:version` passes
 * with a warning and what `options.input` gives it.
 * Sources: model pages, second-hand (2026-11, unverified); prices as each says. Every model's own schema is asked for before the submit.
 */
import { nominalPixels } from '../kit/index.ts';
import type { ModelCard, Pricing } from '../protocol/index.ts';

const SOURCE = 'model pages of replicate.com, second-hand (2026-11)';
const MEGAPIXEL = 1_048_576;

const listed = (usd: number): Pricing => ({
  images: [{ usd }],
  asOf: '2026-10-07',
  source: 'replicate.com/pricing, second-hand reading',
});
const heard = (usd: number): Pricing => ({
  images: [{ usd }],
  asOf: '2026-11-20',
  source: 'second-hand price lists (unverified)',
});

const fluxRatios = ['1:1', '16:9', '21:9', '3:2', '2:3', '4:5', '5:4', '3:4', '4:3', '9:16', '9:21'];
const ratios = (area: number, names: readonly string[]) =>
  ({ kind: 'ratios', ratios: nominalPixels(area, names), areNominal: true }) as const;
const common = {
  maxImages: 1,
  /** Nobody publishes limits here; what is longer is a mistake. */
  maxPromptLength: 32_000,
  seed: { min: 0, max: 4_294_967_295 },
  source: SOURCE,
} as const satisfies Partial<ModelCard>;
const input = { maxInputs: 1, maxInputBytes: 50 * 1024 * 1024, inputFormats: ['png', 'jpeg', 'webp'] } as const;
const editing = (maxInputs: number) => ({ ...input, operations: ['edit'], maxInputs }) as const;

const flux1 = {
  ...common,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  formats: ['webp', 'jpeg', 'png'],
  maxImages: 4,
} as const satisfies Partial<ModelCard>;
const pro = {
  ...common,
  formats: ['webp', 'jpeg', 'png'],
  safety: { strict: '1', relaxed: '6' },
} as const satisfies Partial<ModelCard>;
const kontext = {
  ...common,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  formats: ['png', 'jpeg'],
  safety: { strict: '0', relaxed: '6' },
  /** With a picture, less is tolerated (unverified). */
  edit: { ...editing(1), differs: { edit: { safety: { strict: '0', relaxed: '2' } } } },
} as const satisfies Partial<ModelCard>;
const flux2 = {
  ...pro,
  sizes: ratios(MEGAPIXEL, fluxRatios),
  safety: { strict: '1', relaxed: '5' },
  edit: editing(8),
} as const satisfies Partial<ModelCard>;
const { seed: _, ...withoutSeed } = common;
const banana = {
  ...withoutSeed,
  sizes: ratios(MEGAPIXEL, ['1:1', '21:9', '16:9', '3:2', '4:3', '5:4', '4:5', '3:4', '2:3', '9:16']),
  formats: ['jpeg', 'png'],
  edit: editing(10),
} as const satisfies Partial<ModelCard>;
const ideogram = {
  ...common,
  sizes: ratios(MEGAPIXEL, [
    '1:1',
    '16:9',
    '9:16',
    '3:2',
    '2:3',
    '4:3',
    '3:4',
    '5:4',
    '4:5',
    '3:1',
    '1:3',
    '2:1',
    '1:2',
  ]),
  formats: ['png', 'jpeg', 'webp'],
  formatIsFixed: true,
  styles: ['Auto', 'General', 'Realistic', 'Design'],
  /** As at Ideogram itself. */
  edit: {
    ...input,
    operations: ['inpaint'],
    mask: { convention: 'black-repaints' },
    differs: { inpaint: { sizes: { kind: 'none' } } },
  },
} as const satisfies Partial<ModelCard>;
const tool = {
  editsOnly: true,
  maxImages: 1,
  maxPromptLength: 0,
  sizes: { kind: 'none' },
  formats: ['png', 'webp', 'jpeg'],
  formatIsFixed: true,
  source: SOURCE,
} as const satisfies Partial<ModelCard>;

export const models = {
  'black-forest-labs/flux-schnell': { ...flux1, title: 'FLUX.1 [schnell]', pricing: listed(0.003) },
  'black-forest-labs/flux-dev': { ...flux1, title: 'FLUX.1 [dev]', edit: editing(1), pricing: listed(0.025) },
  'black-forest-labs/flux-1.1-pro': {
    ...pro,
    title: 'FLUX1.1 [pro]',
    sizes: {
      kind: 'free',
      multipleOf: 32,
      minEdge: 256,
      maxEdge: 1440,
      minPixels: 65_536,
      maxPixels: 2_073_600,
      maxRatio: 5,
    },
    pricing: listed(0.04),
  },
  'black-forest-labs/flux-1.1-pro-ultra': {
    ...pro,
    title: 'FLUX1.1 [pro] Ultra',
    sizes: ratios(4 * MEGAPIXEL, fluxRatios),
    formats: ['jpeg', 'png'],
    pricing: heard(0.06),
  },
  'black-forest-labs/flux-kontext-pro': { ...kontext, title: 'FLUX.1 Kontext [pro]', pricing: heard(0.04) },
  'black-forest-labs/flux-kontext-max': { ...kontext, title: 'FLUX.1 Kontext [max]', pricing: heard(0.08) },
  'black-forest-labs/flux-2-pro': { ...flux2, title: 'FLUX.2 [pro]' },
  'black-forest-labs/flux-2-max': { ...flux2, title: 'FLUX.2 [max]' },
  'google/nano-banana': { ...banana, title: 'Nano Banana' },
  'google/nano-banana-2': { ...banana, title: 'Nano Banana 2' },
  'google/nano-banana-pro': { ...banana, title: 'Nano Banana Pro' },
  'bytedance/seedream-4.5': {
    ...withoutSeed,
    title: 'Seedream 4.5',
    sizes: {
      kind: 'free',
      multipleOf: 16,
      minEdge: 1024,
      maxEdge: 4096,
      minPixels: 1_048_576,
      maxPixels: 16_777_216,
      maxRatio: 4,
    },
    formats: ['jpeg', 'png', 'webp'],
    formatIsFixed: true,
    edit: editing(10),
  },
  'ideogram-ai/ideogram-v3-turbo': { ...ideogram, title: 'Ideogram 3 turbo' },
  'ideogram-ai/ideogram-v3-balanced': { ...ideogram, title: 'Ideogram 3 balanced' },
  'ideogram-ai/ideogram-v3-quality': { ...ideogram, title: 'Ideogram 3 quality', pricing: listed(0.09) },
  'recraft-ai/recraft-v3': {
    ...withoutSeed,
    title: 'Recraft 3',
    sizes: {
      kind: 'list',
      sizes: ['1024x1024', '1365x1024', '1024x1365', '1536x1024', '1024x1536', '1820x1024', '1024x1820'],
    },
    formats: ['webp', 'png'],
    formatIsFixed: true,
    styles: ['any', 'realistic_image', 'digital_illustration'],
    pricing: heard(0.04),
  },
  'recraft-ai/recraft-crisp-upscale': {
    ...tool,
    title: 'Recraft: enlarges, crisply',
    edit: { ...input, operations: ['upscale'] },
  },
  'bria/remove-background': {
    ...tool,
    title: 'Bria: takes the background away',
    edit: { ...input, operations: ['remove-background'] },
  },
} as const satisfies Readonly<Record<string, ModelCard>>;

export const defaultModel = 'black-forest-labs/flux-schnell';
export const defaultModels = {
  edit: 'black-forest-labs/flux-kontext-pro',
  inpaint: 'ideogram-ai/ideogram-v3-balanced',
  upscale: 'recraft-ai/recraft-crisp-upscale',
  'remove-background': 'bria/remove-background',
} as const;
