/**
 * Amazon Bedrock: one invocation in flat JSON for each picture; the region is part of the model. A filtered picture is a 200 without one, and
 * what kind an error is stands in a header. Sources: npm `@aws-sdk/client-bedrock-runtime` 3.1162.0; Amazon Bedrock user guide.
 */
import {
  awsAuth,
  bearerAuth,
  defineProvider,
  type EditArgs,
  get,
  type ImageItem,
  modelSegment,
  post,
  type RequestArgs,
} from '../kit/index.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, defaultModels, models, serviceOf, tiers } from './models.ts';
import { errorSchema, type Options, optionsSchema, responseSchema, type Settings, settingsSchema } from './wire.ts';

const SERVICE = 'bedrock'; // the host's name suggests another one
const FILTERED = 'Filter reason:';
/** Kinds of error that are about who asks. */
const NOT_KNOWN = [
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
  defaultModel,
  tiers,
  defaultModels,

  optionsSchema,
  toRequest: (args) => invoke(args.model, fieldsOf(args)),
  toEdit: (args) => invoke(args.model, { ...fieldsOf(args), ...picturesOf(args) }),
  check,

  responseSchema,
  toImages: ({ images, seeds, finish_reasons: reasons }): readonly ImageItem[] => {
    const said = (reasons ?? []).flatMap((reason) => reason ?? []);
    const filtered = said.filter((reason) => reason.startsWith(FILTERED));
    const isFiltered = (at: number) =>
      reasons?.[at]?.startsWith(FILTERED) === true && images?.length === reasons.length;
    const items = (images ?? []).flatMap((bytes, at) => (isFiltered(at) ? [] : [{ bytes, seed: seeds?.[at] }]));
    if (items.length > 0 || filtered.length > 0) return [...items, ...filtered.map((refused) => ({ refused }))];
    return said.map((missing) => ({ missing }));
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

/** @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createBedrock = bedrock.create;

/** The id may be an ARN, with slashes and colons in it. */
const invoke = (model: string, body: object) => post(`model/${modelSegment(model)}/invoke`, body);

function fieldsOf(args: RequestArgs<Options, Settings>) {
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

function picturesOf({ model, inputs: [first, second], mask }: EditArgs<Options, Settings>) {
  if (serviceOf(model) === 'style-transfer') return { init_image: first.bytes, style_image: second?.bytes };
  return { image: first.bytes, mask: mask?.bytes };
}

function meaningOf(kind: string, message: string, region: string) {
  if (NOT_KNOWN.includes(kind)) return { code: 'authentication' } as const;
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
        : ({ code: 'invalid_request', hint: `Check the model’s id, and whether it is in ${region}.` } as const);
    default:
      return {};
  }
}
