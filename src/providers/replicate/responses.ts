/** Reads the state and the images of a job. */
import { get, type ImageItem, isLink, jsonText, type ReadJobState } from '../kit/index.ts';
import type { Prediction } from './wire.ts';

/** Final statuses without an image. `aborted`: the job never started. */
export const ENDED: readonly string[] = ['failed', 'canceled', 'aborted'];
/** Words that models use for refusals; no document lists them. */
const UNSAFE = /nsfw|flagged as sensitive|\(E005\)|safety|content policy/i;
const API = 'https://api.replicate.com/';

export function messageOf({ status, error }: Prediction): string {
  if (typeof error === 'string' && error !== '') return error;
  return error === null || error === undefined ? `the job is ${status}, no reason given` : jsonText(error);
}

export function toState(prediction: Prediction): ReadJobState {
  const { status } = prediction;
  if (!status) return { kind: 'unclear' };
  if (status === 'succeeded') return { kind: 'done' };
  if (status === 'starting') return { kind: 'queued' };
  if (!ENDED.includes(status)) return { kind: 'running' };
  const message = messageOf(prediction);
  return { kind: 'failed', message, code: UNSAFE.test(message) ? 'content_refused' : undefined };
}

export function itemsOf({ output, data_removed: isRemoved }: Prediction): readonly ImageItem[] {
  const items = imagesIn(output, MAX_DEPTH).map((each): ImageItem => {
    if (each instanceof Uint8Array) return { bytes: each };
    // Files of the API itself need the token; no other host gets it.
    return each.startsWith(API) ? { request: get(each) } : { link: each };
  });
  if (items.length > 0 || !isRemoved) return items;
  return [{ missing: 'the vendor deleted the result, as it does one hour after a job ends' }];
}

/** Models nest their links differently. */
const MAX_DEPTH = 4;
/** If an object has one of these fields, its other fields hold no images. */
const IMAGE_FIELDS = ['url', 'uri', 'image', 'images', 'image_url', 'image_urls', 'file', 'files', 'output', 'outputs'];

function imagesIn(value: unknown, depth: number): readonly (Uint8Array | string)[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value === 'string') return isLink(value) ? [value.trim()] : [];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  const named = Object.entries(value).filter(([key]) => IMAGE_FIELDS.includes(key));
  const nested = named.length > 0 && !Array.isArray(value) ? named.map(([, each]) => each) : Object.values(value);
  return nested.flatMap((each) => imagesIn(each, depth - 1));
}
