/**
 * fal: one queue for hundreds of models, each with its own inputs. Every image is a job. A failed job has the status `COMPLETED` too, and the
 * request for its result returns the error. Status and result have paths below the first two parts of the model's name, so the adapter uses
 * the URLs from the submit response. Sources: npm `@fal-ai/client` 1.10.1, docs.fal.ai.
 */
import {
  defineProvider,
  get,
  type ImageItem,
  jobFeature,
  jobSegment,
  modelPath,
  post,
  svgFeature,
  uploadFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { lookup } from './lookup.ts';
import { defaultModel, models, tiers } from './models.ts';
import { type FalArgs, inputOf } from './requests.ts';
import { webhook } from './webhook.ts';
import {
  type Detail,
  errorSchema,
  optionsSchema,
  responseSchema,
  settingsSchema,
  stateSchema,
  submittedSchema,
  uploadSchema,
} from './wire.ts';

/** Larger inputs are uploaded to the vendor's storage, where anyone with the link can read them. */
const INLINE_BYTES = 4 * 1024 * 1024;
/** Error types of a failed job, as opposed to a wrong request. */
const JOB_FAILURES = [
  'internal_server_error',
  'downstream_service_unavailable',
  'generation_timeout',
  'no_media_generated',
];

interface JobLinks {
  readonly result?: string | undefined;
  readonly cancel?: string | undefined;
}

export const fal = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'https://queue.fal.run',
  apiHosts: ['.fal.run', '.fal.ai'],
  models,
  svg: svgFeature,
  defaultModel,
  tiers,
  defaultModels: {
    edit: 'fal-ai/flux-2-pro/edit',
    upscale: 'fal-ai/esrgan',
    'remove-background': 'fal-ai/birefnet/v2',
  },

  optionsSchema,
  toRequest: (args) => toSubmit(args),
  toEdit: (args) => toSubmit(args),
  check,
  lookup,
  upload: {
    feature: uploadFeature,
    isNeeded: ({ bytes }) => bytes.length > INLINE_BYTES,
    toRequest: ({ mediaType, fileName }, { settings: { storageUrl } }) => ({
      ...post(`${storageUrl}/storage/upload/initiate`, { content_type: mediaType, file_name: fileName }),
      query: { storage_type: 'fal-cdn-v3' },
    }),
    responseSchema: uploadSchema,
    toTarget: ({ upload_url: link }, { bytes, mediaType }) => ({
      link,
      method: 'PUT',
      body: { kind: 'bytes', bytes, mediaType },
    }),
    toReference: ({ file_url }) => file_url,
  },

  responseSchema,
  toImages: ({ images, image, seed, has_nsfw_concepts, nsfw_content_detected }) => {
    const isFlagged = has_nsfw_concepts ?? nsfw_content_detected ?? [];
    return [...(images ?? []), ...(image ? [image] : [])].flatMap(({ url }, at): readonly ImageItem[] => {
      if (isFlagged[at]) return [{ refused: 'the safety checker flagged the image and replaced it with a black one' }];
      if (url instanceof Uint8Array) return [{ bytes: url, seed }];
      return url ? [{ link: url, seed }] : [];
    });
  },

  errorSchema,
  toError: ({ detail, message, error }, { status }) => {
    const types = Array.isArray(detail) ? detail.map(({ type }) => type ?? '') : [];
    const text = typeof detail === 'string' ? detail : detail?.map(toLine).join('; ');
    return {
      message: text ?? message ?? (typeof error === 'string' ? error : error?.message) ?? 'no reason given',
      code: codeOf(types, text ?? '', status),
    };
  },

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ request_id: id, status_url, response_url, cancel_url }) => ({
      id,
      pollUrl: status_url ?? undefined,
      state: { result: response_url ?? undefined, cancel: cancel_url ?? undefined } satisfies JobLinks,
    }),
    toPoll: ({ id, pollUrl }) => get(pollUrl ?? `requests/${jobSegment(id)}/status`),
    stateSchema,
    toJobId: ({ request_id }) => request_id,
    toState: ({ status, queue_position, response_url }, { id, state }) => {
      if (!status) return { kind: 'unclear' };
      if (status === 'COMPLETED')
        return {
          kind: 'ready',
          request: get(jobLinksOf(state).result ?? (response_url?.trim() || `requests/${jobSegment(id)}`)),
        };
      if (status === 'IN_QUEUE') return { kind: 'queued', position: queue_position ?? undefined };
      return { kind: 'running' };
    },
    toCancel: ({ state }) => {
      const { cancel } = jobLinksOf(state);
      return cancel === undefined ? undefined : { method: 'PUT', url: cancel };
    },
  },
  webhook,
  /** Asks for the price of the default model, which is free. */
  health: ({ catalogueUrl }) => ({ ...get(`${catalogueUrl}/models/pricing`), query: { endpoint_id: defaultModel } }),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createFal = fal.create;

function toSubmit(args: FalArgs) {
  const { webhook_url, priority, start_timeout_seconds: startTimeout, file_lifetime_seconds: lifetime } = args.options;
  const headers = {
    ...(priority !== undefined && { 'x-fal-queue-priority': priority }),
    ...(startTimeout !== undefined && { 'x-fal-request-timeout': String(startTimeout) }),
    ...(lifetime !== undefined && {
      'x-fal-object-lifecycle-preference': `{"expiration_duration_seconds":${lifetime}}`,
    }),
  };
  return {
    ...post(modelPath(args.model), inputOf(args), headers),
    ...(webhook_url !== undefined && { query: { fal_webhook: webhook_url } }),
  };
}

const jobLinksOf = (state: unknown): JobLinks => (state ?? {}) as JobLinks; // what `toHandle` gave

function codeOf(types: readonly string[], text: string, status: number) {
  if (types.includes('content_policy_violation')) return 'content_refused';
  if (types.some((type) => JOB_FAILURES.includes(type))) return 'no_image';
  return status === 403 && /balance|credit|locked/i.test(text) ? 'quota_exhausted' : undefined;
}

function toLine({ loc, msg, type }: Detail): string {
  const field = (loc ?? []).slice(1).join('.');
  return `${field === '' ? '' : `${field}: `}${msg ?? type ?? 'no reason given'}`;
}
