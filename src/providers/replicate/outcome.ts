/** What has become of a job. */
import { get, type ImageItem, jsonText, type ReadJobState } from '../kit/index.ts';
import type { Prediction } from './wire.ts';

/** Ends without a picture. `aborted`: it never began. */
export const ENDED: readonly string[] = ['failed', 'canceled', 'aborted'];
/** The models' own words, which no document lists. */
const UNSAFE = /nsfw|flagged as sensitive|\(E005\)|safety|content policy/i;
const API = 'https://api.replicate.com/';

export function messageOf({ status, error }: Prediction): string {
  if (typeof error === 'string' && error !== '') return error;
  return error === null || error === undefined ? `the job is ${status}, no reason given` : jsonText(error);
}

export function toState(prediction: Prediction): ReadJobState {
  const { status } = prediction;
  if (status === 'succeeded') return { kind: 'done' };
  if (status === 'starting') return { kind: 'queued' };
  if (!ENDED.includes(status ?? '')) return { kind: 'running' };
  const message = messageOf(prediction);
  return { kind: 'failed', message, code: UNSAFE.test(message) ? 'content_refused' : undefined };
}

export function itemsOf({ output, data_removed: isRemoved }: Prediction): readonly ImageItem[] {
  if (isRemoved) return [{ missing: 'the vendor has deleted the result, as it does an hour after the end of a job' }];
  if (output === null || output === undefined) return [];
  const found = typeof output === 'string' || output instanceof Uint8Array ? [output] : Object.values(output);
  return found.flatMap((each): readonly ImageItem[] => {
    if (each instanceof Uint8Array) return [{ bytes: each }];
    if (typeof each !== 'string' || !/^https?:/.test(each)) return [];
    // Files of the API itself need the token; it goes to no other host.
    return [each.startsWith(API) ? { request: get(each) } : { link: each }];
  });
}
