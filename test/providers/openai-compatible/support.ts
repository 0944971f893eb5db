/** Shared by the tests of `openai-compatible`. */
import { expect } from 'vitest';
import { createOpenAICompatible } from '../../../src/providers/openai-compatible/index.ts';
import type { AiImageError } from '../../../src/providers/protocol/index.ts';
import { openAnswering, openServer, type ServerKind } from './servers.ts';

export type Settings = NonNullable<Parameters<typeof createOpenAICompatible>[0]>;

/** The settings that a gateway requires. */
const NEEDED: Readonly<Partial<Record<ServerKind, Settings>>> = {
  xinference: { models: ['sd3.5-medium'] },
  gpustack: { models: ['flux'] },
  litellm: { models: ['flux-pro'] },
  portkey: { models: ['gpt-image-2'], headers: { 'x-portkey-provider': 'openai' } },
  'vercel-ai-gateway': { models: ['bfl/flux-pro-1.1'] },
  chat: { api: 'chat', models: ['google/gemini-3-pro-image'] },
};

const GENERIC: readonly ServerKind[] = ['chat', 'lm-studio', 'ollama-0.32.6'];

/** Opens a fake server of a kind, and a provider configured for it. */
export async function openKind(kind: ServerKind, { apiKey, ...settings }: Settings = {}) {
  const server = await openServer(kind, apiKey);
  const own = GENERIC.includes(kind) ? {} : { server: kind as NonNullable<Settings['server']> };
  const provider = createOpenAICompatible({
    baseUrl: server.baseUrl,
    limits: { maxRetries: 0, requestsPerMinute: 60_000 },
    ...(apiKey !== undefined && { apiKey }),
    ...own,
    ...NEEDED[kind],
    ...settings,
  });
  return { server, provider, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Opens a provider at a server that sends the same reply to every request. */
export async function openReplying(answer: Parameters<typeof openAnswering>[0], settings: Settings = {}) {
  const server = await openAnswering(answer);
  const provider = createOpenAICompatible({ baseUrl: server.baseUrl, limits: { maxRetries: 0 }, ...settings });
  return { server, provider, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export const failureOf = (call: Promise<unknown>): Promise<AiImageError> =>
  call.then(
    () => expect.unreachable('it succeeded'),
    (error: AiImageError) => error,
  );
