/** Gemini's image models, as the Gemini API and Vertex AI offer them. Sources: npm `@google/genai` 3.1.0; ai.google.dev, "Image generation". */
import type { ModelCard, SizeRule } from '../../../protocol/index.ts';

const MIB = 1024 * 1024;
/** Approximate size limit of one request in bytes, before base64 adds a third (unverified for current versions). */
export const MAX_REQUEST_BYTES = 14 * MIB;

/** Pixels of the default tier. 1:1 and 16:9 are confirmed, the others come from third-party sources and are not verified; the vendor guarantees none. */
const RATIOS = {
  '1:1': '1024x1024',
  '16:9': '1376x768',
  '9:16': '768x1376',
  '4:3': '1200x896',
  '3:4': '896x1200',
  '3:2': '1264x848',
  '2:3': '848x1264',
  '4:5': '928x1152',
  '5:4': '1152x928',
  '21:9': '1584x672',
} as const;
const LONG_RATIOS = { ...RATIOS, '1:4': '512x2048', '4:1': '2048x512', '1:8': '352x2816', '8:1': '2816x352' } as const;
const SCALES = { '512': 0.5, '1K': 1, '2K': 2, '4K': 4 } as const;
type Tier = keyof typeof SCALES;

/** @param tiers empty for models with one size, which accept no tier */
function sizesOf(ratios: Readonly<Record<string, string>>, ...tiers: readonly Tier[]): SizeRule {
  const scaled = (scale: number) =>
    Object.fromEntries(
      Object.entries(ratios).map(([ratio, size]) => [
        ratio,
        size
          .split('x')
          .map((edge) => Number(edge) * scale)
          .join('x'),
      ]),
    );
  const named = Object.fromEntries(tiers.map((tier) => [tier, scaled(SCALES[tier])]));
  return { kind: 'ratios', ratios, areNominal: true, ...(tiers.length > 0 && { tiers: named }) };
}

const common = {
  formats: ['png', 'jpeg'],
  safety: { strict: 'BLOCK_LOW_AND_ABOVE', relaxed: 'BLOCK_ONLY_HIGH' },
  /** Accepted, without a guarantee that the image is the same. */
  seed: { min: 0, max: 2_147_483_647 },
  maxImages: 1,
  /** The models count tokens; all accept at least 65,536 of them. */
  maxPromptLength: 100_000,
  qualityTiers: { draft: '1K', standard: '1K', hd: '2K' },
  edit: {
    operations: ['edit'],
    maxInputs: 14,
    maxInputBytes: MAX_REQUEST_BYTES,
    inputFormats: ['png', 'jpeg', 'webp'],
  },
  source: 'npm @google/genai 3.1.0 (2026-11-10); ai.google.dev, "Image generation"',
} as const satisfies Partial<ModelCard>;

const { qualityTiers: _, ...oneSize } = common;

export const currentGemini = 'gemini-nano-banana-2.1';
export const retiredGemini = (title: string, shutdown: string, successor = currentGemini): ModelCard => ({
  ...oneSize,
  title,
  shutdown,
  successor,
  sizes: sizesOf(RATIOS),
});

const prices = 'third-party readings of the price page of 2026-10 (unverified)';

/**
 * The models that both services offer; each service adds its own. The dates are those of the Gemini API, from its changelog and its list of
 * deprecations (ai.google.dev/gemini-api/docs, 2026-11-28). A date in the list is the earliest possible one, so it is `deprecated` here;
 * a shutdown in the changelog has happened, so it is `shutdown`.
 */
export const geminiModels = {
  [currentGemini]: {
    ...common,
    title: 'Nano Banana 2.1',
    sizes: sizesOf(LONG_RATIOS, '1K', '2K', '4K'),
    pricing: {
      images: [{ usd: 0.0336 }, { tier: '1K', usd: 0.0336 }, { tier: '2K', usd: 0.0504 }, { tier: '4K', usd: 0.113 }],
      tokens: { textInput: 1.5, imageInput: 1.5, textOutput: 7.5, imageOutput: 30 },
      asOf: '2026-10-06',
      source: prices,
    },
  },
  'gemini-3-pro-image': {
    ...common,
    title: 'Nano Banana Pro (Gemini 3 Pro Image)',
    sizes: sizesOf(RATIOS, '1K', '2K', '4K'),
    pricing: {
      images: [{ usd: 0.134 }, { tier: '1K', usd: 0.134 }, { tier: '2K', usd: 0.134 }, { tier: '4K', usd: 0.24 }],
      tokens: { textInput: 2, imageInput: 2, textOutput: 12, imageOutput: 120 },
      asOf: '2026-09-27',
      source: 'npm model-bank 1.0.20260927; 4K unverified',
    },
  },
  /** No shutdown date is published. */
  'gemini-3.1-flash-image': {
    ...common,
    title: 'Nano Banana 2 (Gemini 3.1 Flash Image)',
    deprecated: '2026-10-06',
    successor: currentGemini,
    sizes: sizesOf(LONG_RATIOS, '512', '1K', '2K', '4K'),
    qualityTiers: { draft: '512', standard: '1K', hd: '2K' },
    pricing: {
      images: [
        { usd: 0.067 },
        { tier: '512', usd: 0.045 },
        { tier: '1K', usd: 0.067 },
        { tier: '2K', usd: 0.101 },
        { tier: '4K', usd: 0.151 },
      ],
      tokens: { textInput: 0.5, imageInput: 0.5, textOutput: 3, imageOutput: 60 },
      asOf: '2026-11-28',
      source: 'npm model-bank 1.0.20260927 for 1K; 2K and 4K as Replicate bills them; 512 unverified',
    },
  },
  'gemini-3.1-flash-lite-image': {
    ...oneSize,
    title: 'Gemini 3.1 Flash Lite Image',
    sizes: sizesOf(LONG_RATIOS),
    pricing: {
      images: [{ usd: 0.034 }],
      tokens: { textInput: 0.25, imageInput: 0.25, textOutput: 1.5, imageOutput: 30 },
      asOf: '2026-09-27',
      source: 'npm model-bank 1.0.20260927',
    },
  },
  /** Closed to accounts that had not used it by 2026-09-18; whether it still answers others is unverified. */
  'gemini-2.5-flash-image': {
    ...oneSize,
    title: 'Nano Banana (Gemini 2.5 Flash Image)',
    deprecated: '2026-10-02',
    successor: currentGemini,
    sizes: sizesOf(RATIOS),
    edit: { ...common.edit, maxInputs: 3 },
    pricing: {
      images: [{ usd: 0.039 }],
      tokens: { textInput: 0.3, imageInput: 0.3, textOutput: 2.5, imageOutput: 30 },
      asOf: '2026-09-27',
      source: 'npm model-bank 1.0.20260927',
    },
  },
  'gemini-2.5-flash-image-preview': retiredGemini('Gemini 2.5 Flash Image, preview', '2026-01-15'),
  'gemini-3-pro-image-preview': retiredGemini('Gemini 3 Pro Image, preview', '2026-06-25', 'gemini-3-pro-image'),
  'gemini-3.1-flash-image-preview': retiredGemini('Gemini 3.1 Flash Image, preview', '2026-06-25'),
  'imagen-4.0-generate-001': retiredGemini('Imagen 4', '2026-08-17'),
  'imagen-4.0-fast-generate-001': retiredGemini('Imagen 4 Fast', '2026-08-17'),
  'imagen-4.0-ultra-generate-001': retiredGemini('Imagen 4 Ultra', '2026-08-17', 'gemini-3-pro-image'),
  'imagen-3.0-generate-002': retiredGemini('Imagen 3', '2025-11-10'),
  'imagen-3.0-capability-001': retiredGemini('Imagen 3, editing', '2026-08-17'),
} as const satisfies Record<string, ModelCard>;
