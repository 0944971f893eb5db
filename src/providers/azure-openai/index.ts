/**
 * Azure OpenAI: OpenAI's dialect at a customer's own address, for a customer's own deployments; Microsoft's own models have routes beside it.
 * Source: Microsoft Learn, "Image generation models" (2026-04-17) and "Troubleshoot common HTTP errors" (2026-09-20); npm `openai` 7.55.0.
 */
import {
  openaiAccept,
  openaiEvent,
  openaiFields,
  openaiPictures,
  toOpenAiEvent,
  toOpenAiImages,
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
import { isMai, toMaiEdit, toMaiRequest } from './mai.ts';
import { defaultModel, models } from './models.ts';
import {
  errorSchema,
  FILTERED,
  optionsSchema,
  refusalSchema,
  responseSchema,
  type Settings,
  settingsSchema,
  toUsage,
} from './wire.ts';

const FIRST_VERSION = '2025-04-01-preview';
/** No card has this name: the kit then says which one it takes instead. */
const UNKNOWN_FAMILY = 'unknown model family';

export const azureOpenai = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['token'],
  baseUrl: ({ endpoint, resource, modelFamily }) =>
    endpoint === undefined
      ? `https://${resource}.${isMai({ modelFamily }) ? 'services.ai' : 'openai'}.azure.com`
      : endpoint.replace(/(?:\/(?:openai|mai)(?:\/v1)?)?\/?$/i, ''),
  toAuth: ({ token, apiKey = '' }) => (token === undefined ? headerAuth('api-key', apiKey) : bearerAuth(token)),
  models,
  defaultModel,
  toModel: (asked, { deployment = '', modelFamily }) => ({
    model: asked ?? deployment,
    card: modelFamily ?? UNKNOWN_FAMILY,
  }),

  optionsSchema,
  toRequest: (args) =>
    isMai(args.settings)
      ? toMaiRequest(args)
      : at('generations', args, post('', openaiFields(args), openaiAccept(args))),
  toEdit: (args) =>
    isMai(args.settings)
      ? toMaiEdit(args)
      : at('edits', args, {
          ...postForm('', { ...openaiFields(args), ...openaiPictures(args) }),
          headers: openaiAccept(args),
        }),
  check,

  responseSchema,
  toImages: toOpenAiImages,
  toUsage,

  toPricedQuality: ({ options: { quality } }) => quality,

  errorSchema,
  refusalSchema,
  toError: ({ error: { message, code, innererror, inner_error } }, { status }) => ({
    message:
      message ??
      innererror?.code ??
      inner_error?.code ??
      (code === null || code === undefined ? 'no reason given' : String(code)),
    ...meaningOf([code, innererror?.code, inner_error?.code].map(String), status, message ?? ''),
  }),

  stream: {
    eventSchema: openaiEvent,
    toEvent: (event) => toOpenAiEvent(event, (code, status) => meaningOf([String(code)], status)),
  },
  health: (settings) => withVersion(get(isOnV1(settings) ? 'openai/v1/models' : 'openai/models'), settings),
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

/** A resource with MAI models is asked there too; that it answers where it has no other models is unverified. */
const isOnV1 = (settings: Settings): boolean => settings.surface === 'v1' || isMai(settings);

function withVersion(request: HttpRequest, settings: Settings): HttpRequest {
  const { apiVersion = isOnV1(settings) ? undefined : FIRST_VERSION } = settings;
  return apiVersion === undefined ? request : { ...request, query: { 'api-version': apiVersion } };
}

function meaningOf(codes: readonly string[], status: number, message = '') {
  // The whole resource is blocked for what was asked before; this prompt may be harmless (second-hand wording).
  if (status === 403 && /temporarily blocked/i.test(message))
    return {
      code: 'permission',
      hint: 'Every request fails until the owner of the resource has it unblocked.',
    } as const;
  if (codes.some((code) => FILTERED.includes(code)))
    return { code: 'content_refused', hint: 'Change the prompt or the inputs.' } as const;
  if (codes.includes('insufficient_quota')) return { code: 'quota_exhausted' } as const;
  if (status !== 404) return {};
  const hint = 'Check the deployment’s name, the endpoint, and that apiVersion is 2025-04-01-preview or later.';
  return { code: 'invalid_request', hint } as const;
}
