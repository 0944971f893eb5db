/** What the hosts answer, and how their jobs are followed below the router. */
import {
  get,
  type HttpRequest,
  type ImageItem,
  isLink,
  type JobRef,
  jobSegment,
  type ReadJobState,
} from '../kit/index.ts';
import type { Answer } from './wire.ts';

const QUEUE = { _subdomain: 'queue' };
const ZAI = { headers: { 'x-source-channel': 'hugging_face' } };
/** As often as the vendor's own client asks. */
const ZAI_POLL_MS = 5_000;
export const UNSAFE = /nsfw|safety|content.policy|moderation/i;

/** Where a job is asked about, below the router. */
interface Place {
  readonly host: 'fal-ai' | 'wavespeed' | 'zai-org' | 'replicate';
  readonly path: string;
}

export function itemsOf(answer: Answer): readonly ImageItem[] {
  const { data, output, images, image_result: results, seed, has_nsfw_concepts: concepts } = answer;
  const isList = Array.isArray(data);
  const flagged = (isList ? undefined : data?.has_nsfw_contents) ?? concepts ?? [];
  const pictures = [
    ...(isList ? data.map((item) => item.b64_json ?? item.url) : (data?.outputs ?? [])),
    ...[output ?? []].flat(),
    ...[...(images ?? []), ...(results ?? [])].map(({ url }) => url),
  ];
  return pictures.flatMap((picture, at): readonly ImageItem[] => {
    if (flagged[at]) return [{ refused: 'the host flagged the picture and blackened it' }];
    if (picture instanceof Uint8Array) return [{ bytes: picture, seed }];
    return picture && isLink(picture) ? [{ link: picture, seed }] : [];
  });
}

/** Hosts answer with addresses of their own, whose paths lie below the router: there the token is good. */
export function placeOf({ response_url: response, request_id, data, task_status: task }: Answer, id: string): Place {
  const own = Array.isArray(data) ? undefined : data;
  const named = jobSegment(id);
  // Without the address the job is on record all the same, and may be asked about below the host's own path.
  if (response || request_id) {
    return { host: 'fal-ai', path: `fal-ai${response ? pathOf(response) : `/requests/${named}`}` };
  }
  if (own?.id) {
    const path = own.urls?.get ? pathOf(own.urls.get) : `/api/v3/predictions/${named}/result`;
    return { host: 'wavespeed', path: `wavespeed${path}` };
  }
  return task
    ? { host: 'zai-org', path: `zai-org/api/paas/v4/async-result/${named}` }
    : { host: 'replicate', path: `replicate/v1/predictions/${named}` };
}

const pathOf = (url: string) => new URL(url).pathname;
const toPlace = ({ state }: JobRef) => state as Place; // what `toHandle` gave

export function toPoll(job: JobRef): HttpRequest {
  const { host, path } = toPlace(job);
  if (host === 'fal-ai') return { ...get(`${path}/status`), query: QUEUE };
  return { ...get(path), ...(host === 'zai-org' && ZAI) };
}

export function toState(answer: Answer, job: JobRef): ReadJobState {
  const { status, task_status, queue_position: position, data, error } = answer;
  const { host, path } = toPlace(job);
  const own = Array.isArray(data) ? undefined : data;
  switch (own?.status ?? task_status ?? status) {
    case 'IN_QUEUE':
    case 'created':
    case 'starting':
      return { kind: 'queued', position: position ?? undefined };
    case 'COMPLETED':
      return { kind: 'ready', request: { ...get(path), query: QUEUE } };
    case 'completed':
    case 'succeeded':
    case 'SUCCESS':
      return { kind: 'done' };
    case 'failed':
    case 'canceled':
    case 'aborted':
    case 'FAIL': {
      const message = wordsOf(own?.error ?? error)[0] ?? 'the job failed, no reason given';
      return { kind: 'failed', message, code: UNSAFE.test(message) ? 'content_refused' : undefined };
    }
    default:
      return { kind: 'running', retryAfterMs: host === 'zai-org' ? ZAI_POLL_MS : undefined };
  }
}

export function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  const { message, msg } = (value ?? {}) as { readonly message?: unknown; readonly msg?: unknown };
  return [message, msg].flatMap((words) => (typeof words === 'string' ? [words] : []));
}
