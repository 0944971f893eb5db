/**
 * Hugging Face Inference Providers: a router to other hosts. One token; every host has its own request, response and jobs (`hosts.ts`). The
 * hosts of a model change daily, so a lookup asks the Hub before the submit. The router has no documented cancel.
 * Sources: npm `@huggingface/inference` 4.13.30; huggingface.co, "Inference Providers".
 */
import { defineProvider, get, jobFeature } from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { HOST_TABLE, hostNameOf, toRequest } from './hosts.ts';
import { lookup } from './lookup.ts';
import { defaultModel, defaultModels, models, tiers } from './models.ts';
import { itemsOf, messagesOf, toJobLocation, toPoll, toState, UNSAFE } from './responses.ts';
import {
  errorSchema,
  idOf,
  jobSchema,
  optionsSchema,
  responseSchema,
  settingsSchema,
  submittedSchema,
} from './wire.ts';

export const huggingface = defineProvider({
  about,
  settingsSchema,
  baseUrl: 'https://router.huggingface.co',
  apiHosts: ({ endpointUrl, hubUrl }) =>
    [endpointUrl, hubUrl].flatMap((url) => (url?.includes('://') ? [new URL(url).hostname] : [])),
  toHeaders: ({ billTo }) => ({ 'x-hf-bill-to': billTo }),
  models,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest,
  toEdit: toRequest,
  check,
  lookup,

  responseSchema,
  toImages: (response) => (response instanceof Uint8Array ? [{ bytes: response }] : itemsOf(response)),

  errorSchema,
  toError: ({ error, detail, message, estimated_time: seconds }, { status }) => {
    const text = [error, message, detail].flatMap(messagesOf).join('; ') || 'no reason given';
    return {
      message: text,
      code: (status === 400 || status === 422) && UNSAFE.test(text) ? 'content_refused' : undefined,
      hint: hintOf(status),
      retryAfterMs: status === 503 && seconds ? Math.ceil(seconds * 1000) : undefined,
    };
  },

  job: {
    feature: jobFeature,
    isJob: (args) => {
      const name = hostNameOf(args);
      return args.settings.endpointUrl === undefined && name !== 'auto' && HOST_TABLE[name].isJob === true;
    },
    submittedSchema,
    toHandle: (answer) => {
      const id = idOf(answer) ?? '';
      return { id, state: toJobLocation(answer, id), isDone: itemsOf(answer).length > 0 };
    },
    toPoll,
    stateSchema: jobSchema,
    toState,
  },
  health: ({ endpointUrl, hubUrl }) => (endpointUrl === undefined ? get(`${hubUrl}/api/whoami-v2`) : undefined),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createHuggingface = huggingface.create;

function hintOf(status: number): string | undefined {
  switch (status) {
    case 402:
      return 'The included credits are used up, or pay-as-you-go is not enabled for this host. See huggingface.co/settings/billing.';
    case 403:
      return 'Accept the model’s terms on its page, or use a token with permission for Inference Providers.';
    default:
      return undefined;
  }
}
