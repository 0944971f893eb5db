/** Reads the hosts' responses, and polls their jobs through the router. */
import {
  get,
  type HttpRequest,
  type ImageItem,
  isLink,
  type JobRef,
  jobSegment,
  type ReadJobState,
} from '../kit/index.ts';
import type { RouterReply } from './wire.ts';

const QUEUE = { _subdomain: 'queue' };
const ZAI = { headers: { 'x-source-channel': 'hugging_face' } };
/** The poll interval of the vendor's own client. */
const ZAI_POLL_MS = 5_000;
export const UNSAFE = /nsfw|safety|content.policy|moderation/i;

/** Where to poll a job: a path below the router. */
interface JobLocation {
  readonly host: 'fal-ai' | 'wavespeed' | 'zai-org' | 'replicate';
  readonly path: string;
}

export function itemsOf(answer: RouterReply): readonly ImageItem[] {
  const { data, output, images, image_result: results, seed, has_nsfw_concepts: concepts } = answer;
  const isList = Array.isArray(data);
  const flagged = (isList ? undefined : data?.has_nsfw_contents) ?? concepts ?? [];
  const found = [
    ...(isList ? data.map((item) => item.b64_json ?? item.url) : (data?.outputs ?? [])),
    ...[output ?? []].flat(),
    ...[...(images ?? []), ...(results ?? [])].map(({ url }) => url),
  ];
  return found.flatMap((image, at): readonly ImageItem[] => {
    if (flagged[at]) return [{ refused: 'the host flagged the image and replaced it with a black one' }];
    if (image instanceof Uint8Array) return [{ bytes: image, seed }];
    return image && isLink(image) ? [{ link: image, seed }] : [];
  });
}

/** Turns a host's own URL into a path below the router, where the token is valid. */
export function toJobLocation(
  { response_url: response, request_id, data, task_status: task }: RouterReply,
  id: string,
): JobLocation {
  const own = Array.isArray(data) ? undefined : data;
  const segment = jobSegment(id);
  // A response without the URL still has an id, and the job can be polled below the host's path.
  if (response || request_id) {
    return { host: 'fal-ai', path: `fal-ai${response ? pathOf(response) : `/requests/${segment}`}` };
  }
  if (own?.id) {
    const path = own.urls?.get ? pathOf(own.urls.get) : `/api/v3/predictions/${segment}/result`;
    return { host: 'wavespeed', path: `wavespeed${path}` };
  }
  return task
    ? { host: 'zai-org', path: `zai-org/api/paas/v4/async-result/${segment}` }
    : { host: 'replicate', path: `replicate/v1/predictions/${segment}` };
}

const pathOf = (url: string) => new URL(url).pathname;
const locationOf = ({ state }: JobRef) => state as JobLocation; // what `toHandle` gave

export function toPoll(job: JobRef): HttpRequest {
  const { host, path } = locationOf(job);
  if (host === 'fal-ai') return { ...get(`${path}/status`), query: QUEUE };
  return { ...get(path), ...(host === 'zai-org' && ZAI) };
}

export function toState(answer: RouterReply, job: JobRef): ReadJobState {
  const { status, task_status, queue_position: position, data, error } = answer;
  const { host, path } = locationOf(job);
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
      const message = messagesOf(own?.error ?? error)[0] ?? 'the job failed, no reason given';
      return { kind: 'failed', message, code: UNSAFE.test(message) ? 'content_refused' : undefined };
    }
    default:
      return { kind: 'running', retryAfterMs: host === 'zai-org' ? ZAI_POLL_MS : undefined };
  }
}

export function messagesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(messagesOf);
  const { message, msg } = (value ?? {}) as { readonly message?: unknown; readonly msg?: unknown };
  return [message, msg].flatMap((each) => (typeof each === 'string' ? [each] : []));
}
