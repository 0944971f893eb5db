/**
 * Any server or gateway with OpenAI's Images API, or with images in chat completions. The adapter assumes no models, sizes or prices of
 * OpenAI; `dialects.ts` lists how kinds of servers differ.
 */
import { defineProvider, get, listingFeature, maskFeature, streamFeature } from '../kit/index.ts';
import { about } from './about.ts';
import { readStreamedText, toChatEvents } from './chat.ts';
import { check } from './check.ts';
import { dialectOf } from './dialects.ts';
import { errorSchema, refusalSchema, toError } from './errors.ts';
import { toModels } from './listing.ts';
import { defaultModel, models, ownModels, toModel } from './models.ts';
import { toEdit, toRequest } from './requests.ts';
import { toItems, toText } from './responses.ts';
import { toUsage } from './usage.ts';
import { eventSchema, optionsSchema, responseSchema, settingsSchema } from './wire.ts';

export const openaiCompatible = defineProvider({
  about,
  settingsSchema,
  baseUrl: ({ server }) => dialectOf(server).baseUrl,
  models,
  masks: maskFeature,
  ownModels,
  defaultModel,
  toModel,
  sendsRandomSeed: ({ server }) => dialectOf(server).hasFixedSeed === true,

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
  linkHint: "If the server returned a path on its own disk or an unreachable URL, set responseFormat to 'b64_json'.",

  errorSchema,
  refusalSchema,
  toError,

  stream: { feature: streamFeature, eventSchema, toEvent: toChatEvents, toText: readStreamedText },
  listing: { feature: listingFeature, request: get('models'), toModels },
  /** A server without a model list answers 404 or similar, which shows that it is reachable. */
  health: { ...get('models'), passes: [400, 404, 405, 415, 422] },
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createOpenAICompatible = openaiCompatible.create;
