/**
 * Vertex AI: the Gemini API in a project and a location, with a token; or in express mode, with a key and without a project.
 * Imagen is shut down everywhere; its ids are refused with the name of the successor. Source: npm `@google/genai` 3.1.0; google-auth-library 11.3.4.
 */

import { googleAuth, requestToken } from '../kit/auth/google.ts';
import {
  checkGemini,
  geminiError,
  geminiResponse,
  toGeminiError,
  toGeminiImages,
  toGeminiRequest,
  toGeminiUsage,
} from '../kit/families/gemini/index.ts';
import { brokenRules, type OptionRule } from '../kit/families/option-rules.ts';
import {
  bearerAuth,
  defineProvider,
  type EditArgs,
  headerAuth,
  modelSegment,
  post,
  type RequestArgs,
} from '../kit/index.ts';
import { about } from './about.ts';
import { defaultModel, models, tiers } from './models.ts';
import { optionsSchema, settingsSchema, type VertexOptions, type VertexSettings } from './wire.ts';

type Args = RequestArgs<VertexOptions, VertexSettings> | EditArgs<VertexOptions, VertexSettings>;

export const vertex = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['accessToken', 'credentials'],
  baseUrl: ({ location }) => `https://${hostOf(location)}`,
  toAuth: ({ apiKey, accessToken, ...source }) => {
    if (accessToken !== undefined) return bearerAuth(accessToken);
    // Never sends a key and a token together: with a project, the token is used.
    return apiKey !== undefined && source.project === undefined
      ? headerAuth('x-goog-api-key', apiKey)
      : googleAuth(source);
  },
  requestToken,
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest,
  toEdit: toRequest,
  check: (args: Args) => [...checkGemini(args), ...checkOwn(args)],

  repliesHoldImages: true,
  responseSchema: geminiResponse,
  toImages: toGeminiImages,
  toUsage: toGeminiUsage,

  errorSchema: geminiError,
  toError: (failure, { settings: { location } }) => {
    const read = toGeminiError(failure);
    if (failure.error.status !== 'NOT_FOUND') return read;
    return {
      ...read,
      hint: `The model may not be available in ${location}. Set location to 'global', which has the newest models, or choose another model.`,
    };
  },
  /**
   * Counts tokens: free (firebase.google.com, "Count tokens"), and it fails unless credential, project, location and model are right. Whether
   * the current image model supports it is unverified; the documentation lists earlier ones.
   */
  health: (settings) =>
    post(`${pathOf(defaultModel, settings)}:countTokens`, { contents: [{ role: 'user', parts: [{ text: 'a' }] }] }),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createVertex = vertex.create;

/** `global` has no prefix: the host `global-aiplatform` does not exist. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  return location === 'us' || location === 'eu'
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}

function pathOf(model: string, { project, location, apiVersion }: VertexSettings): string {
  const parent = project === undefined ? '' : `projects/${project}/locations/${location}/`;
  return `${apiVersion}/${parent}publishers/google/models/${modelSegment(model)}`;
}

function toRequest(args: Args) {
  const { model, format, settings, options } = args;
  const { labels, modelArmorConfig, personGeneration, prominentPeople, compressionQuality } = options;
  const output = format === undefined ? undefined : { mimeType: `image/${format}`, compressionQuality };
  return toGeminiRequest(pathOf(model, settings), args, {
    labels,
    modelArmorConfig,
    imageConfig: { personGeneration, prominentPeople, imageOutputOptions: output },
  });
}

function checkOwn({ format, safety, options }: Args) {
  const { compressionQuality, modelArmorConfig, safetySettings } = options;
  const rules: readonly OptionRule[] = [
    [
      compressionQuality !== undefined && format !== 'jpeg',
      'options.compressionQuality',
      'only JPEG has lossy compression',
      'Pass format jpeg.',
    ],
    [
      modelArmorConfig !== undefined && (safety !== undefined || safetySettings !== undefined),
      'options.modelArmorConfig',
      'modelArmorConfig replaces safety and safetySettings',
      'Pass one of them.',
    ],
  ];
  return brokenRules(rules);
}
