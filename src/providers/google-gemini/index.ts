/** Gemini API: one `generateContent` request per image, with the key in a header. Source: npm `@google/genai` 3.1.0; ai.google.dev, "Image generation". */
import * as z from 'zod/mini';
import {
  checkGemini,
  geminiError,
  geminiOptions,
  geminiResponse,
  geminiSafetySetting,
  HARM_CATEGORIES,
  toGeminiError,
  toGeminiImages,
  toGeminiRequest,
  toGeminiUsage,
} from '../kit/families/gemini/index.ts';
import { defineProvider, type EditArgs, get, modelSegment, type RequestArgs } from '../kit/index.ts';
import { about } from './about.ts';
import { defaultModel, models, tiers } from './models.ts';

const settingsSchema = z.strictObject({
  /** The vendor documents `v1beta`; whether `v1` has every field is unverified. */
  apiVersion: z._default(z.enum(['v1', 'v1beta']), 'v1beta'),
});
const optionsSchema = z.strictObject({
  ...geminiOptions,
  safetySettings: z.optional(z.array(geminiSafetySetting(HARM_CATEGORIES))),
});
type Args =
  | RequestArgs<z.infer<typeof optionsSchema>, z.output<typeof settingsSchema>>
  | EditArgs<z.infer<typeof optionsSchema>, z.output<typeof settingsSchema>>;

const toRequest = (args: Args) =>
  toGeminiRequest(`${args.settings.apiVersion}/models/${modelSegment(args.model)}`, args);

export const googleGemini = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'https://generativelanguage.googleapis.com',
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest,
  toEdit: toRequest,
  check: checkGemini,

  repliesHoldImages: true,
  responseSchema: geminiResponse,
  toImages: toGeminiImages,
  toUsage: toGeminiUsage,

  errorSchema: geminiError,
  toError: toGeminiError,
  health: ({ apiVersion }) => ({ ...get(`${apiVersion}/models`), query: { pageSize: 1 } }),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createGoogleGemini = googleGemini.create;
