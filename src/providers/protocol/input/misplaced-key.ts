/** Says where a key belongs that was passed in the wrong place. */
import type { CallContext } from '../context.ts';
import type { ImageRequest } from '../request.ts';
import { keyForOtherName } from './other-names.ts';

/** The keys of `CallContext`. A test compares them with the type. */
export const CONTEXT_KEYS = [
  'signal',
  'deadlineMs',
  'onJob',
  'onEvent',
  'onMismatch',
  'callId',
  'idempotencyKey',
  'links',
  'partialImages',
] as const satisfies readonly (keyof CallContext)[];

/** The keys of a request. A test compares them with the schema, which is not loaded here. */
export const REQUEST_KEYS = [
  ...['prompt', 'negativePrompt', 'model', 'n', 'size', 'aspectRatio', 'style', 'quality', 'seed', 'format'],
  ...['background', 'inputImages', 'mask', 'operation', 'safety', 'options', 'metadata', 'onUnsupported'],
] as const satisfies readonly (keyof ImageRequest)[];

/** The settings of every provider that belong in no other place. A test compares them with the type. */
export const PROVIDER_KEYS: readonly string[] = [
  ...['apiKey', 'baseUrl', 'headers', 'fetch', 'attemptTimeoutMs', 'limits', 'hooks', 'transport'],
];

const includes = (keys: readonly string[], key: string) => keys.includes(key);

/**
 * @param known the keys that may be passed in this place
 * @returns a hint, e.g. `Pass it as the second argument: generate(request, { signal }).`; undefined if the key belongs nowhere
 */
export function misplacedKeyHint(key: string, known: readonly string[] = []): string | undefined {
  if (includes(CONTEXT_KEYS, key)) return `Pass it in the second argument: generate(request, { ${key} }).`;
  if (key === 'prompt') return 'Pass it in the request: generate({ prompt }).';
  if (includes(REQUEST_KEYS, key)) return `Pass it in the request: generate({ prompt, ${key} }).`;
  if (includes(PROVIDER_KEYS, key)) return `Pass it as a setting of the provider: createProvider(id, { ${key} }).`;
  if (key === 'onStep') return 'Pass it to createImageManager, as a setting.';
  if (keyForOtherName(key, known) !== undefined) return undefined;
  const ours = keyForOtherName(key, [...CONTEXT_KEYS, ...REQUEST_KEYS, ...PROVIDER_KEYS]);
  return ours === undefined ? undefined : misplacedKeyHint(ours);
}
