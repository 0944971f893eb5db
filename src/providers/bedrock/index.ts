/**
 * Amazon Bedrock: one JSON invocation per image. Each model is available in certain regions. A filtered image arrives as a 200 without an
 * image, and a header names the kind of an error. Sources: npm `@aws-sdk/client-bedrock-runtime` 3.1162.0; Amazon Bedrock user guide.
 */

import { awsAuth } from '../kit/auth/aws.ts';
import {
  bearerAuth,
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  modelSegment,
  post,
  type RequestArgs,
  whiteMaskFeature,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, models, serviceOf, tiers } from './models.ts';
import {
  type BedrockOptions,
  type BedrockSettings,
  errorSchema,
  optionsSchema,
  responseSchema,
  settingsSchema,
} from './wire.ts';

const SERVICE = 'bedrock'; // the signing name; the host name suggests another one
const FILTERED = 'Filter reason:';
/** Kinds of error about the credentials. */
const CREDENTIAL_ERRORS = [
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
];

export const bedrock = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  baseUrl: ({ region }) => `https://bedrock-runtime.${region}.amazonaws.com`,
  apiHosts: ({ region }) => [`bedrock.${region}.amazonaws.com`],
  toAuth: ({ apiKey, region, credentials, accessKeyId = '', secretAccessKey = '', sessionToken }) =>
    apiKey === undefined
      ? awsAuth({
          service: SERVICE,
          region,
          credentials: credentials ?? { accessKeyId, secretAccessKey, sessionToken },
        })
      : bearerAuth(apiKey),
  models,
  masks: whiteMaskFeature,
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => invoke(args.model, fieldsOf(args)),
  toEdit: (args) => invoke(args.model, { ...fieldsOf(args), ...imageFieldsOf(args) }),
  check,

  repliesHoldImages: true,
  responseSchema,
  toImages: ({ images, seeds, finish_reasons: reasons }): readonly ImageItem[] => {
    const given = (reasons ?? []).flatMap((reason) => reason ?? []);
    const filtered = given.filter((reason) => reason.startsWith(FILTERED));
    const isFiltered = (at: number) =>
      reasons?.[at]?.startsWith(FILTERED) === true && images?.length === reasons.length;
    const items = (images ?? []).flatMap((bytes, at) => (isFiltered(at) ? [] : [{ bytes, seed: seeds?.[at] }]));
    if (items.length > 0 || filtered.length > 0) return [...items, ...filtered.map((refused) => ({ refused }))];
    return given.map((missing) => ({ missing }));
  },

  errorSchema,
  toError: (failure, { headers, settings: { region } }) => {
    const message = 'message' in failure ? failure.message : failure.Message;
    const [kind = ''] = (headers['x-amzn-errortype'] ?? '').split(/[:#]/);
    return { message: kind === '' ? message : `${kind}: ${message}`, ...meaningOf(kind, message, region) };
  },
  health: ({ region, controlUrl }) => {
    const url = `${controlUrl ?? `https://bedrock.${region}.amazonaws.com`}/foundation-models`;
    return { ...get(url), query: { byOutputModality: 'IMAGE' } };
  },
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createBedrock = bedrock.create;

/** The id may be an ARN, with slashes and colons in it. */
const invoke = (model: string, body: object) => post(`model/${modelSegment(model)}/invoke`, body);

function fieldsOf(args: RequestArgs<BedrockOptions, BedrockSettings>) {
  const { model, prompt, negativePrompt, aspectRatio, seed, format, style, options } = args;
  const isSd = model.includes('.sd3');
  return {
    prompt: prompt === '' ? undefined : prompt,
    negative_prompt: negativePrompt,
    ...(isSd && 'inputs' in args && { mode: 'image-to-image' }),
    aspect_ratio: aspectRatio,
    seed,
    output_format: format,
    style_preset: style,
    ...options,
  };
}

function imageFieldsOf({ model, inputs: [first, second], mask }: EditArgs<BedrockOptions, BedrockSettings>) {
  if (serviceOf(model) === 'style-transfer') return { init_image: first.bytes, style_image: second?.bytes };
  return { image: first.bytes, mask: mask?.bytes };
}

function meaningOf(kind: string, message: string, region: string) {
  if (CREDENTIAL_ERRORS.includes(kind)) return { code: 'authentication' } as const;
  switch (kind) {
    case 'ServiceQuotaExceededException':
      return { code: 'quota_exhausted' } as const;
    case 'AccessDeniedException':
      return { code: 'permission' } as const;
    case 'ModelErrorException':
      return { code: 'no_image' } as const;
    case 'ResourceNotFoundException':
      return /end of its life|\blegacy\b/i.test(message)
        ? ({ code: 'model_retired' } as const)
        : ({
            code: 'invalid_request',
            hint: `Check the model id, and that the model is available in ${region}.`,
          } as const);
    default:
      return {};
  }
}
