/** The form in which a request is stored in a queue. */
import { AiImageError } from '../providers/protocol/errors.ts';
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
