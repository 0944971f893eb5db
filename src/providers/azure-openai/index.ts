/**
 * Azure OpenAI: OpenAI's dialect at a customer's own address, for a customer's own deployments.
 * Source: Microsoft Learn, "Image generation models" (2026-04-17) and "Troubleshoot common HTTP errors" (2026-09-20); npm `openai` 7.55.0.
 */
import {
  openaiAccept,
  openaiEvent,
  openaiFields,
  openaiPictures,
  openaiResponse,
  toOpenAiEvent,
  toOpenAiImages,
  toOpenAiUsage,
} from '../kit/families/openai-images.ts';
import {
  bearerAuth,
  defineProvider,
  get,
  type HttpRequest,
  headerAuth,
  modelSegment,
  post,
  postForm,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, models } from './models.ts';
import { errorSchema, FILTERED, optionsSchema, refusalSchema, type Settings, settingsSchema } from './wire.ts';

const FIRST_VERSION = '2025-04-01-preview';
/** Four spellings are in use. */
/** No card has this name: the kit then says which one it takes instead. */
const UNKNOWN_FAMILY = 'unknown model family';

export const azureOpenai = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['token'],
  baseUrl: ({ endpoint, resource }) =>
    endpoint === undefined
      ? `https://${resource}.openai.azure.com`
      : endpoint.replace(/(?:\/openai(?:\/v1)?)?\/?$/i, ''),
  toAuth: ({ token, apiKey = '' }) => (token === undefined ? headerAuth('api-key', apiKey) : bearerAuth(token)),
  models,
  defaultModel,
  toModel: (asked, { deployment = '', modelFamily }) => ({
    model: asked ?? deployment,
    card: modelFamily ?? UNKNOWN_FAMILY,
  }),

  optionsSchema,
  toRequest: (args) => at('generations', args, post('', openaiFields(args), openaiAccept(args))),
  toEdit: (args) =>
    at('edits', args, {
      ...postForm('', { ...openaiFields(args), ...openaiPictures(args) }),
      headers: openaiAccept(args),
    }),
  check,

  responseSchema: openaiResponse,
  toImages: toOpenAiImages,
  toUsage: ({ usage }) => toOpenAiUsage(usage),

  errorSchema,
  refusalSchema,
  toError: ({ error: { message, code, innererror, inner_error } }, { status }) => ({
    message:
      message ??
      innererror?.code ??
      inner_error?.code ??
      (code === null || code === undefined ? 'no reason given' : String(code)),
    ...meaningOf([code, innererror?.code, inner_error?.code].map(String), status),
  }),

  stream: {
    eventSchema: openaiEvent,
    toEvent: (event) => toOpenAiEvent(event, (code, status) => meaningOf([String(code)], status)),
  },
  health: (settings) => withVersion(get(settings.surface === 'v1' ? 'openai/v1/models' : 'openai/models'), settings),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createAzureOpenAI = azureOpenai.create;

interface Where {
  readonly model: string;
  readonly settings: Settings;
}

function at(what: 'generations' | 'edits', { model, settings }: Where, request: HttpRequest): HttpRequest {
  const room = settings.surface === 'v1' ? 'v1' : `deployments/${modelSegment(model)}`;
  return withVersion({ ...request, url: `openai/${room}/images/${what}` }, settings);
}

function withVersion(
  request: HttpRequest,
  { surface, apiVersion = surface === 'v1' ? undefined : FIRST_VERSION }: Settings,
): HttpRequest {
  return apiVersion === undefined ? request : { ...request, query: { 'api-version': apiVersion } };
}

function meaningOf(codes: readonly string[], status: number) {
  if (codes.some((code) => FILTERED.includes(code)))
    return { code: 'content_refused', hint: 'Change the prompt or the inputs.' } as const;
  if (codes.includes('insufficient_quota')) return { code: 'quota_exhausted' } as const;
  if (status !== 404) return {};
  const hint = 'Check the deployment’s name, the endpoint, and that apiVersion is 2025-04-01-preview or later.';
  return { code: 'invalid_request', hint } as const;
}
