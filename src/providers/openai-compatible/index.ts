/**
 * Any server or gateway that speaks OpenAI's Images API, or gives images in chat completions. Nothing of OpenAI's own models, sizes or
 * prices is assumed; what a kind of server does differently is data in `dialects.ts`.
 */
import { defineProvider, get } from '../kit/index.ts';
import { about } from './about.ts';
import { toItems, toText } from './answers.ts';
import { readStreamedText, toChatEvents } from './chat.ts';
import { check } from './check.ts';
import { dialectOf } from './dialects.ts';
import { errorSchema, refusalSchema, toError } from './errors.ts';
import { toModels } from './listing.ts';
import { defaultModel, models, ownModels, toModel } from './models.ts';
import { toEdit, toRequest } from './requests.ts';
import { toUsage } from './usage.ts';
import { eventSchema, optionsSchema, responseSchema, settingsSchema } from './wire.ts';

export const openaiCompatible = defineProvider({
  about,
  settingsSchema,
  baseUrl: ({ server }) => dialectOf(server).baseUrl,
  models,
  ownModels,
  defaultModel,
  toModel,
  drawsSeed: ({ server }) => dialectOf(server).hasFixedSeed === true,

  optionsSchema,
  toRequest,
  toEdit,
  check,

  responseSchema,
  toImages: toItems,
  toText,
  toUsage: (answer, { headers }) =>
    answer instanceof Uint8Array
      ? toUsage(undefined, headers)
      : toUsage(answer.usage, headers, answer.providerMetadata?.gateway?.cost),
  linkHint:
    "If the server named a file of its own, or an address that is not reachable from here, set responseFormat to 'b64_json'.",

  errorSchema,
  refusalSchema,
  toError,

  stream: { eventSchema, toEvent: toChatEvents, toText: readStreamedText },
  listing: { request: get('models'), toModels },
  /** Servers without a list answer 404 or the like: they can be reached. */
  health: { ...get('models'), passes: [400, 404, 405, 415, 422] },
});

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createOpenAICompatible = openaiCompatible.create;
