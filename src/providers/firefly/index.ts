/**
 * Adobe Firefly Services: every image is a job, inputs are uploaded first, and a job is polled at the URL from its submit response. Responses
 * have two shapes: v3, and v4 with Image 5. Not supported: precise and adaptive composites, which take four images with separate roles. The
 * vendor may drop words from a prompt and still return images (`promptHasDeniedWords`); those images are returned.
 * Source: Adobe's OpenAPI document "Firefly API" 3.0.0 (mid-2026); developer.adobe.com; where noted, GitHub
 * `Focus-GTS/firefly-services-mcp` 0.2.3 (2026-06-29).
 */

import { oauthAuth, requestToken } from '../kit/auth/oauth.ts';
import {
  bearerAuth,
  defineProvider,
  get,
  jobFeature,
  jobSegment,
  type ReadError,
  type ReadJobState,
  uploadFeature,
  whiteMaskFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, models, tiers } from './models.ts';
import { toEdit, toRequest } from './requests.ts';
import {
  errorSchema,
  optionsSchema,
  REFUSED,
  type State,
  type SubmittedJob,
  settingsSchema,
  stateSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';

interface JobLinks {
  readonly cancel?: string | undefined;
}

/** A job that cannot exist: with a valid credential the vendor answers 404. */
const NO_JOB = 'v3/status/urn:ff:jobs:none';

export const firefly = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['accessToken'],
  baseUrl: 'https://firefly-api.adobe.io',
  /** Jobs are polled at other hosts below this domain. */
  apiHosts: ['.adobe.io'],
  toAuth: ({ apiKey: clientSecret, accessToken, clientId = '', tokenUrl, scope }) =>
    accessToken === undefined && clientSecret !== undefined
      ? oauthAuth({ tokenUrl, clientId, clientSecret, scope })
      : bearerAuth(accessToken ?? ''),
  requestToken,
  toHeaders: ({ clientId }) => ({ 'x-api-key': clientId }),
  models,
  masks: whiteMaskFeature,
  defaultModel,
  tiers,
  defaultModels: { inpaint: 'image3', outpaint: 'image3', variation: 'image3', upscale: 'precise_upsampler_v1' },

  optionsSchema,
  toRequest,
  toEdit,
  check,
  upload: {
    feature: uploadFeature,
    toRequest: ({ bytes, mediaType }) => ({
      method: 'POST',
      url: 'v2/storage/image',
      body: { kind: 'bytes', bytes, mediaType },
    }),
    responseSchema: uploadSchema,
    toReference: ({ images: [first] }) => first?.id ?? '', // the schema requires one
  },

  responseSchema: stateSchema,
  toImages: ({ result }) => {
    const { outputs, promptHasDeniedWords, promptHasBlockedArtists } = result ?? {};
    const links = (outputs ?? []).flatMap(({ image, presignedUrl, seed }) => {
      const link = image?.url || presignedUrl;
      return link ? [{ link, seed }] : [];
    });
    if (links.length > 0) return links;
    if (promptHasDeniedWords) return [{ refused: 'the prompt contains denied words' }];
    return promptHasBlockedArtists ? [{ refused: 'the prompt names blocked artists' }] : [];
  },

  errorSchema,
  toError: ({ error_code: code, message, validation_errors: issues }, { status, headers }): ReadError => {
    const access = headers['x-access-error'];
    const details = (issues ?? []).map(({ loc, msg }) => [loc?.slice(1).join('.'), msg].filter(Boolean).join(': '));
    const text = [message ?? code, access, ...details].filter(Boolean).join('; ');
    if (status === 451 || REFUSED.includes(code)) return { message: text, code: 'content_refused' };
    return { message: text, code: access === 'quota_exhausted' ? 'quota_exhausted' : undefined };
  },

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle,
    toPoll: ({ id, pollUrl }) => get(pollUrl ?? `v3/status/${jobSegment(id)}`),
    stateSchema,
    toState,
    toCancel: ({ id, state }) => {
      const { cancel } = (state ?? {}) as JobLinks; // what `toHandle` gave
      return { method: 'PUT', url: cancel ?? `v3/cancel/${jobSegment(id)}` };
    },
  },
  /** The default quota of an organization; polls count towards it. Callers with a larger quota set their own limits. */
  limits: { requestsPerMinute: 4, minPollIntervalMs: 5_000 },
  health: { ...get(NO_JOB), passes: [404] },
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createFirefly = firefly.create;

function toHandle(submitted: SubmittedJob) {
  if ('jobId' in submitted) {
    const { jobId: id, statusUrl: pollUrl, cancelUrl } = submitted;
    return { id, pollUrl: pollUrl ?? undefined, state: { cancel: cancelUrl ?? undefined } satisfies JobLinks };
  }
  const { result, cancel } = submitted.links;
  return {
    id: result.href.split(/[?#]/)[0]?.split('/').at(-1) ?? result.href,
    pollUrl: result.href,
    state: { cancel: cancel?.href } satisfies JobLinks,
  };
}

function toState({ status, progress, error_code: code, message }: State): ReadJobState {
  switch (status) {
    case 'succeeded':
      return { kind: 'done' };
    case 'failed':
    case 'timeout':
    case 'cancelled':
    case 'canceled': // the spelling in one schema
      return {
        kind: 'failed',
        message: [status, code, message].filter(Boolean).join(': '),
        code: REFUSED.includes(code ?? '') ? 'content_refused' : undefined,
      };
    case 'pending':
      return { kind: 'queued' };
    case null:
    case undefined:
    case '':
      return { kind: 'unclear' };
    default:
      return { kind: 'running', fraction: typeof progress === 'number' ? progress / 100 : undefined, message: status };
  }
}
