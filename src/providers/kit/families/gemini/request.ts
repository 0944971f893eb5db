/** Options and requests of Gemini's image models. One `generateContent` request generates one image. Source: types of npm `@google/genai` 3.1.0. */
import * as z from 'zod/mini';
import { post } from '../../adapter/http-requests.ts';
import type { EditArgs, RequestArgs } from '../../adapter/request-args.ts';

const CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT'] as const;
const THRESHOLDS = ['BLOCK_LOW_AND_ABOVE', 'BLOCK_MEDIUM_AND_ABOVE', 'BLOCK_ONLY_HIGH', 'BLOCK_NONE', 'OFF'] as const;

export const geminiOptions = {
  /** Thinking cannot be turned off, and is charged. */
  thinkingLevel: z.optional(z.enum(['MINIMAL', 'MEDIUM', 'HIGH'])),
  /** With `TEXT`, a model that returns no image says why. */
  responseModalities: z.optional(
    z
      .array(z.enum(['TEXT', 'IMAGE']))
      .check(z.refine((list) => list.includes('IMAGE'), { error: 'must name IMAGE' }))
      .register(z.globalRegistry, { examples: [['TEXT', 'IMAGE']] }),
  ),
  systemInstruction: z.optional(z.string()),
  /** Allows the model to search the web. */
  googleSearch: z.optional(z.boolean()),
};

export const geminiSafetySetting = <const Categories extends readonly [string, ...string[]]>(categories: Categories) =>
  z.strictObject({ category: z.enum(categories), threshold: z.enum(THRESHOLDS) });

export const HARM_CATEGORIES = [
  ...CATEGORIES.map((name) => `HARM_CATEGORY_${name}` as const),
  'HARM_CATEGORY_CIVIC_INTEGRITY',
] as unknown as readonly [string, ...string[]]; // never empty, which the type of `map` does not show

interface Options {
  readonly thinkingLevel?: string | undefined;
  readonly responseModalities?: readonly string[] | undefined;
  readonly systemInstruction?: string | undefined;
  readonly googleSearch?: boolean | undefined;
  readonly safetySettings?: readonly object[] | undefined;
}

export type GeminiArgs = RequestArgs<Options> | EditArgs<Options>;

/** @param path path of the model @param added further fields of the service, for `imageConfig` and for the request itself */
export function toGeminiRequest(
  path: string,
  args: GeminiArgs,
  { imageConfig, ...added }: { readonly imageConfig?: object } & Readonly<Record<string, unknown>> = {},
) {
  const { prompt, seed, aspectRatio, tier, safety, options } = args;
  const { thinkingLevel, responseModalities = ['IMAGE'], systemInstruction, googleSearch } = options;
  const {
    safetySettings = safety && CATEGORIES.map((name) => ({ category: `HARM_CATEGORY_${name}`, threshold: safety })),
  } = options;
  const images =
    'inputs' in args
      ? args.inputs.map(({ bytes, mediaType }) => ({ inlineData: { mimeType: mediaType, data: bytes } }))
      : [];
  const imageOptions = { aspectRatio, imageSize: tier, ...imageConfig };
  return post(`${path}:generateContent`, {
    contents: [{ role: 'user', parts: [{ text: prompt }, ...images] }],
    ...(systemInstruction !== undefined && {
      systemInstruction: { role: 'user', parts: [{ text: systemInstruction }] },
    }),
    safetySettings,
    ...(googleSearch && { tools: [{ googleSearch: {} }] }),
    generationConfig: {
      seed,
      responseModalities,
      ...(Object.values(imageOptions).some((value) => value !== undefined) && { imageConfig: imageOptions }),
      ...(thinkingLevel !== undefined && { thinkingConfig: { thinkingLevel } }),
    },
    ...added,
  });
}
