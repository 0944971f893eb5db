/** A fictional vendor for these tests, and a provider for it that keeps the contract. */
import * as z from 'zod/mini';
import { bearer } from '../../../src/providers/kit/adapter/about.ts';
import { blob, defineProvider, get, post, sizeText } from '../../../src/providers/kit/index.ts';
import { AiImageError, type MediaProvider, type ModelCard } from '../../../src/providers/protocol/index.ts';
import type { ContractSettings, Conversation } from '../../../src/testing/index.ts';

export const card: ModelCard = {
  title: 'Small 1',
  sizes: { kind: 'list', sizes: ['64x64', '96x64'] },
  formats: ['png', 'jpeg'],
  maxImages: 4,
  maxPromptLength: 1000,
  pricing: { images: [{ usd: 0.01 }], asOf: '2026-11-01', source: 'made up' },
  source: 'made up',
};

const small = defineProvider({
  about: { id: 'small', title: 'Small', aliases: [], auth: bearer('SMALL_API_KEY') },
  baseUrl: 'https://small.invalid',
  models: { 'small-1': card },
  defaultModel: 'small-1',
  optionsSchema: z.strictObject({ mood: z.optional(z.string()) }),
  toRequest: ({ prompt, model, size, format, options }) =>
    post('draw', { prompt, model, size: size && sizeText(size), format, ...options }),
  responseSchema: z.object({ image: blob() }),
  toImages: ({ image }) => [{ bytes: image }],
  errorSchema: z.object({ error: z.string() }),
  toError: ({ error }) => ({ message: error, code: error.startsWith('refused') ? 'content_refused' : undefined }),
  health: get('health'),
});

export type Small = MediaProvider;

export function createSmall({ apiKey, baseUrl }: ContractSettings): Small {
  return small.create({ apiKey, baseUrl });
}

const call = { method: 'generateImage', prompt: 'a paper boat' } as const;
const request = {
  method: 'POST',
  path: '/draw',
  headers: { authorization: 'Bearer {{key}}' },
  json: { prompt: 'a paper boat', model: 'small-1', size: '64x64', format: 'png' },
} as const;
const sketch = { $image: 'png', width: 64, height: 64 } as const;
const answer = { status: 200, json: { image: sketch } } as const;

/** One conversation of every kind. */
export const conversations: readonly Conversation[] = [
  {
    title: 'generates one image',
    kind: 'success',
    call,
    exchanges: [{ request, response: answer }],
    result: { format: 'png', width: 64, height: 64, model: 'small-1', promptUsed: 'a paper boat' },
  },
  {
    title: 'moves a size to the nearest',
    kind: 'success',
    call: { method: 'generate', request: { prompt: 'a paper boat', size: '60x60', onUnsupported: 'adapt' } },
    exchanges: [
      { request: { ...request, json: { prompt: 'a paper boat', model: 'small-1', size: '64x64' } }, response: answer },
    ],
    result: { images: 1, warnings: ['adapted'], cost: { usd: 0.01 } },
  },
  {
    title: 'refuses an edit',
    kind: 'edit',
    call: { method: 'edit', request: { prompt: 'a paper boat', inputImages: [sketch] } },
    exchanges: [],
    error: { code: 'unsupported', message: 'cannot edit' },
  },
  {
    title: 'reports a refusal',
    kind: 'content-refusal',
    call,
    exchanges: [{ request, response: { status: 400, json: { error: 'refused: a paper boat' } } }],
    error: { code: 'content_refused', message: 'refused', status: 400 },
  },
  {
    title: 'reports a wrong key',
    kind: 'wrong-key',
    call,
    exchanges: [{ request, response: { status: 401, json: { error: 'no such key: {{key}}' } } }],
    error: { code: 'authentication', charged: 'no', hint: 'SMALL_API_KEY' },
  },
  {
    title: 'waits and tries again',
    kind: 'rate-limit',
    call,
    exchanges: [
      { request, response: { status: 429, headers: { 'retry-after-ms': '1' }, json: { error: 'slowly' } } },
      { request, response: answer },
    ],
    result: { images: 1 },
  },
  {
    title: 'refuses a page in place of a reply',
    kind: 'unreadable-reply',
    call,
    exchanges: [{ request, response: { status: 200, text: '<!doctype html>' } }],
    error: { code: 'bad_response', charged: 'unknown' },
  },
  {
    title: 'refuses a format it has not',
    kind: 'refused-before-call',
    call: { method: 'generateImage', prompt: 'a paper boat', params: { format: 'avif' } },
    exchanges: [],
    error: { code: 'unsupported', charged: 'no' },
  },
];

/** An error as the library throws it, with details a test wants to plant. */
export function plant(code: string, message: string, details: { hint?: string; cause?: unknown } = {}): AiImageError {
  // The code may be one that does not exist: that is the point of some tests.
  return new AiImageError(code as 'internal', message, { charged: 'no', ...details });
}
