/**
 * Model cards of MAI-Image, Microsoft's own image models. They run on the same resources as GPT Image, with other routes.
 * Sources: GitHub `MicrosoftDocs/azure-ai-docs`, `use-foundry-models-mai.md` of 2026-09-04, before 2.7; for 2.7 the pages of fal.ai and
 * openrouter.ai and npm `@ai-sdk/azure` 4.0.127 (2026-11-17, third-party sources, not verified); prices as named.
 */
import type { ModelCard, Pricing } from '../protocol/index.ts';

const MEGAPIXEL = 1_048_576;

/** The service silently rounds down to multiples of 16 (from third-party sources, not verified). The longest edge follows from the area. */
const sizesUpTo = (maxPixels: number) =>
  ({
    kind: 'free',
    multipleOf: 16,
    minEdge: 768,
    maxEdge: Math.floor(maxPixels / 768 / 16) * 16,
    minPixels: 768 * 768,
    maxPixels,
    maxRatio: 8,
  }) as const satisfies ModelCard['sizes'];

const common = {
  sizes: sizesUpTo(MEGAPIXEL),
  formats: ['png'],
  formatIsFixed: true,
  /** The service silently ignores `n`: a request for four images returned one (from third-party sources, not verified). */
  maxImages: 1,
  /** The vendor's limit is 32,000 tokens; it publishes no limit in characters. */
  maxPromptLength: 32_000,
  source: 'Microsoft Learn, "MAI image models" (2026-09-04), preview',
} as const satisfies Partial<ModelCard>;

const edit = {
  operations: ['edit'],
  maxInputs: 1,
  /** Not published (unverified). */
  maxInputBytes: 50 * 1024 * 1024 - 1,
  inputFormats: ['png', 'jpeg'],
} as const satisfies ModelCard['edit'];
/** Up to five according to the changelog of Vercel's gateway for 2.6 (2026-09) and to fal.ai for 2.7, whose page also says two (unverified). */
const severalInputs = { ...edit, maxInputs: 5 } as const satisfies ModelCard['edit'];

/** One output token is 1024 pixels. */
const priced = (text: number, imageInput: number, imageOutput: number, asOf: string, source: string): Pricing => ({
  tokens: { textInput: text, imageInput, imageOutput },
  images: [{ size: '1024x1024', usd: (imageOutput * 1024) / 1_000_000 }],
  asOf,
  source,
});

/** Missing from the documentation of 2026-09-04, when they were still deployable in one region; their end date is unknown. */
const first = { ...common, deprecated: '2026-09-04', successor: 'mai-image-2.6' } as const satisfies Partial<ModelCard>;
/** Vercel and a reseller state more pixels; this is the documentation's number. */
const mai26 = { ...common, edit: severalInputs } as const satisfies Partial<ModelCard>;
const mai27 = {
  ...common,
  sizes: sizesUpTo(4 * MEGAPIXEL),
  backgrounds: ['opaque', 'transparent'],
  edit: severalInputs,
  source:
    'fal.ai and openrouter.ai, pages of mai-image-2.7 (2026-11); npm @ai-sdk/azure 4.0.127 (from third-party sources, not verified)',
} as const satisfies Partial<ModelCard>;

const july = 'third-party price tables of 2026-07';

export const maiModels = {
  'mai-image-2.7': {
    ...mai27,
    title: 'MAI-Image-2.7',
    pricing: priced(
      5,
      8,
      34,
      '2026-11-28',
      'fal.ai and openrouter.ai, pages of mai-image-2.7 (from third-party sources, not verified)',
    ),
  },
  'mai-image-2.7-flash': { ...mai27, title: 'MAI-Image-2.7-Flash' },
  'mai-image-2.6': { ...mai26, title: 'MAI-Image-2.6' },
  'mai-image-2.6-flash': { ...mai26, title: 'MAI-Image-2.6-Flash' },
  'mai-image-2.5-pro': { ...common, edit, title: 'MAI-Image-2.5-Pro' },
  'mai-image-2.5': { ...common, edit, title: 'MAI-Image-2.5', pricing: priced(5, 8, 47, '2026-07-01', july) },
  'mai-image-2.5-flash': {
    ...common,
    edit,
    title: 'MAI-Image-2.5-Flash',
    pricing: priced(1.75, 1.75, 33, '2026-07-01', july),
  },
  'mai-image-2e': { ...first, title: 'MAI-Image-2e' },
  'mai-image-2': { ...first, title: 'MAI-Image-2' },
} as const satisfies Record<string, ModelCard>;

/** Which MAI models take an option. 2.7 is assumed to take the same as 2.6 (unverified). */
export const hasLayoutAndSearch = (family: string): boolean => /^mai-image-2\.[67]/.test(family);
