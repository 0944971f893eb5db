/**
 * Luma: two products. Uni, on the Agents API, generates and edits. Photon, the older family, on Dream Machine, only generates: it takes input
 * images by public URL (`options`) and has no upload, so its edits and its reframing are not supported. Each image is a job.
 * Sources: GitHub `lumalabs/luma-agents-typescript` 0.3.0 (2026-06-08); npm `lumaai` 1.19.1; OpenAPI document of `lumalabs/lumaai-api`.
 */
import {
  type AuthStrategy,
  bearerAuth,
  defineProvider,
  type EditArgs,
  get,
  type InputFile,
  type JobRef,
  jobFeature,
  jobSegment,
  post,
  type ReadJobState,
  type RequestArgs,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, isPhoton, models, tiers } from './models.ts';
import {
  errorSchema,
  type Generation,
  generationSchema,
  type LumaOptions,
  type LumaSettings,
  optionsSchema,
  settingsSchema,
  submittedSchema,
} from './wire.ts';

type Args = RequestArgs<LumaOptions, LumaSettings> | EditArgs<LumaOptions, LumaSettings>;

/** A job that cannot exist: with a valid credential the vendor answers 404. */
const NO_JOB = 'generations/00000000-0000-0000-0000-000000000000';

/** Our codes for the failure codes of the Agents API. Any other code means that no image was generated. */
const CODES: Readonly<Record<string, Extract<ReadJobState, { kind: 'failed' }>['code']>> = {
  content_moderated: 'content_refused',
  budget_exhausted: 'quota_exhausted',
  rate_limited: 'rate_limited',
  invalid_request: 'invalid_request',
  image_too_large: 'invalid_request',
  unsupported_format: 'invalid_request',
  corrupt_input: 'invalid_request',
};

export const luma = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['photonApiKey'],
  baseUrl: 'https://agents.lumalabs.ai/v1',
  apiHosts: ({ photonUrl }) => [new URL(photonUrl).host],
  toAuth,
  models,
  defaultModel,
  tiers,

  optionsSchema,
  toRequest: (args) => (isPhoton(args.model) ? toPhoton(args) : toUni(args)),
  toEdit: (args) => toUni(args),
  check,

  responseSchema: generationSchema,
  toImages: ({ output, assets }) =>
    [...(output ?? []).filter(({ type }) => type !== 'video').map(({ url }) => url), assets?.image].flatMap((link) =>
      link ? [{ link }] : [],
    ),

  errorSchema,
  toError: ({ detail, message, error }) => {
    const details = typeof detail === 'string' ? detail : detail?.map(({ msg }) => msg).join('; ');
    return { message: details ?? message ?? (typeof error === 'object' ? error?.message : error) ?? '' };
  },

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ id, state }) => ({ id, isDone: state === 'completed' }),
    toPoll: (job, { model, settings }) => get(urlOf(job, model, settings)),
    stateSchema: generationSchema,
    toJobId: ({ id }) => id,
    toState,
    /** The Agents API has no cancel. Dream Machine's deletes the image of a finished job, so the job is polled first. */
    toCancel: (job, { model, settings }) =>
      isPhoton(model) ? { method: 'DELETE', url: urlOf(job, model, settings) } : undefined,
    looksBeforeCancel: true,
  },
  /** The interval that both products recommend. */
  limits: { minPollIntervalMs: 2_000 },
  health: { ...get(NO_JOB), passes: [404] },
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createLuma = luma.create;

/** Each request gets the key of the product that it goes to. */
function toAuth({ apiKey, photonApiKey, photonUrl }: LumaSettings & { readonly apiKey?: string }): AuthStrategy {
  const photon = new URL(photonUrl);
  const isPhotonUrl = (url: URL) => url.origin === photon.origin && url.pathname.startsWith(`${photon.pathname}/`);
  const [uniAuth, photonAuth] = [apiKey, photonApiKey].map((key) => (key === undefined ? undefined : bearerAuth(key)));
  return {
    authorize: (request, context) =>
      (isPhotonUrl(request.url) ? photonAuth : uniAuth)?.authorize(request, context) ?? {},
    secrets: () => [apiKey, photonApiKey].filter((key) => key !== undefined),
  };
}

function toUni(args: Args) {
  const { model, prompt, aspectRatio, format, style, options } = args;
  const [source, ...others] = 'inputs' in args ? args.inputs : [];
  const references = [...others.map(inline), ...(options.image_ref ?? [])];
  return post('generations', {
    model,
    type: source === undefined ? undefined : 'image_edit',
    prompt,
    aspect_ratio: aspectRatio,
    output_format: format,
    style,
    source: source && inline(source),
    image_ref: references.length === 0 ? undefined : references,
    web_search: options.web_search,
    user_id: options.user_id,
  });
}

function toPhoton({ model, prompt, aspectRatio, format, options, settings }: Args) {
  return post(`${settings.photonUrl}/generations/image`, {
    model,
    prompt,
    aspect_ratio: aspectRatio,
    format: format === 'jpeg' ? 'jpg' : format,
    ...options,
  });
}

const inline = ({ bytes, mediaType }: InputFile) => ({ data: bytes, media_type: mediaType });

const urlOf = ({ id }: JobRef, model: string, { photonUrl }: LumaSettings): string =>
  `${isPhoton(model) ? `${photonUrl}/` : ''}generations/${jobSegment(id)}`;

/** `dreaming` is Photon's word for `processing`. An unknown state counts as running until the deadline. */
function toState({ state, failure_code: code, failure_reason: reason }: Generation): ReadJobState {
  if (!state) return { kind: 'unclear' };
  if (state === 'completed') return { kind: 'done' };
  if (state !== 'failed') return { kind: 'running', message: state };
  const message = [code, reason].filter(Boolean).join(': ') || 'no reason given';
  // Photon gives only a text; its words for moderation are unverified.
  const isModerated = code == null && /moderat/i.test(message);
  return { kind: 'failed', message, code: isModerated ? 'content_refused' : CODES[code ?? ''] };
}
