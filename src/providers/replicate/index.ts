/**
 * Replicate: predictions by models of many makers, each with its own inputs. Every image is a job. The vendor deletes the output an hour
 * later. Sources: OpenAPI document of api.replicate.com (1.0.0-a1, 2026-03-16); npm `replicate` 1.4.0; replicate.com/docs.
 */
import {
  defineProvider,
  get,
  jobFeature,
  jobSegment,
  maskFeature,
  modelPath,
  post,
  postForm,
  uploadFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { lookup } from './lookup.ts';
import { defaultModel, defaultModels, models, tiers } from './models.ts';
import { inputOf, type ReplicateArgs } from './requests.ts';
import { itemsOf, toState } from './responses.ts';
import { webhook } from './webhook.ts';
import { errorSchema, optionsSchema, predictionSchema, settingsSchema, submittedSchema, uploadSchema } from './wire.ts';

/** Larger inputs are uploaded to the vendor's files API, as the vendor advises. */
const INLINE_BYTES = 256 * 1024;
/** The vendor states the wait only in the error text. */
const RESETS_IN = /resets in ~?(\d{1,6})s/;

interface JobLinks {
  readonly cancel?: string | undefined;
}

export const replicate = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['webhookSecret'],
  baseUrl: 'https://api.replicate.com/v1',
  linkLifetimeMs: 3_600_000,
  models,
  masks: maskFeature,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => toSubmit(args),
  toEdit: (args) => toSubmit(args),
  check,
  lookup,
  upload: {
    feature: uploadFeature,
    isNeeded: ({ bytes }) => bytes.length > INLINE_BYTES,
    toRequest: (file) => postForm('files', { content: file }),
    responseSchema: uploadSchema,
    toReference: ({ urls }) => urls.get,
  },

  responseSchema: predictionSchema,
  toImages: itemsOf,

  errorSchema,
  toError: ({ detail, title }) => {
    const message = detail ?? title ?? '';
    const [, seconds] = RESETS_IN.exec(message) ?? [];
    return { message, retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000 };
  },

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ id, status, urls }) => ({
      id,
      pollUrl: urls?.get ?? undefined,
      state: { cancel: urls?.cancel ?? undefined } satisfies JobLinks,
      isDone: status === 'succeeded',
    }),
    toPoll: ({ id, pollUrl }) => get(pollUrl ?? `predictions/${jobSegment(id)}`),
    stateSchema: predictionSchema,
    toJobId: ({ id }) => id,
    toState,
    toCancel: ({ id, state }) => {
      const { cancel } = (state ?? {}) as JobLinks; // what `toHandle` gave
      return { method: 'POST', url: cancel ?? `predictions/${jobSegment(id)}/cancel` };
    },
  },
  webhook,
  health: get('account'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createReplicate = replicate.create;

function toSubmit(args: ReplicateArgs) {
  const { webhook: hook, webhook_events_filter: events, wait, cancel_after: cancelAfter } = args.options;
  const [name = '', version] = args.model.split(':');
  return post(
    version === undefined ? `models/${modelPath(name)}/predictions` : 'predictions',
    { input: inputOf(args), version, webhook: hook, webhook_events_filter: events },
    {
      ...(wait !== undefined && { prefer: `wait=${wait}` }),
      ...(cancelAfter !== undefined && { 'cancel-after': `${cancelAfter}s` }),
    },
  );
}
