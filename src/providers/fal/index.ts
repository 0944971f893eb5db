/**
 * fal: hundreds of models with inputs of their own behind one queue. Every picture is a job; a job that failed says `COMPLETED` too, and the
 * question for its result is answered with the error. Status and result lie below the first two parts of the model's name, so the addresses
 * that came back are used. Sources: npm `@fal-ai/client` 1.10.1, docs.fal.ai.
 */
import { defineProvider, get, type ImageItem, jobSegment, modelPath, post } from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { type FalArgs, inputOf } from './input.ts';
import { lookup } from './lookup.ts';
import { defaultModel, models, tiers } from './models.ts';
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

/** Larger inputs go to the vendor's storage first, where anyone who has the link can read them. */
const INLINE_BYTES = 4 * 1024 * 1024;
/** Kinds of failure that are the job's, not the request's. */
const FAILURES = [
  'internal_server_error',
  'downstream_service_unavailable',
  'generation_timeout',
  'no_media_generated',
];

interface Ways {
  readonly result?: string | undefined;
  readonly cancel?: string | undefined;
}

export const fal = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'https://queue.fal.run',
  apiHosts: ['.fal.run', '.fal.ai'],
  models,
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
    isNeeded: ({ bytes }) => bytes.length > INLINE_BYTES,
    toRequest: ({ mediaType, fileName }, { settings: { storageUrl } }) => ({
      ...post(`${storageUrl}/storage/upload/initiate`, { content_type: mediaType, file_name: fileName }),
      query: { storage_type: 'fal-cdn-v3' },
    }),
    answerSchema: uploadSchema,
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
      if (isFlagged[at]) return [{ refused: 'the safety checker flagged the picture and blackened it' }];
      if (url instanceof Uint8Array) return [{ bytes: url, seed }];
      return url ? [{ link: url, seed }] : [];
    });
  },

  errorSchema,
  toError: ({ detail, message, error }, { status }) => {
    const kinds = Array.isArray(detail) ? detail.map(({ type }) => type ?? '') : [];
    const words = typeof detail === 'string' ? detail : detail?.map(toLine).join('; ');
    return {
      message: words ?? message ?? (typeof error === 'string' ? error : error?.message) ?? 'no reason given',
      code: codeOf(kinds, words ?? '', status),
    };
  },

  job: {
    submittedSchema,
    toHandle: ({ request_id: id, status_url, response_url, cancel_url }) => ({
      id,
      pollUrl: status_url ?? undefined,
      state: { result: response_url ?? undefined, cancel: cancel_url ?? undefined } satisfies Ways,
    }),
    toPoll: ({ id, pollUrl }) => get(pollUrl ?? `requests/${jobSegment(id)}/status`),
    stateSchema,
    toJobId: ({ request_id }) => request_id,
    toState: ({ status, queue_position, response_url }, { id, state }) => {
      if (!status) return { kind: 'unclear' };
      if (status === 'COMPLETED')
        return {
          kind: 'ready',
          request: get(waysOf(state).result ?? (response_url?.trim() || `requests/${jobSegment(id)}`)),
        };
      if (status === 'IN_QUEUE') return { kind: 'queued', position: queue_position ?? undefined };
      return { kind: 'running' };
    },
    toCancel: ({ state }) => {
      const { cancel } = waysOf(state);
      return cancel === undefined ? undefined : { method: 'PUT', url: cancel };
    },
  },
  webhook,
  /** What the default model costs; the question itself costs nothing. */
  health: ({ catalogueUrl }) => ({ ...get(`${catalogueUrl}/models/pricing`), query: { endpoint_id: defaultModel } }),
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createFal = fal.create;

function toSubmit(args: FalArgs) {
  const { webhook_url, priority, start_timeout_seconds: start, file_lifetime_seconds: life } = args.options;
  const headers = {
    ...(priority !== undefined && { 'x-fal-queue-priority': priority }),
    ...(start !== undefined && { 'x-fal-request-timeout': String(start) }),
    ...(life !== undefined && { 'x-fal-object-lifecycle-preference': `{"expiration_duration_seconds":${life}}` }),
  };
  return {
    ...post(modelPath(args.model), inputOf(args), headers),
    ...(webhook_url !== undefined && { query: { fal_webhook: webhook_url } }),
  };
}

const waysOf = (state: unknown): Ways => (state ?? {}) as Ways; // what `toHandle` gave

function codeOf(kinds: readonly string[], words: string, status: number) {
  if (kinds.includes('content_policy_violation')) return 'content_refused';
  if (kinds.some((kind) => FAILURES.includes(kind))) return 'no_image';
  return status === 403 && /balance|credit|locked/i.test(words) ? 'quota_exhausted' : undefined;
}

function toLine({ loc, msg, type }: Detail): string {
  const where = (loc ?? []).slice(1).join('.');
  return `${where === '' ? '' : `${where}: `}${msg ?? type ?? 'no reason given'}`;
}
