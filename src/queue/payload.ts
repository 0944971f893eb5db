/** The form in which a request is stored in a queue. */
import { AiImageError } from '../providers/protocol/errors.ts';
import { toPromptPlaceholder } from '../store/artifacts/prompt-placeholder.ts';
import type { StoredRequest } from './queue.ts';

/** The version of the form. A change that older workers cannot read needs another one; they leave such work waiting. */
export const PAYLOAD_VERSION = 1;
/** The versions that this code can read. */
export const READABLE_VERSIONS: readonly number[] = [PAYLOAD_VERSION];

const MAX_PAYLOAD_BYTES = 64 * 1024;

export interface WorkPayload {
  readonly version: typeof PAYLOAD_VERSION;
  readonly request: StoredRequest;
  /** Time limit of the call, in milliseconds. */
  readonly deadlineMs?: number;
}

/** @throws AiImageError `too_large` */
export function writePayload(payload: WorkPayload): string {
  const text = JSON.stringify(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_PAYLOAD_BYTES) return text;
  throw new AiImageError('too_large', `the request has ${bytes} bytes as JSON; a queue takes at most 64 kB`, {
    charged: 'no',
    hint: 'Nothing was added. Shorten the prompt, the options or the metadata. Input images do not count: they are in the store.',
  });
}

/** @returns `undefined`: it has another version */
export function readPayload(text: string, version: number): WorkPayload | undefined {
  // Written above.
  return READABLE_VERSIONS.includes(version) ? (JSON.parse(text) as WorkPayload) : undefined;
}

/**
 * Replaces the texts that may contain a prompt by their hashes: prompts, variations and options. The same request always has the same result.
 */
export function withoutPrompts(request: StoredRequest): StoredRequest {
  const { prompt, negativePrompt, variation, options } = request;
  return {
    ...request,
    ...(prompt !== undefined && { prompt: toPromptPlaceholder(prompt) }),
    ...(negativePrompt !== undefined && { negativePrompt: toPromptPlaceholder(negativePrompt) }),
    ...(variation !== undefined && { variation: toPromptPlaceholder(variation) }),
    ...(options !== undefined && { options: withoutTexts(options) }),
  } as StoredRequest; // each field keeps its type
}

function withoutTexts(value: unknown): unknown {
  if (typeof value === 'string') return toPromptPlaceholder(value);
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutTexts(each)]));
}
