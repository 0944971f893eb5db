/** The stub adapter: no vendor and no network. It generates the image in this process; requests and responses go through the same kit as a vendor's. */
import * as z from 'zod/mini';
import {
  type CommonSettings,
  type DefinedProvider,
  defineProvider,
  type EditArgs,
  get,
  jobFeature,
  jsonText,
  post,
  postForm,
  type RequestArgs,
  streamFeature,
  whiteMaskFeature,
} from '../kit/index.ts';
import { ERROR_CODES } from '../protocol/errors.ts';
import type { AiImageErrorCode } from '../protocol/index.ts';
import { about } from './about.ts';
import { models } from './models.ts';
import { createService } from './service.ts';
import type { StubSettings } from './stub-settings.ts';
import { errorSchema, eventSchema, optionsSchema, responseSchema, stateSchema, submittedSchema } from './wire.ts';

type Options = z.infer<typeof optionsSchema>;

const settingsSchema = z.strictObject({
  delayMs: z.optional(z.number().check(z.minimum(0))),
  job: z.optional(z.strictObject({ polls: z.int().check(z.minimum(0)) })),
  refuse: z.optional(z.union([z.boolean(), z.array(z.int())])),
  fail: z.optional(z.enum(ERROR_CODES as [AiImageErrorCode, ...AiImageErrorCode[]])),
  costUsd: z.optional(z.number().check(z.minimum(0))),
});

const adapter = {
  about,
  baseUrl: 'https://stub.invalid',
  models,
  masks: whiteMaskFeature,
  defaultModel: 'stub-1',
  settingsSchema,

  optionsSchema,
  toRequest: (args: RequestArgs<Options>) => post('images', orderFrom(args)),
  toEdit: (args: EditArgs<Options>) =>
    postForm('images', {
      order: jsonText({ ...orderFrom(args), operation: args.operation }),
      input: args.inputs,
      mask: args.mask,
    }),

  responseSchema,
  toImages: ({ images = [] }: z.infer<typeof responseSchema>) =>
    images.map(({ bytes, seed, refused = 'no reason given' }) => (bytes ? { bytes, seed } : { refused })),
  toUsage: ({ usage }: z.infer<typeof responseSchema>) => usage,

  errorSchema,
  toError: ({ error }: z.infer<typeof errorSchema>) => ({
    message: error.message,
    code: ERROR_CODES.find((code) => code === error.code),
  }),

  stream: {
    feature: streamFeature,
    eventSchema,
    toEvent: ({ type, index = 0, bytes, seed, usage, refused = 'no reason given' }: z.infer<typeof eventSchema>) => {
      if (type === 'partial') return bytes && ({ kind: 'partial', index, bytes } as const);
      if (type === 'refused') return { kind: 'failed', message: refused, code: 'content_refused' } as const;
      return { kind: 'image', item: bytes ? { bytes, seed } : { refused }, usage } as const;
    },
  },
  health: get('health'),
};

const job = {
  feature: jobFeature,
  submittedSchema,
  toHandle: ({ id }: z.infer<typeof submittedSchema>) => ({ id }),
  toPoll: ({ id }: { id: string }) => get(`state?id=${encodeURIComponent(id)}`),
  stateSchema,
  toState: ({ status, fraction }: z.infer<typeof stateSchema>, { id }: { id: string }) => {
    if (status === 'done') return { kind: 'ready', request: get(`result?id=${encodeURIComponent(id)}`) } as const;
    return status === 'queued' ? ({ kind: 'queued' } as const) : ({ kind: 'running', fraction } as const);
  },
  toCancel: ({ id }: { id: string }) => post(`cancel?id=${encodeURIComponent(id)}`, {}),
};

const direct = defineProvider(adapter);
const { stream: _, ...withoutEvents } = adapter;
const withJobs = defineProvider({
  ...withoutEvents,
  toRequest: (args: RequestArgs<Options>) => ({ ...adapter.toRequest(args), url: 'jobs' }),
  toEdit: (args: EditArgs<Options>) => ({ ...adapter.toEdit(args), url: 'jobs' }),
  job,
});

export const stub: DefinedProvider<CommonSettings & StubSettings, z.input<typeof optionsSchema>> = {
  definition: direct.definition,
  create(settings = {}) {
    // With its own `baseUrl` or `fetch` it sends requests like a vendor's adapter, e.g. in the contract suite.
    const isRemote = settings.fetch !== undefined || settings.baseUrl !== undefined;
    const inProcess = isRemote ? settings : { ...settings, fetch: createService(settings) };
    return (settings.job === undefined ? direct : withJobs).create(
      inProcess as CommonSettings & z.infer<typeof settingsSchema>,
    );
  },
};

export const createStub = stub.create;

/** Sends only the fields that the caller set: like any vendor, the service has its own defaults. */
function orderFrom({ size, options, partials, isStreaming, ...fields }: RequestArgs<Options>) {
  const { prompt, negativePrompt, model, n, firstIndex, style, quality, safety, seed, format, background } = fields;
  return {
    prompt,
    negativePrompt,
    model,
    n,
    firstIndex,
    ...size,
    style,
    quality,
    safety,
    seed,
    format,
    background,
    partials: isStreaming ? partials : undefined,
    ...options,
  };
}
