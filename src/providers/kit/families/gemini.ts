/**
 * The dialect of Gemini's image models, at the Gemini API and at Vertex AI. One `generateContent` makes one picture; what is refused or not
 * drawn comes with status 200. Source: types of npm `@google/genai` 3.1.0; error shapes of ai.google.dev, "API errors".
 */
import * as z from 'zod/mini';
import type { ModelCard, SizeRule } from '../../protocol/index.ts';
import { type EditArgs, type ImageItem, post, type ReadError, type RequestArgs } from '../adapter/definition.ts';
import { blob } from '../schema/blob.ts';

const MIB = 1024 * 1024;
/** About what one request may hold in all; base64 makes a third more of it (unverified for current versions). */
export const MAX_REQUEST_BYTES = 14 * MIB;

const CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT'] as const;
const THRESHOLDS = ['BLOCK_LOW_AND_ABOVE', 'BLOCK_MEDIUM_AND_ABOVE', 'BLOCK_ONLY_HIGH', 'BLOCK_NONE', 'OFF'] as const;

/** Pixels of the first tier. 1:1 and 16:9 were confirmed, the others are second-hand; none is promised. */
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

/** @param tiers none where the model draws one size and takes no word for it */
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
  /** Taken, but no promise that a picture comes out the same. */
  seed: { min: 0, max: 2_147_483_647 },
  maxImages: 1,
  /** The models count tokens; none takes fewer than 65,536 of them. */
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

const prices = 'second-hand readings of the price page of 2026-10 (unverified)';

/**
 * The same at both services, but for what each of them adds. The dates are those of the Gemini API, by its changelog and its deprecations
 * (ai.google.dev/gemini-api/docs, 2026-11-28). A day in the table of deprecations is the earliest possible one, so it is `deprecated` here;
 * what the changelog says has happened is `shutdown`.
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
  /** No day of its end is published. */
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

/** Strict: a misspelt key fails before any money is spent. */
export const geminiOptions = {
  /** Thoughts cannot be switched off, and are billed. */
  thinkingLevel: z.optional(z.enum(['MINIMAL', 'MEDIUM', 'HIGH'])),
  /** With `TEXT` a model that draws nothing says why. */
  responseModalities: z.optional(
    z
      .array(z.enum(['TEXT', 'IMAGE']))
      .check(z.refine((list) => list.includes('IMAGE'), { error: 'must name IMAGE' }))
      .register(z.globalRegistry, { examples: [['TEXT', 'IMAGE']] }),
  ),
  systemInstruction: z.optional(z.string()),
  /** Looks things up on the web. */
  googleSearch: z.optional(z.boolean()),
};

export const geminiSafetySetting = <const Categories extends readonly [string, ...string[]]>(categories: Categories) =>
  z.strictObject({ category: z.enum(categories), threshold: z.enum(THRESHOLDS) });

export const HARM_CATEGORIES = [
  ...CATEGORIES.map((name) => `HARM_CATEGORY_${name}` as const),
  'HARM_CATEGORY_CIVIC_INTEGRITY',
] as unknown as readonly [string, ...string[]]; // never empty, which `map` does not tell

interface Options {
  readonly thinkingLevel?: string | undefined;
  readonly responseModalities?: readonly string[] | undefined;
  readonly systemInstruction?: string | undefined;
  readonly googleSearch?: boolean | undefined;
  readonly safetySettings?: readonly object[] | undefined;
}

type Args = RequestArgs<Options> | EditArgs<Options>;

/** @param path of the model @param added to `imageConfig` and to the request, by the service that has more */
export function toGeminiRequest(
  path: string,
  args: Args,
  { imageConfig, ...added }: { readonly imageConfig?: object } & Readonly<Record<string, unknown>> = {},
) {
  const { prompt, seed, aspectRatio, tier, safety, options } = args;
  const { thinkingLevel, responseModalities = ['IMAGE'], systemInstruction, googleSearch } = options;
  const {
    safetySettings = safety && CATEGORIES.map((name) => ({ category: `HARM_CATEGORY_${name}`, threshold: safety })),
  } = options;
  const pictures =
    'inputs' in args
      ? args.inputs.map(({ bytes, mediaType }) => ({ inlineData: { mimeType: mediaType, data: bytes } }))
      : [];
  const image = { aspectRatio, imageSize: tier, ...imageConfig };
  return post(`${path}:generateContent`, {
    contents: [{ role: 'user', parts: [{ text: prompt }, ...pictures] }],
    ...(systemInstruction !== undefined && {
      systemInstruction: { role: 'user', parts: [{ text: systemInstruction }] },
    }),
    safetySettings,
    ...(googleSearch && { tools: [{ googleSearch: {} }] }),
    generationConfig: {
      seed,
      responseModalities,
      ...(Object.values(image).some((value) => value !== undefined) && { imageConfig: image }),
      ...(thinkingLevel !== undefined && { thinkingConfig: { thinkingLevel } }),
    },
    ...added,
  });
}

/** Imagen's ids, also those without a card: none is left, and they spoke another dialect than this one. */
const IMAGEN = /^(?:imagen|imagegeneration)\b/;

/** What no card can say. */
export function checkGemini(args: Args) {
  const { model, safety, options } = args;
  if (IMAGEN.test(model)) {
    const message = `${model} is of Imagen, which is shut down`;
    return [{ code: 'model_retired', field: 'model', message, hint: `Use ${currentGemini}.` } as const];
  }
  const bytes = 'inputs' in args ? args.inputs.reduce((sum, file) => sum + file.bytes.length, 0) : 0;
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      safety !== undefined && options.safetySettings !== undefined,
      'options.safetySettings',
      'safety and options.safetySettings were both given',
      'Pass one of them.',
    ],
    [
      options.googleSearch === false,
      'options.googleSearch',
      'nothing is looked up unless asked for',
      'Leave googleSearch out.',
    ],
    [
      options.googleSearch === true && model.includes('lite'),
      'options.googleSearch',
      `${model} cannot look things up`,
      'Leave it out, or use another model.',
    ],
    [
      options.thinkingLevel === 'MEDIUM' && model !== currentGemini && Object.hasOwn(geminiModels, model),
      'options.thinkingLevel',
      `${model} thinks MINIMAL or HIGH`,
      'Pass one of them.',
    ],
    [
      bytes > MAX_REQUEST_BYTES,
      'inputImages',
      `the pictures have ${bytes} bytes together, one request holds ${MAX_REQUEST_BYTES}`,
      'Pass smaller or fewer pictures.',
    ],
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}

const counts = z.nullish(z.array(z.object({ modality: z.nullish(z.string()), tokenCount: z.nullish(z.number()) })));

export const geminiResponse = z.object({
  candidates: z.nullish(
    z.array(
      z.object({
        content: z.nullish(
          z.object({
            parts: z.nullish(
              z.array(
                z.object({
                  text: z.nullish(z.string()),
                  thought: z.nullish(z.boolean()),
                  inlineData: z.nullish(z.object({ mimeType: z.nullish(z.string()), data: z.nullish(blob()) })),
                  /** The other spelling of protocol buffers, by some gateways. */
                  inline_data: z.nullish(z.object({ data: z.nullish(blob()) })),
                }),
              ),
            ),
          }),
        ),
        /** Beside the content, not in it. */
        finishReason: z.nullish(z.string()),
        finishMessage: z.nullish(z.string()),
      }),
    ),
  ),
  promptFeedback: z.nullish(
    z.object({ blockReason: z.nullish(z.string()), blockReasonMessage: z.nullish(z.string()) }),
  ),
  usageMetadata: z.nullish(
    z.object({
      promptTokenCount: z.nullish(z.number()),
      candidatesTokenCount: z.nullish(z.number()),
      thoughtsTokenCount: z.nullish(z.number()),
      totalTokenCount: z.nullish(z.number()),
      promptTokensDetails: counts,
      candidatesTokensDetails: counts,
    }),
  ),
  modelVersion: z.nullish(z.string()),
});
type Response = z.infer<typeof geminiResponse>;
type Candidate = NonNullable<Response['candidates']>[number];

const REFUSED = ['SAFETY', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'RECITATION'];
const isRefusal = (reason: string) => REFUSED.includes(reason.replace(/^IMAGE_/, ''));

/** Images in thoughts are drafts; the declared type may be wrong, so it is not read. */
export function toGeminiImages({ candidates, promptFeedback }: Response): readonly ImageItem[] {
  const { blockReason, blockReasonMessage } = promptFeedback ?? {};
  const items = (candidates ?? []).flatMap(itemsOf);
  const hasImage = items.some((item) => 'bytes' in item);
  if (!blockReason || hasImage) return items;
  return [{ refused: [blockReason, blockReasonMessage].filter(Boolean).join(': ') }];
}

function itemsOf({ content, finishReason, finishMessage }: Candidate): readonly ImageItem[] {
  const all = content?.parts ?? [];
  const images = all.flatMap(({ inlineData, inline_data: other, thought }) => {
    const bytes = inlineData?.data ?? other?.data;
    return bytes ? [{ bytes, isDraft: thought === true }] : [];
  });
  if (images.length > 0) return images;
  // A plain end says nothing about the image: what cannot be read may be one.
  if ((finishReason ?? 'STOP') === 'STOP' && !all.some(({ text }) => text)) return [];
  const parts = all.filter(({ thought }) => !thought);
  const said = finishMessage ?? parts.flatMap(({ text }) => text ?? []).join(' ');
  const words = [finishReason ?? 'no reason given', said.trim()].filter(Boolean).join(': ');
  return [isRefusal(finishReason ?? '') ? { refused: words } : { missing: words }];
}

export function toGeminiUsage({ usageMetadata }: Response) {
  if (!usageMetadata) return undefined;
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount } = usageMetadata;
  const sum = (details: z.infer<typeof counts>, modality: string) =>
    details?.filter((each) => each.modality === modality).reduce((total, each) => total + (each.tokenCount ?? 0), 0);
  const drawn = sum(usageMetadata.candidatesTokensDetails, 'IMAGE') ?? candidatesTokenCount ?? undefined;
  return {
    inputTokens: promptTokenCount,
    outputTokens: candidatesTokenCount,
    totalTokens: totalTokenCount,
    textInputTokens: sum(usageMetadata.promptTokensDetails, 'TEXT'),
    imageInputTokens: sum(usageMetadata.promptTokensDetails, 'IMAGE'),
    imageOutputTokens: drawn,
    textOutputTokens: Math.max((candidatesTokenCount ?? 0) - (drawn ?? 0), 0) + (thoughtsTokenCount ?? 0),
  };
}

export const geminiError = z.object({
  error: z.object({
    message: z.string(),
    status: z.nullish(z.string()),
    details: z.nullish(z.array(z.looseObject({ reason: z.nullish(z.string()), retryDelay: z.nullish(z.string()) }))),
  }),
});

export function toGeminiError({ error: { message, status, details } }: z.infer<typeof geminiError>): ReadError {
  const reasons = (details ?? []).map(({ reason }) => reason);
  const [, seconds] =
    /^(\d+(?:\.\d+)?)s$/.exec((details ?? []).find(({ retryDelay }) => retryDelay)?.retryDelay ?? '') ?? [];
  // A quota for a day, or of nothing, is not one that waiting helps.
  const isUsedUp = /per ?day|limit: 0\b/i.test(`${message} ${JSON.stringify(details ?? [])}`);
  switch (status) {
    case 'INVALID_ARGUMENT':
      return {
        message,
        code: reasons.includes('API_KEY_INVALID') || /api key not valid/i.test(message) ? 'authentication' : undefined,
      };
    case 'FAILED_PRECONDITION':
      return { message, code: 'permission', hint: 'The account may need billing, or another country.' };
    case 'NOT_FOUND':
      return {
        message,
        code: 'invalid_request',
        hint: 'There is no such model here, or none any more; `models()` lists those known.',
      };
    case 'RESOURCE_EXHAUSTED':
      return {
        message,
        code: isUsedUp ? 'quota_exhausted' : undefined,
        retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
      };
    default:
      return { message };
  }
}
