/**
 * Black Forest Labs: every image is a job. Poll the URL from the submit response, because only the job's region knows the job. Download the
 * result within ten minutes, without the key. Moderation is a job status, not an HTTP error.
 * Sources: OpenAPI document of api.bfl.ai (2026-04-23), docs.bfl.ai; statuses `Reasoning` and `Generating` from the release notes of
 * `@ai-sdk/black-forest-labs` 1.0.68.
 */
import {
  defineProvider,
  type EditArgs,
  get,
  jobFeature,
  jsonText,
  modelPath,
  post,
  type ReadJobState,
  type RequestArgs,
  whiteMaskFeature,
} from '../kit/index.ts';
import { secretsOf } from '../kit/request/webhook-settings.ts';
import { about } from './about.ts';
import { check } from './check.ts';
import { defaultModel, familyOf, models, tiers } from './models.ts';
import { webhook } from './webhook.ts';
import {
  type BflOptions,
  type BflSettings,
  errorSchema,
  FAILED,
  optionsSchema,
  REFUSED,
  settingsSchema,
  stateSchema,
  submittedSchema,
} from './wire.ts';

const HOSTS = {
  global: 'https://api.bfl.ai/v1',
  eu: 'https://api.eu.bfl.ai/v1',
  us: 'https://api.us.bfl.ai/v1',
} as const;

const CREDITS_PER_USD = 100;

export const bfl = defineProvider({
  about,
  settingsSchema,
  secretSettings: ['webhookSecret'],
  baseUrl: ({ region }) => HOSTS[region],
  linkLifetimeMs: 600_000,
  apiHosts: ['.bfl.ai'],
  models,
  masks: whiteMaskFeature,
  defaultModel,
  tiers,
  defaultModels: { inpaint: 'flux-pro-1.0-fill', outpaint: 'flux-tools/outpainting-v1', erase: 'flux-tools/erase-v1' },

  optionsSchema,
  toRequest: (args) => post(modelPath(args.model), fieldsOf(args)),
  toEdit: (args) => post(modelPath(args.model), { ...fieldsOf(args), ...imageFieldsOf(args) }),
  check,

  responseSchema: stateSchema,
  toImages: ({ result }) => (result?.sample ? [{ link: result.sample, seed: result.seed }] : []),

  toUsage: ({ cost }) => (typeof cost === 'number' ? { usd: cost / CREDITS_PER_USD } : undefined),

  errorSchema,
  toError: ({ detail, error, message, status: end, details }, { status }) => {
    // A poll may report a failed job as 422, with the job's status in the body (unverified).
    if (end && isFailure(end)) return { message: failureText(end, details), code: failureCode(end) };
    const reason = typeof detail === 'string' ? detail : detail?.map(toLine).join('; ');
    return {
      message: reason ?? message ?? error ?? 'no reason given',
      code: status === 403 ? 'authentication' : undefined,
    };
  },
  /** After a 503 work may have begun; only a 429 (too many concurrent jobs) means for certain that it has not. */
  refusals: [429],

  job: {
    feature: jobFeature,
    submittedSchema,
    toHandle: ({ id, polling_url: pollUrl, cost }) => ({
      id,
      pollUrl: pollUrl ?? undefined,
      state: { credits: cost ?? undefined },
    }),
    toUsage: ({ state }) => ({ usd: usdOf(state as { credits?: number } | undefined) }),
    toPoll: ({ id, pollUrl }) => (pollUrl === undefined ? { ...get('get_result'), query: { id } } : get(pollUrl)),
    stateSchema,
    toJobId: ({ id }) => id,
    toState: ({ status, details }): ReadJobState => {
      if (!status) return { kind: 'unclear' };
      if (status === 'Ready') return { kind: 'done' };
      // The vendor adds statuses over time: an unknown one counts as running until the deadline.
      if (!isFailure(status)) return { kind: 'running', message: status };
      return { kind: 'failed', code: failureCode(status), message: failureText(status, details) };
    },
  },
  webhook,
  health: get('credits'),
});

/** Creates the provider. @throws AiImageError `not_configured`: a setting is missing or wrong */
export const createBfl = bfl.create;

/** FLUX 3 takes an aspect ratio; the others take pixels or a ratio, as their card says. `check` has refused what a model lacks. */
function fieldsOf({
  prompt,
  size,
  aspectRatio,
  tier,
  seed,
  format,
  safety,
  options,
  settings,
}: RequestArgs<BflOptions, BflSettings>) {
  const { safety_tolerance = safety === undefined ? undefined : Number(safety), webhook_url, ...own } = options;
  return {
    prompt: prompt === '' ? undefined : prompt,
    ...(aspectRatio === undefined ? { width: size?.width, height: size?.height } : { aspect_ratio: aspectRatio }),
    resolution: tier,
    seed,
    output_format: format,
    safety_tolerance,
    ...own,
    webhook_url,
    webhook_secret: webhook_url === undefined ? undefined : secretsOf(settings.webhookSecret)[0],
  };
}

/** Inputs as base64 without a prefix, under a field name that depends on the route. */
function imageFieldsOf({ model, inputs, mask }: EditArgs<BflOptions, BflSettings>): object {
  const [first] = inputs;
  switch (familyOf(model)) {
    case 'flux3':
    case 'klein3': // unverified
      return { images: inputs.map(({ bytes }) => bytes) };
    case 'fill':
    case 'expand':
    case 'erase':
      return { image: first.bytes, mask: mask?.bytes };
    default:
      return Object.fromEntries(
        inputs.map(({ bytes }, at) => [at === 0 ? 'input_image' : `input_image_${at + 1}`, bytes]),
      );
  }
}

const isFailure = (status: string): boolean => REFUSED.includes(status) || FAILED.includes(status);

const failureCode = (status: string) => (REFUSED.includes(status) ? 'content_refused' : 'no_image');

function failureText(status: string, details: unknown): string {
  return details === undefined || details === null ? status : `${status}: ${jsonText(details)}`;
}

function usdOf(state: { readonly credits?: number } | undefined): number | undefined {
  return state?.credits === undefined ? undefined : state.credits / CREDITS_PER_USD;
}

function toLine({ loc, msg }: { readonly loc: readonly unknown[]; readonly msg: string }): string {
  return `${loc.slice(1).join('.')}: ${msg}`;
}
