/**
 * Azure OpenAI: OpenAI's API at the customer's own address, with the customer's own deployments. Microsoft's MAI models have separate routes.
 * Source: Microsoft Learn, "Image generation models" (2026-04-17) and "Troubleshoot common HTTP errors" (2026-09-20); npm `openai` 7.55.0.
 */
import {
  openaiAccept,
  openaiEvent,
  openaiFields,
  openaiImages,
  toOpenAiEvent,
  toOpenAiImages,
} from '../kit/families/openai-images.ts';
import {
  bearerAuth,
  defineProvider,
  get,
  type HttpRequest,
  headerAuth,
  maskFeature,
  modelSegment,
  post,
  postForm,
  streamFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { isMai, toMaiEdit, toMaiRequest } from './mai-requests.ts';
import { defaultModel, models } from './models.ts';
import {
  type AzureOpenAiSettings,
  errorSchema,
  FILTERED,
  optionsSchema,
  refusalSchema,
  responseSchema,
  settingsSchema,
  toUsage,
} from './wire.ts';

const FIRST_VERSION = '2025-04-01-preview';
/** No card has this name, so the kit warns and uses the card of the default model. */
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
  masks: maskFeature,
  defaultModel,
  toModel: (asked, { deployment = '', modelFamily }) => ({
    model: asked ?? deployment,
    card: modelFamily ?? UNKNOWN_FAMILY,
  }),

  optionsSchema,
  toRequest: (args) =>
    isMai(args.settings)
      ? toMaiRequest(args)
      : atDeployment('generations', args, post('', openaiFields(args), openaiAccept(args))),
  toEdit: (args) =>
    isMai(args.settings)
      ? toMaiEdit(args)
      : atDeployment('edits', args, {
          ...postForm('', { ...openaiFields(args), ...openaiImages(args) }),
          headers: openaiAccept(args),
        }),
  check,

  repliesHoldImages: true,
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
    feature: streamFeature,
    eventSchema: openaiEvent,
    toEvent: (event) => toOpenAiEvent(event, (code, status) => meaningOf([String(code)], status)),
  },
  health: (settings) => withVersion(get(isOnV1(settings) ? 'openai/v1/models' : 'openai/models'), settings),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createAzureOpenAI = azureOpenai.create;

interface DeploymentArgs {
  readonly model: string;
  readonly settings: AzureOpenAiSettings;
}

function atDeployment(
  route: 'generations' | 'edits',
  { model, settings }: DeploymentArgs,
  request: HttpRequest,
): HttpRequest {
  const base = settings.surface === 'v1' ? 'v1' : `deployments/${modelSegment(model)}`;
  return withVersion({ ...request, url: `openai/${base}/images/${route}` }, settings);
}

/** Health checks of a resource with MAI models use `v1` too. That it answers without other models is unverified. */
const isOnV1 = (settings: AzureOpenAiSettings): boolean => settings.surface === 'v1' || isMai(settings);

function withVersion(request: HttpRequest, settings: AzureOpenAiSettings): HttpRequest {
  const { apiVersion = isOnV1(settings) ? undefined : FIRST_VERSION } = settings;
  return apiVersion === undefined ? request : { ...request, query: { 'api-version': apiVersion } };
}

function meaningOf(codes: readonly string[], status: number, message = '') {
  // Earlier requests got the whole resource blocked; this prompt may be harmless (wording from third-party sources, not verified).
  if (status === 403 && /temporarily blocked/i.test(message))
    return {
      code: 'permission',
      hint: 'Every request fails until the owner of the resource gets it unblocked.',
    } as const;
  if (codes.some((code) => FILTERED.includes(code)))
    return { code: 'content_refused', hint: 'Change the prompt or the inputs.' } as const;
  if (codes.includes('insufficient_quota')) return { code: 'quota_exhausted' } as const;
  if (status !== 404) return {};
  const hint = 'Check the deployment’s name, the endpoint, and that apiVersion is 2025-04-01-preview or later.';
  return { code: 'invalid_request', hint } as const;
}
