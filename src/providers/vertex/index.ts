/**
 * Vertex AI: Gemini's dialect below a project and a location, with a token; or, in express mode, with a key and without a project.
 * Imagen is shut down everywhere; its ids are refused with what took its place. Source: npm `@google/genai` 3.1.0; google-auth-library 11.3.4.
 */
import {
  checkGemini,
  geminiError,
  geminiResponse,
  toGeminiError,
  toGeminiImages,
  toGeminiRequest,
  toGeminiUsage,
} from '../kit/families/gemini.ts';
import {
  bearerAuth,
  defineProvider,
  type EditArgs,
  googleAuth,
  headerAuth,
  modelSegment,
  post,
  type RequestArgs,
} from '../kit/index.ts';
import { about } from './about.ts';
import { defaultModel, models, tiers } from './models.ts';
import { type Options, optionsSchema, type Settings, settingsSchema } from './wire.ts';

type Args = RequestArgs<Options, Settings> | EditArgs<Options, Settings>;

export const vertex = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['accessToken', 'credentials'],
  baseUrl: ({ location }) => `https://${hostOf(location)}`,
  toAuth: ({ apiKey, accessToken, ...source }) => {
    if (accessToken !== undefined) return bearerAuth(accessToken);
    // A key and a token are never sent together: with a project the token counts.
    return apiKey !== undefined && source.project === undefined
      ? headerAuth('x-goog-api-key', apiKey)
      : googleAuth(source);
  },
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest,
  toEdit: toRequest,
  check: (args: Args) => [...checkGemini(args), ...checkOwn(args)],

  responseSchema: geminiResponse,
  toImages: toGeminiImages,
  toUsage: toGeminiUsage,

  errorSchema: geminiError,
  toError: (failure, { settings: { location } }) => {
    const read = toGeminiError(failure);
    if (failure.error.status !== 'NOT_FOUND') return read;
    return { ...read, hint: `The model may not be served from ${location}; the later ones are served from global.` };
  },
  /**
   * Counting tokens is not charged (firebase.google.com, "Count tokens"), and needs credential, project, location and model to be right. That
   * the current image model can be asked so is unverified; earlier ones are listed.
   */
  health: (settings) =>
    post(`${pathOf(defaultModel, settings)}:countTokens`, { contents: [{ role: 'user', parts: [{ text: 'a' }] }] }),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createVertex = vertex.create;

/** `global` has no prefix: `global-aiplatform` is no host. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  return location === 'us' || location === 'eu'
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}

function pathOf(model: string, { project, location, apiVersion }: Settings): string {
  const room = project === undefined ? '' : `projects/${project}/locations/${location}/`;
  return `${apiVersion}/${room}publishers/google/models/${modelSegment(model)}`;
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
  const rules: readonly (readonly [broken: boolean, field: string, message: string, hint: string])[] = [
    [
      compressionQuality !== undefined && format !== 'jpeg',
      'options.compressionQuality',
      'only a JPEG is compressed with loss',
      'Pass format jpeg.',
    ],
    [
      modelArmorConfig !== undefined && (safety !== undefined || safetySettings !== undefined),
      'options.modelArmorConfig',
      'modelArmorConfig takes the place of safety and safetySettings',
      'Pass one of them.',
    ],
  ];
  return rules.flatMap(([broken, field, message, hint]) => (broken ? [{ field, message, hint }] : []));
}
